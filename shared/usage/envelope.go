package usage

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
)

// What a program wrote, in the entries of a log store: Loki, CloudWatch Logs,
// Cloud Logging, Datadog, Elasticsearch, Splunk, and the log files of containers.
// A store keeps the line that a program wrote, or the object that it was parsed
// into, below some key of an entry: the entry's body. unwrapped hands the bodies
// to the layouts as if the program had written them into a file.

// bodyKeys are the keys that lead to a body; some stores nest them.
var bodyKeys = setOf("line", "message", "@message", "msg", "log", "body", "stringValue", "textPayload", "jsonPayload",
	"attributes", "_source", "_raw", "result", "event", "MESSAGE", "Message", "Line", "content")

// stampKeys are the keys of an entry's time.
var stampKeys = setOf("timestamp", "@timestamp", "time", "_time", "date", "Date", "Time", "timeUnixNano", "ts", "__REALTIME_TIMESTAMP")

// entryArrays are the keys of the arrays of entries, inner ones first, since a
// document is read from the innermost: one element of an outer one may be a whole log.
var entryArrays = []string{"values", "logRecords", "scopeLogs", "resourceLogs", "logEvents", "events", "hits", "entries", "logs", "results", "result", "data"}

func setOf(keys ...string) map[string]bool {
	set := make(map[string]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}

const (
	// maxBodyDepth bounds how deep in an entry its body may be.
	maxBodyDepth = 4
	maxStamps    = 2
)

// unwrapped is a source of the bodies in the records of another source.
type unwrapped struct {
	source
	columns []string
	// bodies and stamps are the paths to try in turn.
	bodies, stamps [][]string
	outer          record
	pending        []entry
	labels         labels
	// entry and text are scratch for an entry and what its strings hold.
	entry, text, json []byte
	found             []entry
}

func (u *unwrapped) next() (record, error) {
	for len(u.pending) == 0 {
		rec, err := u.source.next()
		if err != nil {
			return rec, err
		}
		u.entry = u.entry[:0]
		if u.pending, err = u.entries(&rec); err != nil {
			return record{last: rec.last}, &unreadableError{rec.line, badJSON(err)}
		}
		u.outer = rec
	}
	entry := u.pending[0]
	u.pending = u.pending[1:]
	u.text = u.text[:0]
	out := record{json: []byte("{}"), line: u.outer.line, last: u.outer.last && len(u.pending) == 0, service: entry.service}
	body, at, err := u.body(entry.json)
	if err != nil {
		return out, &unreadableError{u.outer.line, err}
	}
	if body != nil { // an entry without a body is a row that tells of no call
		out.json = body
	}
	out.at = u.stamp(entry.json)
	if out.at == 0 {
		out.at = at
	}
	return out, nil
}

// body returns the first body of an entry, nil if it has none, and the time in front of it.
func (u *unwrapped) body(entry []byte) (body []byte, at int64, err error) {
	for _, path := range u.bodies {
		if body, at, err = u.inside(u.find(entry, path)); body != nil || err != nil {
			return body, at, err
		}
	}
	return nil, 0, nil
}

func (u *unwrapped) stamp(entry []byte) int64 {
	for _, path := range u.stamps {
		if at, err := parseTime(bytes.Trim(u.find(entry, path), `"`), local{}); err == nil {
			return at
		}
	}
	return 0
}

// find returns the value at a path, nil if there is none. It goes through JSON in strings.
func (u *unwrapped) find(value []byte, path []string) []byte {
	for _, key := range path {
		if value = u.opened(value); len(value) == 0 || value[0] != '{' {
			return nil
		}
		value = member(value, key)
	}
	return value
}

// opened returns what a string holds, and any other value as it is.
func (u *unwrapped) opened(value []byte) []byte {
	if len(value) == 0 || value[0] != '"' {
		return value
	}
	text, grown, err := scan(value).str(u.text)
	if err != nil {
		return nil
	}
	u.text = grown // what was read before stays in front
	return bytes.TrimSpace(text)
}

// inside returns the JSON object that a body is: an object, JSON text, JSON at the
// end of a line, or pairs of logfmt; nil if it is none of them.
func (u *unwrapped) inside(value []byte) (json []byte, at int64, err error) {
	text := u.opened(value)
	if len(text) == 0 || value[0] != '"' && value[0] != '{' {
		return nil, 0, nil
	}
	if opensObject(text) {
		if s := scan(text); s.skip() != nil || s.peek() != 0 {
			return nil, 0, errJSON // most likely the store cut it off
		}
		return text, 0, nil
	}
	tail, before := embedded(text)
	if tail != nil && text[max(0, len(text)-len(tail)-1)] != '=' {
		return tail, before, nil
	}
	u.json, at, err = logfmt(text, u.json[:0])
	if len(u.json) == 0 { // event={...} alone is one pair
		return tail, before, err
	}
	return u.json, at, err
}

// opensObject tells JSON from other text in braces, which says nothing.
func opensObject(text []byte) bool {
	next := bytes.TrimLeft(text[1:], " \t\r\n")
	return text[0] == '{' && len(next) > 0 && (next[0] == '"' || next[0] == '}')
}

// member returns the value of an object's member, nil if there is none.
func member(object []byte, key string) (value []byte) {
	s := scan(object)
	_ = s.members(func(name []byte) error { // a broken object has no further members
		raw, err := s.raw()
		if err == nil && value == nil && string(name) == key {
			value = raw
		}
		return err
	})
	return value
}

// candidate is a place of bodies, and what the bodies there hold.
type candidate struct {
	path  []string
	paths *paths
	l     layout
	err   error
	rank  int
}

// Ranks order layouts: a known format, usual names of columns, a proposal, nothing.
const (
	unread = iota
	proposedRank
	columnsRank
	knownRank
)

func rankOf(l layout, err error) int {
	refused := new(Error)
	switch {
	case err == nil && l.name != formatColumns:
		return knownRank
	case err == nil:
		return columnsRank
	case errors.As(err, &refused) && refused.Proposal != nil:
		return proposedRank
	}
	return unread
}

// unwrap looks for bodies in the entries of sample, the start of the log. Where
// they can be read better than the entries themselves, whose rank is outer, it
// returns the layout of the bodies, or why they are refused, and a source of them
// that still lacks the source of the entries; nil if not.
func unwrap(sample source, columns []string, outer int, opts Options) (*unwrapped, layout, error) {
	if outer == knownRank {
		return nil, layout{}, nil
	}
	u := &unwrapped{source: sample, columns: columns, labels: newLabels()}
	best := u.best(u.sample(), opts)
	if len(best) == 0 || best[0].rank <= proposedRank && best[0].rank <= outer {
		return nil, layout{}, nil
	}
	l := best[0].l
	l.isCall = onlyCalls(l.isCall)
	l.notes = append(slices.Clone(l.notes), passedOver(sample, best[0].path))
	for _, c := range best {
		u.bodies = append(u.bodies, c.path)
	}
	return u, l, best[0].err
}

func passedOver(sample source, path []string) string {
	if _, isText := sample.(*textLines); isText {
		return "the rows are JSON or key=value pairs in a program's log; lines without were passed over"
	}
	return "the rows are what a program wrote, in " + strings.Join(path, "/") + " of a log store's entries; entries that tell of no call were passed over"
}

// of gives the source of the entries.
func (u *unwrapped) of(entries source) source {
	u.source, u.labels.around = entries, nil
	return u
}

// onlyCalls tells calls from what else a program logs.
func onlyCalls(isCall func(*row) bool) func(*row) bool {
	return func(r *row) bool {
		return (isCall == nil || isCall(r)) && (r.hasTokens() || r.hasAny(fModel, fRequested) && status(r) != OK)
	}
}

// best returns the places whose bodies read best, and alike, the deepest first.
func (u *unwrapped) best(found map[string]*candidate, opts Options) (best []*candidate) {
	for _, place := range slices.Sorted(maps.Keys(found)) {
		c := found[place]
		if opts.Mapping != nil && !c.paths.holds(c.paths.direct, opts.Mapping) && !c.paths.holds(c.paths.wrapped, opts.Mapping) {
			continue
		}
		c.l, c.err = chooseJSON(c.paths, opts)
		switch c.rank = rankOf(c.l, c.err); {
		case c.rank == unread:
		case len(best) == 0 || c.rank > best[0].rank:
			best = []*candidate{c}
		case c.rank == best[0].rank && c.l.name == best[0].l.name:
			best = append(best, c)
		}
	}
	slices.SortStableFunc(best, func(a, b *candidate) int { return len(b.path) - len(a.path) })
	return best
}

// sample collects the bodies at the start of the log, by their places, and the places of the times.
func (u *unwrapped) sample() map[string]*candidate {
	found := map[string]*candidate{}
	for range sampleRecords {
		rec, err := u.source.next()
		if err != nil {
			return found // the end of the head
		}
		u.entry = u.entry[:0]
		entries, err := u.entries(&rec)
		if err != nil {
			continue
		}
		for _, entry := range entries[:min(len(entries), sampleRecords)] {
			u.text = nil // bodies are kept through the descent
			u.collect(entry.json, nil, found)
		}
	}
	return found
}

func (u *unwrapped) collect(object []byte, at []string, found map[string]*candidate) {
	s := scan(object)
	_ = s.members(func(name []byte) error { // what was seen before a fault counts
		key := string(name)
		raw, err := s.raw()
		if err != nil {
			return err
		}
		path := append(slices.Clone(at), key)
		if stampKeys[key] && len(u.stamps) < maxStamps && !slices.ContainsFunc(u.stamps, func(p []string) bool { return slices.Equal(p, path) }) {
			if _, err := parseTime(bytes.Trim(raw, `"`), local{}); err == nil {
				u.stamps = append(u.stamps, path)
			}
		}
		if bodyKeys[key] {
			u.collectBody(raw, path, found)
		}
		return nil
	})
}

func (u *unwrapped) collectBody(raw []byte, path []string, found map[string]*candidate) {
	u.json = nil
	body, _, err := u.inside(raw)
	if err != nil || body == nil {
		return
	}
	place := strings.Join(path, "/")
	c := found[place]
	if c == nil {
		c = &candidate{path: path, paths: newPaths()}
		found[place] = c
	}
	c.paths.sample(body)
	if len(path) < maxBodyDepth {
		u.collect(body, path, found)
	}
}
