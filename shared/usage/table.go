package usage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

var (
	errQuote  = errors.New("a quoted cell is not closed")
	delimiter = [...]byte{',', '\t', ';', '|'}
)

// table is a source of delimited rows (RFC 4180, with any of four delimiters).
type table struct {
	lines   lineReader
	comma   byte
	columns int
	cells   [][]byte
	quoted  []byte // unescaped text that cells point into
	joined  []byte // a row that spans lines
}

func newTable(r *bufio.Reader, max int, comma byte) *table {
	return &table{lines: lineReader{r: r, max: max}, comma: comma}
}

// header reads the first row that is not blank.
func (t *table) header() ([]string, error) {
	rec, err := t.next()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rec.cells))
	for i, cell := range rec.cells {
		names[i] = clean(cell)
	}
	t.columns = len(names)
	return names, nil
}

func (t *table) next() (record, error) {
	for {
		text, ended, err := t.lines.read()
		if err != nil {
			return record{}, err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			return t.row(text, ended)
		}
	}
}

// row splits one row, reading on where a quoted cell holds line ends.
func (t *table) row(text []byte, ended bool) (record, error) {
	line := t.lines.line
	if bytes.IndexByte(text, '"') >= 0 {
		var err error
		if text, ended, err = t.whole(text, ended); err != nil {
			return record{}, err
		}
	}
	if err := t.split(text); err != nil {
		return record{}, &unreadableError{line, err}
	}
	return t.checked(line, !ended)
}

// checked returns the cells as a record if they are as many as the header's.
func (t *table) checked(line int64, last bool) (record, error) {
	if t.columns > 0 && len(t.cells) != t.columns {
		return record{line: line, last: last}, &unreadableError{line, fmt.Errorf("%d cells where the header has %d", len(t.cells), t.columns)}
	}
	return record{cells: t.cells, line: line, last: last}, nil
}

// whole appends lines until quotes are balanced.
func (t *table) whole(text []byte, ended bool) ([]byte, bool, error) {
	line := t.lines.line
	open := bytes.Count(text, []byte(`"`))%2 == 1
	if !open {
		return text, ended, nil
	}
	t.joined = append(t.joined[:0], text...)
	for open {
		more, moreEnded, err := t.lines.read()
		if err == io.EOF {
			return nil, false, &unreadableError{line, errQuote}
		}
		if err != nil {
			return nil, false, err
		}
		if len(t.joined)+len(more) > t.lines.max {
			return nil, false, &unreadableError{line, errRecordTooLong}
		}
		t.joined = append(append(t.joined, '\n'), more...)
		open = open != (bytes.Count(more, []byte(`"`))%2 == 1)
		ended = moreEnded
	}
	return t.joined, ended, nil
}

func (t *table) split(text []byte) error {
	t.cells, t.quoted = t.cells[:0], t.quoted[:0]
	for {
		if len(text) > 0 && text[0] == '"' {
			cell, rest, err := t.unquote(text[1:])
			if err != nil {
				return err
			}
			t.cells = append(t.cells, cell)
			if len(rest) == 0 {
				return nil
			}
			text = rest[1:]
			continue
		}
		i := bytes.IndexByte(text, t.comma)
		if i < 0 {
			t.cells = append(t.cells, text)
			return nil
		}
		t.cells = append(t.cells, text[:i])
		text = text[i+1:]
	}
}

// unquote reads a cell up to its closing quote; rest begins with the delimiter
// or is empty.
func (t *table) unquote(text []byte) (cell, rest []byte, err error) {
	start := len(t.quoted)
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			return nil, nil, errQuote
		}
		next := text[i+1:]
		escaped := len(next) > 0 && next[0] == '"'
		if !escaped && start == len(t.quoted) {
			cell = text[:i]
		} else if !escaped {
			t.quoted = append(t.quoted, text[:i]...)
			cell = t.quoted[start:]
		}
		if !escaped {
			if len(next) > 0 && next[0] != t.comma {
				return nil, nil, fmt.Errorf("text follows a closed quote: %s", show(next))
			}
			return cell, next, nil
		}
		t.quoted = append(t.quoted, text[:i+1]...)
		text = next[1:]
	}
}

// guessDelimiter picks the delimiter that splits the first line into the most cells.
func guessDelimiter(head []byte) byte {
	line, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	best, most := delimiter[0], 0
	for _, c := range delimiter {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}
