package usage

import (
	"bytes"
	"errors"
	"slices"
)

// entries returns the entries of a log store that a record holds, each an object:
// the record itself, the elements of arrays in it, or the cells of a row.
func (u *unwrapped) entries(rec *record) ([][]byte, error) {
	if rec.cells != nil {
		return [][]byte{u.built(func(b []byte) []byte { return appendCells(b, u.columns, rec.cells) })}, nil
	}
	out, err := u.flatten(rec.json, nil, 0)
	if len(out) == 0 {
		out = [][]byte{[]byte("{}")}
	}
	return out, err
}

// built returns an object made of the members that write appends.
func (u *unwrapped) built(write func([]byte) []byte) []byte {
	start := len(u.entry)
	u.entry = append(write(append(u.entry, '{')), '}')
	return u.entry[start:len(u.entry):len(u.entry)]
}

// flatten appends the entries in a JSON value.
func (u *unwrapped) flatten(value []byte, out [][]byte, depth int) ([][]byte, error) {
	switch {
	case depth > maxRowNesting:
		return out, errRowNesting
	case len(out) > maxRows:
		return out, errRows
	case len(value) > 0 && value[0] == '[':
		return u.flattenArray(value, out, depth)
	case len(value) == 0 || value[0] != '{':
		return out, nil
	}
	s, before := scan(value), len(out)
	err := s.members(func(name []byte) error {
		isArray := slices.Contains(entryArrays, string(name))
		raw, err := s.raw()
		if err == nil && isArray && (raw[0] == '[' || raw[0] == '{') {
			out, err = u.flatten(raw, out, depth+1)
		}
		return err
	})
	if err == nil && len(out) == before {
		out = append(out, value)
	}
	return out, err
}

func (u *unwrapped) flattenArray(array []byte, out [][]byte, depth int) ([][]byte, error) {
	if entry := u.pair(array); entry != nil {
		return append(out, entry), nil
	}
	if entry := u.fields(array); entry != nil {
		return append(out, entry), nil
	}
	s := scan(array)
	err := s.each(func() error {
		raw, err := s.raw()
		if err == nil {
			out, err = u.flatten(raw, out, depth+1)
		}
		return err
	})
	return out, err
}

var errNoEntry = errors.New("not such an entry")

// pair makes an object of an entry of Loki, ["nanoseconds", "line"], with an
// object of further labels behind it, or nil of any other array.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
func (u *unwrapped) pair(array []byte) []byte {
	var parts [][]byte
	s := scan(array)
	err := s.each(func() error {
		raw, err := s.raw()
		if parts = append(parts, raw); err == nil && len(parts) < 3 && raw[0] != '"' {
			err = errNoEntry
		}
		return err
	})
	if err != nil || len(parts) != 2 && len(parts) != 3 {
		return nil
	}
	return u.built(func(b []byte) []byte {
		b = append(append(b, `"timestamp":`...), parts[0]...)
		return append(append(b, `,"line":`...), parts[1]...)
	})
}

// fields makes an object of an entry of CloudWatch Logs Insights,
// [{"field": name, "value": text}, ...], or nil of any other array.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
func (u *unwrapped) fields(array []byte) []byte {
	s := scan(array)
	var names, values [][]byte
	err := s.each(func() error {
		raw, err := s.raw()
		if err != nil || raw[0] != '{' {
			return errNoEntry
		}
		name, value := member(raw, "field"), member(raw, "value")
		if name == nil || value == nil || name[0] != '"' {
			return errNoEntry
		}
		names, values = append(names, name), append(values, value)
		return nil
	})
	if err != nil || len(names) == 0 {
		return nil
	}
	return u.built(func(b []byte) []byte {
		for i := range names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, names[i]...), ':'), values[i]...)
		}
		return b
	})
}

// appendCells appends the cells that hold a body or a time, or lead to one.
func appendCells(b []byte, columns []string, cells [][]byte) []byte {
	first := true
	for i, cell := range cells {
		if i >= len(columns) || !bodyKeys[columns[i]] && !stampKeys[columns[i]] {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendMember(b, []byte(columns[i]), cell)
	}
	return b
}

// appendMember appends a member of a JSON object whose value is a text.
func appendMember(b, name, text []byte) []byte {
	return appendString(append(appendString(b, name), ':'), text)
}

// appendString appends a text as a JSON string.
func appendString(b, text []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for {
		i := special(text, 0)
		b = append(b, text[:i]...)
		if i == len(text) {
			return append(b, '"')
		}
		if c := text[i]; c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		text = text[i+1:]
	}
}

// textLines is a source of lines of text, as tables of one column.
type textLines struct{ lineReader }

// textColumns are the columns of textLines.
func textColumns() []string { return []string{"line"} }

func (t *textLines) next() (record, error) {
	for {
		text, ended, err := t.read()
		if err != nil {
			return record{}, err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return record{cells: [][]byte{text}, line: t.line, last: !ended}, nil
		}
	}
}
