package usage

import "io"

// Reader streams the Calls of one log. It is not safe for concurrent use.
type Reader struct {
	report Report
}

// Open looks at the start of a log, tells its format, and returns a Reader for
// its calls. A log that cannot be read is refused with an *Error.
func Open(r io.Reader, opts Options) (*Reader, error) {
	return nil, refuse(KindUnknownFormat, "no reader knows this format")
}

// Read fills batch and returns how many Calls it filled. It returns io.EOF
// after the last call, and an *Error if the log must be refused: with over 5%
// unreadable rows, calls handed out before must then be dropped.
func (r *Reader) Read(batch []Call) (int, error) { return 0, io.EOF }

// Format returns the name of the log's format.
func (r *Reader) Format() string { return r.report.Format }

// Report says what was read so far.
func (r *Reader) Report() Report { return r.report }
