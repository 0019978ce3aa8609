package usage

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// record is one unit of a source: JSON text, or the cells of a table row.
type record struct {
	json  []byte
	cells [][]byte
	line  int64
	// at is the time that stands in front of the record, 0 if none does.
	at int64
	// service names what wrote the record, nil if unknown: the class of rows that name none.
	service []byte
	// before is what stands between the record's array and the one before it.
	before []byte
	// last marks text that the end of the file cut off: no line end follows it.
	last bool
	// err is why the record could not even be cut out.
	err error
}

// source yields the records of a log one by one. What a record holds is valid
// until the next one. After an unreadable error the next call goes on; any
// other error ends the log, io.EOF well.
type source interface {
	next() (record, error)
}

// unreadableError is a record that could not even be cut out of the text.
type unreadableError struct {
	line int64
	err  error
}

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

var errStamp = errors.New("not a time and then JSON")

var errRecordTooLong = errors.New("the row is longer than the bound on a row")

// lineReader cuts text into lines of bounded length.
type lineReader struct {
	r    *bufio.Reader
	max  int
	line int64
	long []byte
}

// read returns the next line without its end, and whether a line end followed.
func (l *lineReader) read() (text []byte, ended bool, err error) {
	l.line++
	chunk, err := l.r.ReadSlice('\n')
	if len(chunk) > l.max {
		return nil, false, l.skip(err)
	}
	if err == nil {
		return trimEnd(chunk), true, nil
	}
	if err == io.EOF && len(chunk) > 0 {
		return chunk, false, nil
	}
	if err != bufio.ErrBufferFull {
		return nil, false, err
	}
	return l.readLong(chunk)
}

func (l *lineReader) readLong(chunk []byte) ([]byte, bool, error) {
	l.long = append(l.long[:0], chunk...)
	for {
		chunk, err := l.r.ReadSlice('\n')
		if len(l.long)+len(chunk) > l.max {
			return nil, false, l.skip(err)
		}
		l.long = append(l.long, chunk...)
		switch err {
		case nil:
			return trimEnd(l.long), true, nil
		case io.EOF:
			return l.long, false, nil
		case bufio.ErrBufferFull:
		default:
			return nil, false, err
		}
	}
}

// skip reads on to the end of an overlong line, keeping nothing of it.
func (l *lineReader) skip(err error) error {
	l.long = nil
	for err == bufio.ErrBufferFull {
		_, err = l.r.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return err
	}
	return &unreadableError{l.line, errRecordTooLong}
}

func trimEnd(line []byte) []byte {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// jsonLines is a source of one JSON value a line; blank lines are no records.
type jsonLines struct {
	lineReader
	// cut takes off what stands in front of the JSON; nil if nothing does.
	cut cutter
}

func (j *jsonLines) next() (record, error) {
	for {
		text, ended, err := j.read()
		if err != nil {
			return record{}, err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var at int64
		if j.cut != nil {
			text, at = j.cut(text)
		}
		if text == nil {
			return record{last: !ended}, &unreadableError{j.line, errStamp}
		}
		return record{json: text, at: at, line: j.line, last: !ended}, nil
	}
}

// events is a source of server-sent events whose data are JSON.
type events struct{ lineReader }

func (e *events) next() (record, error) {
	for {
		text, ended, err := e.read()
		if err != nil {
			return record{}, err
		}
		if data := eventData(text); data != nil {
			return record{json: data, line: e.line, last: !ended}, nil
		}
	}
}

// eventData returns the JSON object in a line of server-sent events, nil if it has none.
func eventData(line []byte) []byte {
	data, isData := bytes.CutPrefix(line, []byte("data:"))
	if data = bytes.TrimSpace(data); !isData || len(data) == 0 || data[0] != '{' {
		return nil
	}
	return data
}

// isEvents tells a stream of server-sent events by its first line.
func isEvents(head []byte) bool {
	head = bytes.TrimSpace(head)
	return bytes.HasPrefix(head, []byte("event:")) || bytes.HasPrefix(head, []byte("data:"))
}
