package usage

import "bytes"

// labels reads which service wrote an entry of a log store, from the labels of the
// entry or of the object around it (services).
type labels struct {
	tree *node
	walk walker
	row  *row
	// around is the service named outside the records at hand, where a document is
	// read from an inner array. It outlives the record.
	around []byte
}

func newLabels() labels {
	r := &row{}
	return labels{tree: newTree(map[field][]string{fTag: services()}), walk: walker{row: r}, row: r}
}

// named is a service and the rank of the place that names it.
type named struct {
	text []byte
	rank uint8
}

// begin begins a record; before is what stands in front of its array.
func (l *labels) begin(before []byte) {
	l.walk.begin()
	if len(before) == 0 {
		return
	}
	service, found := named{}, false
	for name, n := range l.tree.children {
		quoted := `"` + name + `"`
		i := bytes.LastIndex(before, []byte(quoted))
		if i < 0 {
			continue
		}
		s := scan(before[i+len(quoted):])
		if s.expect(':') != nil {
			continue
		}
		if raw, err := s.raw(); err == nil {
			found = found || n.field == fNone
			service = l.in(raw, n, service)
		}
	}
	if found || service.text != nil {
		l.around = bytes.Clone(service.text)
	}
}

// at is where a column of a table leads, nil for columns that are no labels.
func (l *labels) at(column string) *node { return l.tree.key([]byte(column)).child }

// in returns the service that the value of a member names, if it ranks before best.
func (l *labels) in(raw []byte, n *node, best named) named {
	l.row.reset(maxTokens, false)
	l.walk.nesting = 0
	if l.walk.parse(&l.walk.root, raw, n) != nil || !l.row.has(fTag) {
		return best
	}
	if best.text == nil || l.row.rank[fTag] < best.rank {
		return named{l.row.text(fTag), l.row.rank[fTag]}
	}
	return best
}
