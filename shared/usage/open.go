package usage

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// open tells what the text is and makes a Reader for it.
func (u *unpacked) open(original io.Reader, opts Options) (*Reader, error) {
	head, whole, err := u.head()
	if err != nil {
		return nil, err
	}
	var r *Reader
	switch first := bytes.TrimSpace(head)[0]; {
	case bytes.HasPrefix(head, parquetMagic):
		r, err = openParquet(u, original, opts)
	case isEvents(head):
		r, err = u.openEvents(head, opts)
	case first == '{' || first == '[':
		r, err = u.openJSON(head, whole, opts)
	default:
		r, err = u.openTable(head, whole, opts)
	}
	if err != nil {
		return nil, err
	}
	inner := r.close
	r.close = func() { inner(); u.close() }
	return r, nil
}

func (u *unpacked) openJSON(head []byte, whole bool, opts Options) (*Reader, error) {
	p := newPaths()
	lines := isLines(head, whole)
	if lines {
		sampleLines(p, head)
	} else {
		p.sample(head)
	}
	l, err := chooseJSON(p, opts)
	if err != nil {
		return nil, err
	}
	if lines {
		return newReader(&jsonLines{lineReader{r: u.Reader, max: opts.MaxRecord}}, "jsonl", l, nil, opts), nil
	}
	doc := &document{r: u.Reader, max: opts.MaxRecord}
	if !whole && bytes.TrimSpace(head)[0] == '{' && p.wrapper != "" {
		doc.wrapper = p.wrapper
	}
	return newReader(doc, "json", l, nil, opts), nil
}

// openEvents reads the recorded streams of answers.
func (u *unpacked) openEvents(head []byte, opts Options) (*Reader, error) {
	p := newPaths()
	sample := events{lineReader{r: newBuffered(head), max: headBytes}}
	for range sampleRecords {
		rec, err := sample.next()
		if err != nil {
			break // the end of the head
		}
		p.sample(rec.json)
	}
	l, err := chooseJSON(p, opts)
	if err != nil {
		return nil, err
	}
	if l.isCall == nil { // most events carry no usage
		l.isCall = func(r *row) bool { return r.hasTokens() }
	}
	return newReader(&events{lineReader{r: u.Reader, max: opts.MaxRecord}}, "events", l, nil, opts), nil
}

// isLines tells JSON Lines from a document: at least half of its first lines
// open and close an object. A head without a line end is one giant line, or a
// document.
func isLines(head []byte, whole bool) bool {
	if bytes.TrimSpace(head)[0] != '{' {
		return false
	}
	complete, objects := 0, 0
	for rest := head; len(rest) > 0 && complete < 20; {
		line, more, ended := bytes.Cut(rest, []byte("\n"))
		line, rest = bytes.TrimSpace(line), more
		if len(line) == 0 {
			continue
		}
		if !ended && !whole {
			break
		}
		complete++
		if line[0] == '{' && line[len(line)-1] == '}' && len(line) > 2 {
			objects++
		}
	}
	if complete == 0 {
		var first balance
		_, ends := first.scan(head)
		return !ends && !opensWrapper(head)
	}
	return objects*2 >= complete
}

// opensWrapper says whether a giant first line is a document around an array of rows.
func opensWrapper(head []byte) bool {
	p := newPaths()
	p.sample(head)
	return p.wrapper != ""
}

func sampleLines(p *paths, head []byte) {
	for range sampleRecords {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		p.sample(line)
		if head = rest; len(head) == 0 {
			return
		}
	}
}

func chooseJSON(p *paths, opts Options) (layout, error) {
	if opts.Mapping != nil {
		l := opts.Mapping.layout()
		for _, path := range opts.Mapping.Fields {
			if !p.direct[squeeze(path)] && p.wrapped[squeeze(path)] {
				l.stash = p.stashes(l)
			}
		}
		return l, nil
	}
	if l, ok := p.match(); ok {
		return l, nil
	}
	return proposed(p.spelled, func(l *layout) {
		if p.wrapper != "" {
			l.stash = p.stashes(*l)
		}
	})
}

// proposed reads columns with usual names, and else proposes a mapping in an error.
func proposed(columns []string, adapt func(*layout)) (layout, error) {
	if len(columns) == 0 {
		return layout{}, refuse(KindUnknownFormat, "the log begins like JSON but cannot be read as such; %s", textAdvice)
	}
	m, sure := ProposeMapping(columns)
	if m == nil {
		return layout{}, refuse(KindNoUsableColumn,
			"none of the columns (%s) can be read as token counts; a usage log needs input and output tokens, a model and a time", list(columns))
	}
	if !sure {
		e := refuse(KindUnknownFormat, "the format is not one that Netra knows; confirm or correct the proposed column mapping (%s)", m)
		e.Proposal = m
		return layout{}, e
	}
	l := m.layout()
	l.name = "columns"
	l.notes = append(l.notes, "the columns were read by their names: "+m.String())
	adapt(&l)
	return l, nil
}

// list names columns in a message, not too many of them.
func list(columns []string) string {
	const most = 12
	shown := columns[:min(len(columns), most)]
	quoted := make([]string, len(shown))
	for i, c := range shown {
		quoted[i] = fmt.Sprintf("%.60q", c)
	}
	text := strings.Join(quoted, ", ")
	if len(columns) > most {
		text += fmt.Sprintf(" and %d more", len(columns)-most)
	}
	return text
}

func (u *unpacked) openTable(head []byte, whole bool, opts Options) (*Reader, error) {
	comma := guessDelimiter(head)
	sample := sampleTable(head, whole, comma)
	t := newTable(u.Reader, opts.MaxRecord, comma)
	columns, err := t.header()
	if err != nil {
		return nil, headerError(err)
	}
	l, err := chooseTable(columns, sample, opts)
	if err != nil {
		return nil, err
	}
	return newReader(t, "csv", l, columns, opts), nil
}

func headerError(err error) error {
	if KindOf(err) != "" {
		return err
	}
	return refuse(KindLineTooLong, "the first line is no header of a table, and no JSON: %v", err)
}

func chooseTable(columns []string, sample [][]string, opts Options) (layout, error) {
	if opts.Mapping != nil {
		return opts.Mapping.layout(), nil
	}
	have := map[string]bool{}
	for _, c := range columns {
		have[squeeze(c)] = true
	}
	for _, l := range known() {
		if meets(l.needs, have) {
			return l, nil
		}
	}
	if isLabels(columns, sample) {
		return layout{name: formatLabels, isCall: func(*row) bool { return false },
			notes: []string{"quality labels, not calls: give them to the routing lever together with a usage log"}}, nil
	}
	if len(columns) == 1 {
		return layout{}, refuse(KindUnknownFormat, "the log is neither JSON nor a table; %s", textAdvice)
	}
	return proposed(columns, func(*layout) {})
}

// bindColumns finds the place in the tree of each column, by name.
func bindColumns(tree *node, columns []string) []*node {
	byName := map[string]*node{}
	indexTree(tree, "", byName)
	out := make([]*node, len(columns))
	for i, c := range columns {
		out[i] = byName[squeeze(c)]
	}
	return out
}

func indexTree(n *node, at string, byName map[string]*node) {
	for key, child := range n.children {
		name := at + squeeze(key)
		if old := byName[name]; old == nil || old.field == fNone {
			byName[name] = child
		}
		indexTree(child, name, byName)
	}
}

// sampleTable returns the first rows below the header.
func sampleTable(head []byte, whole bool, comma byte) [][]string {
	if !whole {
		if i := bytes.LastIndexByte(head, '\n'); i >= 0 {
			head = head[:i]
		}
	}
	t := newTable(newBuffered(head), headBytes, comma)
	if _, err := t.header(); err != nil {
		return nil
	}
	var rows [][]string
	for len(rows) < 20 {
		rec, err := t.next()
		if err != nil {
			return rows
		}
		cells := make([]string, len(rec.cells))
		for i, c := range rec.cells {
			cells[i] = string(c)
		}
		rows = append(rows, cells)
	}
	return rows
}
