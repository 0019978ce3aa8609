package usage

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// sampleRecords is how many records at the start of a log are looked at.
const sampleRecords = 200

// wrappers are keys under which exports put the array of their rows.
func wrappers() []string {
	return []string{"data", "results", "observations", "records", "Records", "value", "rows", "items", "logs", "calls",
		"generations", "events", "logEvents", "resourceSpans", "scopeSpans", "spans"}
}

// paths are the squeezed paths that occur in the sampled rows.
type paths struct {
	// direct counts paths from the record's top, wrapped from the elements of a wrapper.
	direct, wrapped map[string]bool
	// spelled keeps the first spelling of each path, in order, for proposals.
	spelled []string
	seen    map[string]bool
	kinds   map[string]string // of the values at a path, as Column.Kind
	isWrap  map[string]bool
	wrapper string // the outermost wrapper found
	// found are the paths of the wrappers in their rows, several those of other
	// arrays that hold more than one object.
	found, several map[string]bool
}

func newPaths() *paths {
	p := &paths{direct: map[string]bool{}, wrapped: map[string]bool{}, seen: map[string]bool{}, kinds: map[string]string{}, isWrap: map[string]bool{},
		found: map[string]bool{}, several: map[string]bool{}}
	for _, w := range wrappers() {
		p.isWrap[w] = true
	}
	return p
}

// maxPaths bounds the paths kept of one log, maxPathDepth how deep they go.
const (
	maxPaths     = 4000
	maxPathDepth = 10
)

// sample adds the paths of one record. Text that is cut off adds what comes before the cut.
func (p *paths) sample(text []byte) {
	_ = p.visit(scan(text), "", p.direct, 0) // what was seen before a fault counts
}

// sampleCells adds the paths of the JSON in a table's cells.
func (p *paths) sampleCells(columns []string, rows [][]string) {
	for _, row := range rows {
		for i, cell := range row[:min(len(row), len(columns))] {
			if strings.HasPrefix(cell, "{") {
				_ = p.visit(scan([]byte(cell)), columns[i], p.direct, 1) // text that only looks like JSON adds nothing
			}
		}
	}
}

func (p *paths) visit(s *scanner, at string, into map[string]bool, depth int) error {
	if depth > maxPathDepth {
		return s.skip()
	}
	switch s.peek() {
	case '{':
		return p.object(s, at, into, depth)
	case '[':
		n := 0
		return s.each(func() error {
			if n++; n > 8 {
				return s.skip()
			}
			if n == 2 && s.peek() == '{' && at != "" {
				p.several[at] = true
			}
			return p.visit(s, at, into, depth+1)
		})
	case '"':
		return p.str(s, at, into, depth)
	default:
		return s.skip()
	}
}

// str looks into JSON that a string holds.
func (p *paths) str(s *scanner, at string, into map[string]bool, depth int) error {
	text, _, err := s.str(nil)
	p.tell(at, kindOfText(text))
	if len(text) > 1 && text[0] == '{' && depth < 4 {
		_ = p.visit(scan(text), at, into, depth+1) // text that only looks like JSON adds nothing
	}
	if isEvents(text) && depth < 4 {
		for line := range bytes.Lines(text) {
			_ = p.visit(scan(eventData(line)), at, into, depth+1) // other lines add nothing
		}
	}
	return err
}

func (p *paths) object(s *scanner, at string, into map[string]bool, depth int) error {
	return s.members(func(key []byte) error {
		name := string(key)
		path := name
		if at != "" {
			path = at + "/" + name
		}
		next := s.peek()
		p.add(path, into, next != '{' && next != '[')
		p.tell(path, kindAt(next))
		switch {
		case name == "key" && next == '"': // an OTLP attribute
			attr, _, err := s.str(nil)
			p.add(at+"/"+string(attr), into, true)
			return err
		case p.isWrap[name] && next == '[' && depth < 6:
			if p.wrapper == "" {
				p.wrapper = name
			}
			p.found[path] = true
			return p.visit(s, "", p.wrapped, depth+1)
		}
		return p.visit(s, path, into, depth+1)
	})
}

func (p *paths) add(path string, into map[string]bool, leaf bool) {
	if len(into) >= maxPaths || len(path) > 4*maxName {
		return
	}
	into[squeeze(path)] = true
	if (leaf || holdsPrompt(path)) && !p.seen[path] {
		p.seen[path] = true
		p.spelled = append(p.spelled, path)
	}
}

// match returns the layout that reads rows with these paths. Where only the
// elements of a wrapper match, the wrappers become part of the layout.
func (p *paths) match() (layout, bool) {
	for _, l := range known() {
		if meets(l.needs, p.direct) {
			return l, true
		}
	}
	for _, l := range known() {
		if meets(l.needs, p.wrapped) {
			l.stash = p.stashes(l)
			return l, true
		}
	}
	return layout{}, false
}

// stashes are the layout's own arrays and every wrapper, found or usual, that
// none of its paths begins with.
func (p *paths) stashes(l layout) []string {
	tree := newTree(l.paths)
	out := slices.Clone(l.stash)
	for _, w := range slices.Concat(wrappers(), slices.Sorted(maps.Keys(p.found))) {
		if tree.at(w) == nil && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func meets(needs [][]string, have map[string]bool) bool {
	for _, any := range needs {
		found := false
		for _, path := range any {
			found = found || have[path]
		}
		if !found {
			return false
		}
	}
	return true
}
