package usage

import (
	"bytes"
	"fmt"
	"io"
	"slices"
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
	case first == recordMark:
		r, err = u.openLines(head, unmarked, opts)
	case isStamped(head):
		r, err = u.openLines(head, stamped, opts)
	default:
		if r, err = u.openText(head, opts); r == nil && err == nil {
			r, err = u.openTable(head, whole, opts)
		}
	}
	if err != nil {
		return nil, err
	}
	inner := r.close
	r.close = func() { inner(); u.close() }
	return r, nil
}

func (u *unpacked) openJSON(head []byte, whole bool, opts Options) (*Reader, error) {
	doc := &document{r: u.Reader, max: opts.MaxRecord}
	if p := newPaths(); keyedRows(head, p, opts) {
		doc.keyed = true
		l, err := chooseJSON(p, opts)
		return newReader(doc, "json", l, nil, opts), err
	}
	if isLines(head, whole) {
		return u.openLines(head, nil, opts)
	}
	p, l, err := choose(func(p *paths) { p.sample(head) }, opts)
	if s := scan(head); whole && len(p.spelled) == 0 && s.skip() == nil {
		return nil, refuse(KindEmpty, "the log has no rows; export it again and check the time range")
	}
	if entries, b, inner, innerErr := u.bodies(head, whole, p.rank(l, err, opts), opts); b != nil {
		return newReader(b.of(entries), "json", inner, nil, opts), innerErr
	}
	if err != nil {
		return nil, err
	}
	if !whole && bytes.TrimSpace(head)[0] == '{' && p.wrapper != "" {
		doc.wrapper = p.wrapper
	}
	return newReader(doc, "json", l, nil, opts), nil
}

// bodies looks for a log store's entries in a document, and returns their source.
func (u *unpacked) bodies(head []byte, whole bool, outer int, opts Options) (source, *unwrapped, layout, error) {
	arrays := entryArrays
	if whole || bytes.TrimSpace(head)[0] == '[' {
		arrays = []string{""} // the document, or an element of it, is in memory at once
	}
	for _, array := range arrays {
		sample := &document{r: newBuffered(head), max: headBytes, wrapper: array, again: true}
		if b, l, err := unwrap(sample, nil, outer, opts); b != nil {
			return &document{r: u.Reader, max: opts.MaxRecord, wrapper: array, again: true}, b, l, err
		}
	}
	return nil, nil, layout{}, nil
}

// openLines reads a JSON value a line; cut, if not nil, takes off what stands in front of it.
func (u *unpacked) openLines(head []byte, cut cutter, opts Options) (*Reader, error) {
	p, l, err := choose(func(p *paths) { sampleLines(p, head, cut) }, opts)
	lines := &jsonLines{lineReader: lineReader{r: u.Reader, max: opts.MaxRecord}, cut: cut}
	sample := &jsonLines{lineReader: lineReader{r: newBuffered(head), max: headBytes}, cut: cut}
	if b, inner, innerErr := unwrap(sample, nil, p.rank(l, err, opts), opts); b != nil {
		return newReader(b.of(lines), "jsonl", inner, nil, opts), innerErr
	}
	return newReader(lines, "jsonl", l, nil, opts), err
}

// openText reads a program's log, whose lines end with JSON or are pairs of
// logfmt. It returns nil for other text.
func (u *unpacked) openText(head []byte, opts Options) (*Reader, error) {
	b, l, err := tellText(head, opts)
	if b == nil {
		return nil, nil
	}
	return newReader(b.of(&textLines{lineReader{r: u.Reader, max: opts.MaxRecord}}), "text", l, nil, opts), err
}

// tellText tells a program's log, which is no table, with lines that can be read.
func tellText(head []byte, opts Options) (*unwrapped, layout, error) {
	sample := &textLines{lineReader{r: newBuffered(head), max: headBytes}}
	b, l, err := unwrap(sample, textColumns(), unread, opts)
	if b == nil || readsAsTable(head, rankOf(l, err)) {
		return nil, layout{}, nil
	}
	return b, l, err
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
	isCall := l.isCall
	l.isCall = func(r *row) bool { // most events carry no usage
		return (r.hasTokens() || status(r) != OK) && (isCall == nil || isCall(r))
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
		if complete++; complete == 1 && !isOneValue(line) {
			return false
		}
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

// isOneValue says whether a line may be one row: it does not hold JSON values one
// after another, as a delivery stream writes them, nor begin a document.
func isOneValue(line []byte) bool {
	var first balance
	n, ends := first.scan(line)
	if !ends {
		return !opensWrapper(line)
	}
	return len(bytes.TrimRight(bytes.TrimSpace(line[n:]), ",")) == 0
}

// opensWrapper says whether a giant first line is a document around an array of rows.
func opensWrapper(head []byte) bool {
	p := newPaths()
	for _, array := range entryArrays {
		p.isWrap[array] = true
	}
	p.sample(head)
	return p.wrapper != ""
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return line
}

func sampleLines(p *paths, head []byte, cut cutter) {
	for range sampleRecords {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if cut != nil {
			line, _ = cut(line)
		}
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
	return proposed(p.spelled, p.kinds, func(l *layout) {
		if p.wrapper != "" {
			l.stash = p.stashes(*l)
		}
	})
}

// proposed reads columns with usual names, and else proposes a mapping in an error.
func proposed(columns []string, kinds map[string]string, adapt func(*layout)) (layout, error) {
	if len(columns) == 0 {
		return layout{}, refuse(KindUnknownFormat, "the log begins like JSON but cannot be read as such; %s", textAdvice)
	}
	m, sure := ProposeMapping(columns)
	if m == nil {
		if l, ok := tableOfCosts(columns); ok {
			adapt(&l)
			return l, nil
		}
		if why := withoutTokens(columns); why != "" {
			return layout{}, refuse(KindNoUsableColumn, "%s", why)
		}
		e := refuse(KindNoUsableColumn,
			"none of the columns (%s) can be read as token counts; a usage log needs input and output tokens, a model and a time", list(columns))
		e.Columns = columnsOf(columns, kinds)
		return layout{}, e
	}
	if !sure {
		e := refuse(KindUnknownFormat, "the format is not one that Netra knows; confirm or correct the proposed column mapping (%s)", m)
		e.Proposal, e.Columns = m, columnsOf(columns, kinds)
		return layout{}, e
	}
	l := m.layout()
	l.name = formatColumns
	l.notes = append(l.notes, "the columns were read by their names: "+m.String())
	adapt(&l)
	return l, nil
}

// formatColumns is the name of a format told by the usual names of its columns.
const formatColumns = "columns"

// withoutTokens tells exports that count no tokens, and which to take instead; ""
// for any other log.
func withoutTokens(columns []string) string {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(columns, name) })
	}
	switch {
	case has("line_item") || has("cost_type"): // OpenAI's and Anthropic's, with other columns than Netra reads
		return "this is a report of costs, which counts no tokens; export the usage of the same days (OpenAI: platform.openai.com, Usage, Export; Anthropic: platform.claude.com, Usage, Export), or the calls themselves"
	case has("sku", "quantity", "unit_type"):
		return "this is a bill of GitHub, which counts requests and no tokens: what a call cost cannot be told from it"
	case has("Date", "Kind", "Tokens"):
		return "this export of Cursor gives one sum of tokens for each call; export it again from the dashboard, where newer exports give input, cache and output apart"
	case has("data/resultType"):
		return "the lines in this answer of Loki count no tokens; query those that your program writes of its calls"
	}
	return ""
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
