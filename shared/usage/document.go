package usage

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

var (
	errCut    = errors.New("the file ends inside this row")
	errBroken = errors.New("the JSON is broken here, and where the next row begins cannot be told")
)

// document is a source of JSON values that are not one a line: the elements of
// an array, of an array inside an object, or values one after another. Only one
// element is in memory at a time.
type document struct {
	r     *bufio.Reader
	max   int
	value []byte
	// line is the number of the record, from 1.
	line int64
	// wrapper is the key of the array to go into where a top-level value is an
	// object; "" takes the object itself. again goes into each array of that key.
	wrapper string
	again   bool
	// within is the wrapper whose array was entered last, "" before the first and where
	// each of them is gone into.
	within string
	// keyed says that a top-level object holds the rows by their ids.
	keyed bool
	// before is what stands between the wrapped arrays, its end at most.
	before  []byte
	inArray bool
	done    bool
}

func (d *document) next() (record, error) {
	for !d.done {
		c, err := d.peek()
		if err != nil {
			return record{}, err
		}
		switch {
		case d.keyed && !d.inArray && c == '{':
			d.inArray = true
			d.skip()
		case d.keyed && c == '}':
			d.inArray = false
			d.skip()
		case d.keyed && c == '"':
			if err := d.name(); err != nil {
				return record{}, err
			}
		case c == ']' && d.inArray && d.within != "":
			if err := d.leave(); err != nil {
				return record{}, err
			}
		case c == ',' || c == ']' || c == '}' && !d.inArray && d.within != "":
			d.inArray = d.inArray && c != ']'
			d.skip()
		case c == '[' && !d.inArray:
			d.inArray = true
			d.skip()
		case d.wrapper != "" && !d.inArray:
			if err := d.enter(); err != nil {
				return record{}, err
			}
		default:
			return d.element()
		}
	}
	return record{}, io.EOF
}

// peek returns the next byte that is not white space.
func (d *document) peek() (byte, error) {
	for {
		b, err := d.r.Peek(1)
		if err != nil {
			return 0, err
		}
		if !isSpace(b[0]) {
			return b[0], nil
		}
		d.skip()
	}
}

func (d *document) skip() { _, _ = d.r.Discard(1) } // just peeked at

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// maxBefore bounds what is kept of the text in front of an array.
const maxBefore = 8 << 10

// enter reads up to the beginning of the wrapped array.
func (d *document) enter() error {
	mark := []byte(`"` + d.wrapper + `"`)
	d.before = d.before[:0]
	for {
		c, err := d.r.ReadByte()
		if err != nil {
			return err
		}
		if d.before = append(d.before, c); len(d.before) > 2*maxBefore {
			d.before = append(d.before[:0], d.before[maxBefore:]...)
		}
		if !bytes.HasSuffix(d.before, mark) {
			continue
		}
		if ok, err := d.follows(':'); err != nil || !ok {
			continue
		}
		if ok, err := d.follows('['); err == nil && ok {
			d.inArray = true
			if !d.again {
				d.wrapper, d.within = "", d.wrapper
			}
			return nil
		}
	}
}

// leave goes over the end of the wrapped array and what its object has behind it, as
// the page number of an API's answer. Another object may follow.
func (d *document) leave() error {
	d.skip()
	d.inArray, d.wrapper = false, d.within
	s := balance{depth: 1, started: true}
	for {
		chunk, err := d.r.Peek(max(1, d.r.Buffered()))
		if len(chunk) == 0 {
			return err
		}
		n, complete := s.scan(chunk)
		_, _ = d.r.Discard(n) // just peeked at
		if complete {
			return nil
		}
	}
}

// name goes over the id of a row and its colon.
func (d *document) name() error {
	var s balance
	for {
		chunk, err := d.r.Peek(max(1, d.r.Buffered()))
		if len(chunk) == 0 {
			return err
		}
		n, complete := s.scan(chunk)
		_, _ = d.r.Discard(n) // just peeked at
		if complete {
			_, err = d.follows(':')
			return err
		}
	}
}

// follows consumes want if it comes next, white space aside.
func (d *document) follows(want byte) (bool, error) {
	c, err := d.peek()
	if err != nil || c != want {
		return false, err
	}
	d.skip()
	return true, nil
}

// element reads one value to its balanced end.
func (d *document) element() (record, error) {
	d.line++
	d.value = d.value[:0]
	var s balance
	for {
		chunk, err := d.r.Peek(max(1, d.r.Buffered()))
		if len(chunk) == 0 {
			return d.cut(err)
		}
		n, complete := s.scan(chunk)
		if len(d.value)+n > d.max {
			d.done = true
			return record{}, &unreadableError{d.line, errRecordTooLong}
		}
		d.value = append(d.value, chunk[:n]...)
		_, _ = d.r.Discard(n) // just peeked at
		if complete {
			if n == 0 { // a stray closing bracket: nothing can be cut out from here on
				d.done = true
				return record{}, &unreadableError{d.line, errBroken}
			}
			out := record{json: d.value, line: d.line, before: d.before}
			d.before = d.before[:0]
			return out, nil
		}
	}
}

func (d *document) cut(err error) (record, error) {
	d.done = true
	if err != io.EOF {
		return record{}, err
	}
	if !d.inArray && len(bytes.TrimSpace(d.value)) > 0 && d.value[0] != '{' {
		return record{json: d.value, line: d.line, last: true}, nil
	}
	return record{json: d.value, line: d.line, last: true}, &unreadableError{d.line, errCut}
}

// balance finds the end of a JSON value by its brackets and quotes.
type balance struct {
	depth           int
	quoted, escaped bool
	started         bool
}

// scan returns how many bytes of chunk belong to the value, and whether it is complete.
func (s *balance) scan(chunk []byte) (int, bool) {
	for i, c := range chunk {
		switch {
		case s.escaped:
			s.escaped = false
		case s.quoted:
			s.escaped = c == '\\'
			s.quoted = c != '"'
			if !s.quoted && s.depth == 0 {
				return i + 1, true
			}
		case c == '"':
			s.quoted, s.started = true, true
		case c == '{' || c == '[':
			s.depth++
			s.started = true
		case c == '}' || c == ']':
			if s.depth == 0 {
				return i, true
			}
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		case s.depth == 0 && (c == ',' || isSpace(c)) && s.started:
			return i, true
		default:
			s.started = true
		}
	}
	return len(chunk), false
}
