package usage

import (
	"bytes"
	"errors"
	"slices"
)

// entry is an entry of a log store: an object, and the service that its labels or
// those around it name, nil if none does.
type entry struct{ json, service []byte }

// entries returns the entries of a log store that a record holds: the record itself,
// the elements of arrays in it, or the cells of a row. They hold until the next call.
func (u *unwrapped) entries(rec *record) ([]entry, error) {
	u.labels.begin(rec.before)
	out, value := u.found[:0], rec.json
	if rec.cells != nil {
		value = u.built(func(b []byte) []byte { return u.appendCells(b, rec.cells) })
	}
	out, err := u.flatten(value, out, 0)
	if len(out) == 0 {
		out = append(out, entry{json: []byte("{}")})
	}
	for i := range out {
		if out[i].service == nil {
			out[i].service = u.labels.around
		}
	}
	u.found = out
	return out, err
}

// built returns an object made of the members that write appends.
func (u *unwrapped) built(write func([]byte) []byte) []byte {
	start := len(u.entry)
	u.entry = append(write(append(u.entry, '{')), '}')
	return u.entry[start:len(u.entry):len(u.entry)]
}

// flatten appends the entries in a JSON value.
func (u *unwrapped) flatten(value []byte, out []entry, depth int) ([]entry, error) {
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
	s, before, service := scan(value), len(out), named{}
	err := s.members(func(name []byte) error {
		isArray := slices.Contains(entryArrays, string(name))
		place := u.labels.tree.key(name).child
		raw, err := s.raw()
		switch {
		case err != nil:
		case isArray && (raw[0] == '[' || raw[0] == '{'):
			out, err = u.flatten(raw, out, depth+1)
		case place != nil:
			service = u.labels.in(raw, place, service)
		}
		return err
	})
	if err == nil && len(out) == before {
		out = append(out, entry{json: value})
	}
	for i := before; i < len(out); i++ {
		if out[i].service == nil {
			out[i].service = service.text
		}
	}
	return out, err
}

func (u *unwrapped) flattenArray(array []byte, out []entry, depth int) ([]entry, error) {
	if object := u.pair(array); object != nil {
		return append(out, entry{json: object}), nil
	}
	if object := u.fields(array); object != nil {
		return append(out, entry{json: object}), nil
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

// appendCells appends the cells that hold a body, a time or a label, or lead to one.
func (u *unwrapped) appendCells(b []byte, cells [][]byte) []byte {
	first := true
	for i, cell := range cells {
		if i >= len(u.columns) || !bodyKeys[u.columns[i]] && !stampKeys[u.columns[i]] && u.labels.at(u.columns[i]) == nil {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendMember(b, []byte(u.columns[i]), cell)
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
