package usage

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Where the rows of a JSON log are, if neither a line nor a wrapper of usual name
// holds them.

// choose tells the layout of what sample adds to paths. Where a log of no known
// format counts tokens in the elements of an array only, that array holds the
// rows. In known formats such arrays are the chunks of one answer.
func choose(sample func(*paths), opts Options) (*paths, layout, error) {
	p := newPaths()
	sample(p)
	l, err := chooseJSON(p, opts)
	for _, array := range p.candidates(l, err, opts) {
		q := newPaths()
		q.isWrap[lastKey(array)] = true
		sample(q)
		inner, innerErr := chooseJSON(q, opts)
		if opts.Mapping != nil && !q.holds(q.wrapped, opts.Mapping) {
			continue
		}
		if refused := new(Error); innerErr == nil || errors.As(innerErr, &refused) && refused.Proposal != nil {
			return q, inner, innerErr
		}
	}
	return p, l, err
}

// candidates are the arrays that may hold the rows of a log of no known format.
func (p *paths) candidates(l layout, err error, opts Options) []string {
	refused := new(Error)
	array := ""
	switch {
	case opts.Mapping != nil && !p.holds(p.direct, opts.Mapping) && !p.holds(p.wrapped, opts.Mapping):
		return slices.Sorted(maps.Keys(p.several))
	case opts.Mapping == nil && err == nil && l.name == formatColumns:
		array = p.arrayOf(l.paths)
	case errors.As(err, &refused) && refused.Proposal != nil:
		array = p.arrayOf(refused.Proposal.layout().paths)
	}
	if array == "" {
		return nil
	}
	return []string{array}
}

// rank is that of a layout chosen for the paths. A mapping ranks as a known format
// if the paths have its columns.
func (p *paths) rank(l layout, err error, opts Options) int {
	switch {
	case opts.Mapping == nil:
		return rankOf(l, err)
	case p.holds(p.direct, opts.Mapping) || p.holds(p.wrapped, opts.Mapping):
		return knownRank
	}
	return unread
}

// holds says whether the tokens of a mapping are among the paths.
func (p *paths) holds(have map[string]bool, m *Mapping) bool {
	return have[squeeze(m.Fields[fieldNames[fInput]])] || have[squeeze(m.Fields[fieldNames[fOutput]])]
}

// arrayOf names the outermost array of several objects that the token counts of
// a guessed layout are in, "" if there is none.
func (p *paths) arrayOf(places map[field][]string) string {
	for _, place := range places[fInput] {
		keys := strings.Split(place, "/")
		for i := range keys {
			if at := strings.Join(keys[:i], "/"); p.several[at] {
				return at
			}
		}
	}
	return ""
}

// keyedRows says whether the head begins with an object that holds rows by their
// ids, {"id1": {row}, "id2": {row}}, and adds the rows' paths to p. Such rows have
// the same keys, and count tokens each.
func keyedRows(head []byte, p *paths, opts Options) bool {
	if bytes.TrimSpace(head)[0] != '{' {
		return false
	}
	s := scan(head)
	rows, alike := 0, true
	var first map[string]bool
	_ = s.members(func([]byte) error { // the head's end may cut a row
		raw, err := s.raw()
		if err != nil {
			return err
		}
		keys := keysOf(raw)
		if first == nil {
			first = keys
		}
		alike = alike && len(keys) > 1 && overlap(keys, first)
		if !alike || rows >= sampleRecords {
			return errSyntax
		}
		rows++
		p.sample(raw)
		return nil
	})
	if !alike || rows < 2 {
		return false
	}
	if opts.Mapping != nil {
		return p.holds(p.direct, opts.Mapping)
	}
	_, err := chooseJSON(p, opts)
	return err == nil
}

// keysOf returns the keys of an object, nil for any other value.
func keysOf(raw []byte) map[string]bool {
	if raw[0] != '{' {
		return nil
	}
	keys := map[string]bool{}
	s := scan(raw)
	_ = s.members(func(name []byte) error { // raw is one whole value
		keys[string(name)] = true
		return s.skip()
	})
	return keys
}

// overlap says whether most of a's keys are b's too.
func overlap(a, b map[string]bool) bool {
	common := 0
	for key := range a {
		if b[key] {
			common++
		}
	}
	return 2*common >= max(len(a), len(b))
}
