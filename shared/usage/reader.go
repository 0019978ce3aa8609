package usage

import (
	"errors"
	"fmt"
	"io"
)

// Reader streams the Calls of one log. It is not safe for concurrent use.
type Reader struct {
	src    source
	decode decoding
	merge  merger
	// repeats is nil where the rows have no ids.
	repeats *repeats
	tally   tally
	report  Report
	ready   []Call
	taken   int // how many of ready were handed out
	cut     int64
	end     error
	close   func()
}

// Open looks at the start of a log, tells its format, and returns a Reader for
// its calls. A log that cannot be read is refused with an *Error.
//
// Parquet needs its end first: give an r that is an io.ReaderAt and io.Seeker
// (a file, a bytes.Reader), or the log is copied to a temporary file.
func Open(r io.Reader, opts Options) (*Reader, error) {
	opts = opts.withDefaults()
	if opts.Mapping != nil {
		if err := opts.Mapping.Validate(); err != nil {
			return nil, &Error{Kind: KindNoUsableColumn, Message: err.Error()}
		}
	}
	u, err := unpack(r, opts)
	if err != nil {
		return nil, err
	}
	reader, err := u.open(r, opts)
	if err != nil {
		u.close()
		return nil, err
	}
	reader.report.Packing = u.packing
	return reader, nil
}

// newReader puts a source and a layout together.
func newReader(src source, container string, l layout, columns []string, opts Options) *Reader {
	r := &Reader{src: src, decode: newDecoding(l, columns, opts), close: func() {}}
	r.report = Report{Format: l.name, Container: container, Columns: columns, Summed: l.summed, RelativeTime: l.relative}
	r.tally.notes = l.notes
	if l.merge != nil {
		r.merge = l.merge()
	}
	if l.repeats() {
		r.repeats = newRepeats()
	}
	return r
}

// Read fills batch and returns how many Calls it filled. It returns io.EOF
// after the last call, and an *Error if the log must be refused: with over 5%
// unreadable rows, calls handed out before must then be dropped. The slices of
// a Call are the caller's.
func (r *Reader) Read(batch []Call) (int, error) {
	n := 0
	for n < len(batch) {
		if r.taken < len(r.ready) {
			copied := copy(batch[n:], r.ready[r.taken:])
			n += copied
			r.taken += copied
			r.report.Calls += int64(copied)
			continue
		}
		r.ready, r.taken = r.ready[:0], 0
		if r.end != nil {
			break
		}
		if row := r.decode.next(r.src); row == nil {
			r.finish(r.decode.end)
		} else if r.row(row) {
			batch[n] = row.call
			n++
			r.report.Calls++
		}
	}
	if n > 0 || len(batch) == 0 {
		return n, nil
	}
	return 0, r.end
}

// row counts one row, and says whether it is a call to hand out.
func (r *Reader) row(row *decoded) bool {
	r.report.Rows++
	switch {
	case row.err != nil:
		r.unreadable(row)
		return false
	case r.repeats.again(row):
		return false
	case !row.isCall:
		r.report.Skipped++
	default:
		r.tally.add(row)
	}
	if r.merge != nil {
		r.ready = r.merge.add(row, r.ready)
		return false
	}
	return row.isCall
}

// hopeless is how many rows are read before a log with more unreadable rows
// than others is given up; any other verdict waits for the end.
const hopeless = 20_000

func (r *Reader) unreadable(row *decoded) {
	r.report.Unreadable++
	if row.last {
		r.cut = 1
	}
	if len(r.report.FirstUnreadable) < maxReasons {
		r.report.FirstUnreadable = append(r.report.FirstUnreadable, Unreadable{row.call.Line, row.err.Error()})
	}
	if r.report.Rows == 1 && errors.Is(row.err, errRecordTooLong) {
		r.refuse(refuse(KindLineTooLong, "line %d is too long for one row (over %s); a log has one row a line", row.call.Line, bytesText(DefaultMaxRecord)))
		return
	}
	if r.report.Rows >= hopeless && r.report.Unreadable*2 > r.report.Rows {
		r.refuse(r.tooMany())
	}
}

func (r *Reader) refuse(err error) {
	r.ready, r.end = r.ready[:0], err
	r.close()
}

// finish decides at the end of the source whether the log can be used.
func (r *Reader) finish(err error) {
	defer r.close()
	if r.end != nil {
		return
	}
	if err != io.EOF {
		r.end = fmt.Errorf("read row %d: %w", r.report.Rows+1, err)
		return
	}
	if r.merge != nil {
		r.ready = r.merge.flush(r.ready)
	}
	switch rep := &r.report; {
	// A last row that the end of the file cuts off is no sign of a broken log.
	case (rep.Unreadable-r.cut)*20 > rep.Rows || rep.Unreadable > 0 && rep.Unreadable == rep.Rows:
		r.refuse(r.tooMany())
	case rep.Calls == 0 && len(r.ready) == 0 && rep.Format != formatLabels:
		r.refuse(refuse(KindEmpty, "the log has %d rows but no LLM call; check what was exported", rep.Rows))
	default:
		r.end = io.EOF
	}
}

func (r *Reader) tooMany() *Error {
	rep := &r.report
	e := refuse(KindTooManyUnreadable, "%d of %d rows cannot be read as %s, over the 5%% that may be left out", rep.Unreadable, rep.Rows, rep.Format)
	for i, u := range rep.FirstUnreadable {
		if i == 3 {
			break
		}
		e.Message += fmt.Sprintf("; line %d: %s", u.Line, u.Reason)
	}
	return e
}

// Format returns the name of the log's format.
func (r *Reader) Format() string { return r.report.Format }

// Close frees what the Reader holds. It is needed only if Read was not called to its end.
func (r *Reader) Close() { r.close() }
