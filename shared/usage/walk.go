package usage

import (
	"bytes"
	"errors"
)

// maxNesting bounds JSON inside strings inside JSON.
const maxNesting = 4

var errNesting = errors.New("JSON is nested too deep in strings")

// walker reads JSON into a row, going only where its tree leads.
type walker struct {
	row     *row
	scratch []byte // text that rows point into; replaced, never overwritten, within a record
	stashed []byte
	nesting int
	root    scanner
}

// begin forgets the texts of the record before.
func (w *walker) begin() { w.scratch = w.scratch[:0] }

// record reads one JSON object into the walker's row.
func (w *walker) record(text []byte, tree *node) error {
	w.stashed, w.nesting = nil, 0
	return w.parse(&w.root, text, tree)
}

func (w *walker) parse(s *scanner, text []byte, n *node) error {
	s.reset(text)
	if err := w.value(s, n); err != nil {
		return err
	}
	if startsValue(s.peek()) {
		return errors.New("more follows the end of the JSON value")
	}
	return nil
}

func (w *walker) value(s *scanner, n *node) error {
	switch c := s.peek(); c {
	case '{':
		return w.object(s, n)
	case '[':
		return w.array(s, n)
	case '"':
		return w.str(s, n)
	case 't', 'f':
		text, err := s.raw()
		if err == nil {
			w.row.set(n, value{text: text})
		}
		return err
	case 'n':
		return s.skip()
	default:
		text, err := s.raw()
		switch {
		case err != nil:
		case isDigit(text[len(text)-1]):
			w.row.set(n, value{text: text, number: true})
		case n.shape == shapeTokens: // NaN may say that there is no cost, but is no count
			return errSyntax
		}
		return err
	}
}

func (w *walker) object(s *scanner, n *node) error {
	if n.field != fNone && n.children == nil {
		return w.raw(s, n)
	}
	if n.children == nil {
		return s.skip()
	}
	if err := s.open(); err != nil {
		return err
	}
	expected := &n.first
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return err
		}
		k, err := w.key(s, n, *expected)
		if err != nil {
			return err
		}
		*expected, expected = k, &k.next
		if k.child == nil {
			err = s.skip()
		} else {
			err = w.value(s, k.child)
		}
		if err != nil {
			return err
		}
	}
}

// key reads the name of a member and its colon; most often it is the expected one.
func (w *walker) key(s *scanner, n *node, expected *key) (*key, error) {
	if s.peek() == '"' && expected != nil && s.word(expected.quoted) == nil {
		return expected, s.expect(':')
	}
	var buf [64]byte
	name, err := s.key(buf[:0])
	if err != nil {
		return nil, err
	}
	return n.key(name), nil
}

func (w *walker) array(s *scanner, n *node) error {
	switch {
	case n.stash:
		raw, err := s.raw()
		w.stashed = raw
		return err
	case n.field != fNone:
		return w.raw(s, n)
	case n.children == nil:
		return s.skip()
	case n.attributes:
		return s.each(func() error { return w.attribute(s, n) })
	default: // chunks of a stream: what the last one says holds
		return s.each(func() error { return w.value(s, n) })
	}
}

// raw keeps a structured value as it is. Only raw fields and lists can use one.
func (w *walker) raw(s *scanner, n *node) error {
	raw, err := s.raw()
	if err == nil && (n.shape == shapeRaw || n.field == fTag) {
		w.row.set(n, value{text: raw})
	}
	return err
}

// attribute reads {"key": k, "value": {"stringValue": v}} (OTLP JSON encoding),
// in either order.
func (w *walker) attribute(s *scanner, n *node) error {
	if s.peek() != '{' {
		return s.skip()
	}
	var child *node
	var early []byte // a value that came before its key
	return s.members(func(key []byte) error {
		switch {
		case string(key) == "key" && s.peek() == '"':
			name, _, err := s.str(nil)
			if child = n.children[string(name)]; err == nil && child != nil && early != nil {
				return w.anyValue(scan(early), child)
			}
			return err
		case string(key) == "value" && child != nil:
			return w.anyValue(s, child)
		case string(key) == "value":
			raw, err := s.raw()
			early = raw
			return err
		default:
			return s.skip()
		}
	})
}

// anyValue reads an OTLP AnyValue, an object of one key that names the type.
func (w *walker) anyValue(s *scanner, n *node) error {
	if s.peek() != '{' {
		return s.skip()
	}
	return s.members(func([]byte) error { return w.value(s, n) })
}

// str reads a string: JSON in a string where the tree leads below it.
func (w *walker) str(s *scanner, n *node) error {
	if n.field == fNone && n.children == nil {
		return s.skip()
	}
	if n.shape == shapeRaw {
		raw, err := s.raw()
		if err == nil {
			w.row.set(n, value{text: raw})
		}
		return err
	}
	text, grown, err := s.str(w.scratch)
	if err != nil {
		return err
	}
	w.scratch = grown
	if n.field != fNone {
		w.row.set(n, value{text: text})
		return nil
	}
	return w.inner(text, n)
}

// inner reads JSON that a string or a table cell holds; other text says nothing.
func (w *walker) inner(text []byte, n *node) error {
	text = bytes.TrimSpace(text)
	stream := isEvents(text)
	if !stream && (len(text) == 0 || (text[0] != '{' && text[0] != '[')) {
		return nil
	}
	if w.nesting++; w.nesting > maxNesting {
		return errNesting
	}
	defer func() { w.nesting-- }()
	if stream {
		return w.events(text, n)
	}
	return w.parse(new(scanner), text, n)
}

// events reads a recorded stream of an answer: what the last event says holds.
func (w *walker) events(text []byte, n *node) error {
	for line := range bytes.Lines(text) {
		if data := eventData(line); data != nil {
			if err := w.parse(new(scanner), data, n); err != nil {
				return err
			}
		}
	}
	return nil
}
