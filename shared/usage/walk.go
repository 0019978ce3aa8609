package usage

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-faster/jx"
)

// node is a place in a JSON row: what its value means, or where to go on below it.
type node struct {
	field field
	// rank orders the places of one field: where a row fills several, the least holds.
	rank     uint8
	children map[string]*node
	// attributes marks an OTLP attribute list, [{"key":k,"value":{"stringValue":v}}, ...],
	// whose keys are children.
	attributes bool
	// stash marks the array whose elements are the calls of this record.
	stash bool
}

// newTree makes the tree of a layout's paths. Keys are entered as they are
// spelled and in camelCase, since exports of one source differ in that.
func newTree(paths map[field][]string) *node {
	root := &node{}
	for f, list := range paths {
		for i, path := range list {
			root.insert(strings.Split(path, "/"), f, uint8(i))
		}
	}
	return root
}

func (n *node) insert(path []string, f field, rank uint8) {
	if len(path) == 0 {
		n.field, n.rank = f, rank
		return
	}
	key, attributes := strings.CutSuffix(path[0], "[]")
	child := n.children[key]
	if child == nil {
		child = &node{}
		n.name(key, child)
		if c := camel(key); c != key {
			n.name(c, child)
		}
	}
	child.attributes = child.attributes || attributes
	child.insert(path[1:], f, rank)
}

func (n *node) name(key string, child *node) {
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	n.children[key] = child
}

func camel(key string) string {
	parts := strings.Split(key, "_")
	for i, p := range parts {
		if i > 0 && p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

// maxNesting bounds JSON inside strings inside JSON.
const maxNesting = 4

var errNesting = errors.New("JSON is nested too deep in strings")

// walker reads JSON into a row, going only where its tree leads.
type walker struct {
	row     *row
	scratch []byte // text that rows point into; replaced, never overwritten, within a record
	stashed []byte
	nesting int
	root    jx.Decoder
}

// begin forgets the texts of the record before.
func (w *walker) begin() { w.scratch = w.scratch[:0] }

// record reads one JSON object into the walker's row.
func (w *walker) record(text []byte, tree *node) error {
	w.stashed, w.nesting = nil, 0
	return w.parse(&w.root, text, tree)
}

func (w *walker) parse(d *jx.Decoder, text []byte, n *node) error {
	d.ResetBytes(text)
	if err := w.value(d, n); err != nil {
		return err
	}
	if d.Next() != jx.Invalid {
		return errors.New("more follows the end of the JSON value")
	}
	return nil
}

func (w *walker) value(d *jx.Decoder, n *node) error {
	switch d.Next() {
	case jx.Object:
		return w.object(d, n)
	case jx.Array:
		return w.array(d, n)
	case jx.String:
		return w.str(d, n)
	case jx.Number:
		num, err := d.Num()
		if err == nil {
			w.row.set(n, value{text: num, number: true})
		}
		return err
	case jx.Bool:
		b, err := d.Bool()
		if err == nil && n.field != fNone {
			w.row.set(n, value{text: boolText(b)})
		}
		return err
	default:
		return d.Skip()
	}
}

func boolText(b bool) []byte {
	if b {
		return []byte("true")
	}
	return []byte("false")
}

func (w *walker) object(d *jx.Decoder, n *node) error {
	if n.field != fNone {
		return w.raw(d, n)
	}
	if n.children == nil {
		return d.Skip()
	}
	return d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		child := n.children[string(key)]
		if child == nil {
			return d.Skip()
		}
		return w.value(d, child)
	})
}

func (w *walker) array(d *jx.Decoder, n *node) error {
	switch {
	case n.stash:
		raw, err := d.Raw()
		w.stashed = raw
		return err
	case n.field != fNone:
		return w.raw(d, n)
	case n.children == nil:
		return d.Skip()
	case n.attributes:
		return d.Arr(func(d *jx.Decoder) error { return w.attribute(d, n) })
	default: // chunks of a stream: what the last one says holds
		return d.Arr(func(d *jx.Decoder) error { return w.value(d, n) })
	}
}

// raw keeps a structured value as it is. Only raw fields and lists can use one.
func (w *walker) raw(d *jx.Decoder, n *node) error {
	raw, err := d.Raw()
	if err == nil && (shapeOf(n.field) == shapeRaw || n.field == fTag) {
		w.row.set(n, value{text: raw})
	}
	return err
}

// attribute reads {"key": k, "value": {"stringValue": v}} (OTLP JSON encoding),
// in either order.
func (w *walker) attribute(d *jx.Decoder, n *node) error {
	if d.Next() != jx.Object {
		return d.Skip()
	}
	var child *node
	var early []byte // a value that came before its key
	return d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		switch {
		case string(key) == "key" && d.Next() == jx.String:
			name, err := d.StrBytes()
			if child = n.children[string(name)]; err == nil && child != nil && early != nil {
				return w.anyValue(jx.DecodeBytes(early), child)
			}
			return err
		case string(key) == "value" && child != nil:
			return w.anyValue(d, child)
		case string(key) == "value":
			raw, err := d.Raw()
			early = raw
			return err
		default:
			return d.Skip()
		}
	})
}

// anyValue reads an OTLP AnyValue, an object of one key that names the type.
func (w *walker) anyValue(d *jx.Decoder, n *node) error {
	if d.Next() != jx.Object {
		return d.Skip()
	}
	return d.ObjBytes(func(d *jx.Decoder, _ []byte) error { return w.value(d, n) })
}

// str reads a string: JSON in a string where the tree leads below it.
func (w *walker) str(d *jx.Decoder, n *node) error {
	if n.field == fNone && n.children == nil {
		return d.Skip()
	}
	if shapeOf(n.field) == shapeRaw {
		raw, err := d.Raw()
		if err == nil {
			w.row.set(n, value{text: raw})
		}
		return err
	}
	start := len(w.scratch)
	text, err := d.StrAppend(w.scratch)
	if err != nil {
		return err
	}
	w.scratch = text
	if n.field != fNone {
		w.row.set(n, value{text: text[start:]})
		return nil
	}
	return w.inner(text[start:], n)
}

// inner reads JSON that a string or a table cell holds; other text says nothing.
func (w *walker) inner(text []byte, n *node) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || (text[0] != '{' && text[0] != '[') {
		return nil
	}
	if w.nesting++; w.nesting > maxNesting {
		return errNesting
	}
	defer func() { w.nesting-- }()
	return w.parse(jx.DecodeBytes(nil), text, n)
}
