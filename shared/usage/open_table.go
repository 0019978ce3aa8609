package usage

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
)

// openTable reads a table, whose header tells what its columns mean.
func (u *unpacked) openTable(head []byte, whole bool, opts Options) (*Reader, error) {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		u.Reader = bufio.NewReader(carriage{u.Reader})
		head = bytes.ReplaceAll(head, []byte("\r"), []byte("\n"))
	}
	if what := isMarkup(head); what != "" {
		return nil, refuse(KindUnknownFormat, "the log is %s; export the log itself as JSON Lines, JSON, CSV or Parquet", what)
	}
	if blocks := copyBlocks(head); len(blocks) > 0 {
		return u.openCopy(blocks, opts)
	}
	skip := preamble(head)
	for range skip {
		head = head[bytes.IndexByte(head, '\n')+1:]
	}
	comma, told := toldDelimiter(head)
	if told {
		skip++
		head = head[bytes.IndexByte(head, '\n')+1:]
	} else {
		comma = guessDelimiter(head)
	}
	sample := sampleTable(head, whole, comma)
	t := newTable(u.Reader, opts.MaxRecord, comma)
	for range skip {
		if _, _, err := t.lines.read(); err != nil {
			return nil, headerError(err)
		}
	}
	columns, err := t.header()
	if err != nil && skip > 0 {
		return nil, noTable()
	}
	if err != nil {
		return nil, headerError(err)
	}
	if folded := unfold(t, columns); folded != nil && opts.Mapping == nil {
		return openUnfolded(folded, opts)
	}
	p, l, err := chooseTable(columns, sample[:min(len(sample), 20)], opts)
	if refused := new(Error); skip > 0 && !told && errors.As(err, &refused) && refused.Proposal == nil {
		return nil, noTable() // what looked like a header below a title was prose
	}
	if b, inner, innerErr := unwrapTable(head, comma, p.rank(l, err, opts), opts); b != nil {
		return newReader(b.of(t), "csv", inner, nil, opts), innerErr
	}
	if err != nil {
		return nil, err
	}
	var notes []string
	l.local, notes = tellLocal(bindColumns(l.tree(), columns), sample, comma)
	l.notes = append(slices.Clone(l.notes), notes...)
	return newReader(t, "csv", l, columns, opts), nil
}

// toldDelimiter reads the line sep=; with which Excel says how a table is parted.
func toldDelimiter(head []byte) (comma byte, told bool) {
	line, _, ended := bytes.Cut(head, []byte("\n"))
	line = bytes.Trim(line, "\"\r ")
	if !ended || len(line) != len("sep=;") || !bytes.EqualFold(line[:4], []byte("sep=")) {
		return 0, false
	}
	return line[4], true
}

// isMarkup names text of markup that users send by mistake, "" for other text.
func isMarkup(head []byte) string {
	start := bytes.ToLower(bytes.TrimSpace(head[:min(len(head), 400)]))
	switch {
	case bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")):
		return "a web page, often that of a sign-in"
	case bytes.HasPrefix(start, []byte("<?xml")):
		return "XML"
	}
	return ""
}

func noTable() error {
	return refuse(KindUnknownFormat, "the log is neither JSON nor a table; %s", textAdvice)
}

func headerError(err error) error {
	if KindOf(err) != "" {
		return err
	}
	return refuse(KindLineTooLong, "the first line is no header of a table, and no JSON: %v", err)
}

// unwrapTable looks for the bodies of a log store's entries in the cells.
func unwrapTable(head []byte, comma byte, outer int, opts Options) (*unwrapped, layout, error) {
	t := newTable(newBuffered(head), headBytes, comma)
	columns, err := t.header()
	if err != nil {
		return nil, layout{}, err
	}
	return unwrap(t, columns, outer, opts)
}

// readsAsTable says whether text is a table whose columns, or what is in them, can be
// read at least as well as the rank says.
func readsAsTable(head []byte, rank int) bool {
	comma := guessDelimiter(head)
	columns, err := newTable(newBuffered(head), headBytes, comma).header()
	if err != nil || len(columns) < 2 {
		return false
	}
	if _, l, err := chooseTable(columns, sampleTable(head, false, comma), Options{}); rankOf(l, err) >= min(rank, columnsRank) {
		return true
	}
	b, _, _ := unwrapTable(head, comma, unread, Options{}) // why it is refused is told when it is opened
	return b != nil
}

func chooseTable(columns []string, sample [][]string, opts Options) (*paths, layout, error) {
	p := newPaths()
	for _, c := range columns {
		p.direct[squeeze(c)] = true
	}
	p.sampleCells(columns, sample)
	if opts.Mapping != nil {
		return p, opts.Mapping.layout(), nil
	}
	for _, l := range known() {
		if meets(l.needs, p.direct) {
			return p, l, nil
		}
	}
	if isLabels(columns, sample) {
		return p, layout{name: formatLabels, isCall: func(*row) bool { return false },
			notes: []string{"quality labels, not calls: give them to the routing lever together with a usage log"}}, nil
	}
	if len(columns) == 1 {
		return p, layout{}, noTable()
	}
	p.tellCells(columns, sample)
	if m, _ := ProposeMapping(columns); m == nil { // the counts may be in a column of JSON
		columns = append(slices.Clone(columns), p.spelled...)
	}
	l, err := proposed(columns, p.kinds, func(*layout) {})
	return p, l, err
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
	for len(rows) < localRows {
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

// preambleLines is how many lines may stand in front of a table's header.
const preambleLines = 10

// preamble counts the lines in front of a table's header: titles and notes,
// which have one cell.
func preamble(head []byte) (lines int) {
	for rest := head; len(rest) > 0 && lines <= preambleLines; lines++ {
		line, more, _ := bytes.Cut(rest, []byte("\n"))
		cells := bytes.Count(line, []byte{guessDelimiter(line)})
		switch {
		case lines == 0 && cells > 0:
			return 0
		case cells > 1:
			return lines
		}
		rest = more
	}
	return 0
}
