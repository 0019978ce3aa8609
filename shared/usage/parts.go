package usage

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Part is one file of a log that comes in several.
type Part struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Join returns the text of parts of one kind one after another, as one log: each
// is unpacked, and of tables only the first keeps its header, which the others
// must share. A part of another kind is an *Error that names it. The parts are
// opened one at a time; the caller closes the log.
func Join(parts []Part) io.ReadCloser {
	return &series{parts: parts, close: func() error { return nil }}
}

// Text returns the text of one file: unpacked, in UTF-8, without a byte order
// mark. It does not close r.
func Text(name string, r io.Reader) io.ReadCloser {
	return Join([]Part{{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}})
}

// series is the text of several parts.
type series struct {
	parts  []Part
	now    *bufio.Reader // the part at hand, nil between parts
	close  func() error
	first  string // the first part's name
	header []byte // that of the tables, nil for JSON
	begun  bool
	last   byte // the last byte handed out
}

func (j *series) Read(p []byte) (int, error) {
	for {
		if j.now == nil {
			if len(j.parts) == 0 {
				return 0, io.EOF
			}
			if err := j.next(); err != nil {
				return 0, err
			}
		}
		n, err := j.now.Read(p)
		if n > 0 {
			j.last = p[n-1]
			return n, nil
		}
		if err != io.EOF {
			return 0, err
		}
		j.now = nil
		if err := j.Close(); err != nil {
			return 0, err
		}
		if j.last != '\n' && j.last != 0 && len(p) > 0 {
			p[0], j.last = '\n', '\n'
			return 1, nil
		}
	}
}

// Close closes the part at hand.
func (j *series) Close() error {
	err := j.close()
	j.close = func() error { return nil }
	return err
}

// next opens the next part, and goes over its header if it is a table's.
func (j *series) next() error {
	part := j.parts[0]
	j.parts = j.parts[1:]
	file, err := part.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", part.Name, err)
	}
	j.close = file.Close
	u, err := unpack(file, Options{}.withDefaults())
	if err != nil {
		return inPart(part.Name, err)
	}
	j.close = func() error { u.close(); return file.Close() }
	start, _, err := u.head()
	if KindOf(err) == KindEmpty {
		j.now = bufio.NewReader(bytes.NewReader(nil))
		return nil
	}
	if err == nil && bytes.HasPrefix(start, parquetMagic) {
		err = refuse(KindUnknownFormat, "Parquet files cannot be joined; write them as one first, or as CSV")
	}
	if err == nil {
		err = j.agree(part.Name, u, start)
	}
	if err != nil {
		return inPart(part.Name, err)
	}
	j.now = u.Reader
	return nil
}

// agree checks that the part is of the kind of those before.
func (j *series) agree(name string, u *unpacked, start []byte) error {
	var header []byte
	if isTable(start) {
		header = bytes.TrimRight(firstLine(start), "\r")
	}
	switch {
	case !j.begun:
		j.begun, j.first, j.header = true, name, bytes.Clone(header)
		return nil
	case (header == nil) != (j.header == nil):
		return refuse(KindUnknownFormat, "it is of another kind than %s: one is JSON, the other a table; give logs of one kind at a time", j.first)
	case !bytes.Equal(header, j.header):
		return refuse(KindUnknownFormat, "it has other columns than %s; give logs of one kind at a time", j.first)
	case header != nil:
		_, err := u.Discard(bytes.Index(start, header) + len(header))
		return err
	}
	return nil
}

// isTable says whether text is no JSON in any of its containers.
func isTable(start []byte) bool {
	first := bytes.TrimSpace(start)[0]
	if first == '{' || first == '[' || first == recordMark || isEvents(start) || isStamped(start) {
		return false
	}
	text, _, _ := tellText(start, Options{}) // why it is refused is told when it is opened
	return text == nil
}

func inPart(name string, err error) error {
	var refused *Error
	if errors.As(err, &refused) {
		e := *refused
		e.Message = name + ": " + e.Message
		return &e
	}
	return fmt.Errorf("%s: %w", name, err)
}

var zipMagic = []byte("PK\x03\x04")

// errZip marks errors of the archive itself.
var errZip = errors.New("zip")

// openZip reads the logs in an archive as one.
func (u *unpacked) openZip(original io.Reader, opts Options) error {
	at, size, done, err := randomAccess(u, original, opts, "zip")
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(at, size)
	if err != nil {
		done()
		e := refuse(KindBinary, "the log is a zip archive or a spreadsheet, and damaged or cut off; pack or copy it again, or save the sheet as CSV")
		e.Err = fmt.Errorf("%w: %w", errZip, err)
		return e
	}
	parts, err := zipParts(archive)
	if err != nil {
		done()
		return err
	}
	text := Join(parts)
	u.packing = "zip"
	u.close = func() { _ = text.Close(); done() } // only read
	u.Reader = bufio.NewReaderSize(&bounded{r: text, packing: "zip", limit: opts.MaxUnpacked, packed: &counter{n: size}, cut: opts.cut}, 256<<10)
	return nil
}

// zipParts are the logs of an archive in the order of their names.
func zipParts(archive *zip.Reader) ([]Part, error) {
	var parts []Part
	for _, f := range archive.File {
		if f.Name == "[Content_Types].xml" || f.Name == "content.xml" {
			return nil, refuse(KindBinary, "the log is a spreadsheet; save the sheet as CSV and send that")
		}
		base := path.Base(f.Name)
		if f.FileInfo().IsDir() || f.UncompressedSize64 == 0 || strings.HasPrefix(base, ".") || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		parts = append(parts, Part{f.Name, f.Open})
	}
	if len(parts) == 0 {
		return nil, refuse(KindEmpty, "the zip archive holds no files; export the log again")
	}
	slices.SortFunc(parts, func(a, b Part) int { return strings.Compare(a.Name, b.Name) })
	return LogParts(parts)
}

// LogParts picks the logs among files by the ends of their names, and all of them
// if none has an end of a log. Files of two kinds are an *Error.
func LogParts(files []Part) ([]Part, error) {
	kinds := map[string][]Part{}
	for _, f := range files {
		kind := logKind(f.Name)
		kinds[kind] = append(kinds[kind], f)
	}
	json, tables, parquet := kinds["json"], kinds["table"], kinds["parquet"]
	switch {
	case len(json) > 0 && len(tables)+len(parquet) > 0 || len(tables) > 0 && len(parquet) > 0:
		return nil, refuse(KindUnknownFormat, "there are logs of several kinds (%d JSON, %d tables, %d Parquet); give those of one kind at a time",
			len(json), len(tables), len(parquet))
	case len(json)+len(tables)+len(parquet) == 0:
		return kinds[""], nil
	}
	return slices.Concat(json, tables, parquet), nil
}

func logKind(name string) string {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, packed)
	}
	switch path.Ext(name) {
	case ".jsonl", ".ndjson", ".json":
		return "json"
	case ".csv", ".tsv":
		return "table"
	case ".parquet":
		return "parquet"
	}
	return ""
}
