package usage

import (
	"bytes"
	"strings"
)

// node is a place in a JSON row: what its value means, or where to go on below it.
// A tree of nodes belongs to one walker, which learns from the rows.
type node struct {
	field field
	// rank orders the places of one field: where a row fills several, the least holds.
	rank     uint8
	children map[string]*node
	// attributes marks an OTLP attribute list, [{"key":k,"value":{"stringValue":v}}, ...],
	// whose keys are children.
	attributes bool
	// labels marks a map of a user's own labels: its keys are children in any spelling.
	labels bool
	// stash marks the array whose elements are the calls of this record.
	stash bool
	shape shape
	// keys are the keys met in objects here, known ones and others; first is the
	// one that the last object began with.
	keys  map[string]*key
	first *key
}

// newTree makes the tree of a layout's paths. Keys are entered as they are
// spelled, in camelCase and in snake_case, since exports of one source differ in that.
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
		if n.field != f { // spelled otherwise before
			n.field, n.rank, n.shape = f, rank, shapeOf(f)
		}
		return
	}
	key, attributes := strings.CutSuffix(path[0], "[]")
	key, labels := strings.CutSuffix(key, "{}")
	child := n.children[key]
	if child == nil {
		child = &node{}
		n.name(key, child)
		n.name(camel(key), child)
		n.name(snake(key), child)
	}
	child.attributes, child.labels = child.attributes || attributes, child.labels || labels
	child.insert(path[1:], f, rank)
}

// at returns the node at a path, nil if there is none.
func (n *node) at(path string) *node {
	for key := range strings.SplitSeq(path, "/") {
		if n = n.children[key]; n == nil {
			return nil
		}
	}
	return n
}

func (n *node) name(key string, child *node) {
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	if n.children[key] == nil {
		n.children[key] = child
	}
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

func snake(key string) string {
	var b strings.Builder
	for i, c := range []byte(key) {
		if c >= 'A' && c <= 'Z' {
			if i > 0 && key[i-1] >= 'a' && key[i-1] <= 'z' {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// key is a name met in objects at one place. Rows of a log are written by one
// program, so that the same keys follow each other: next is the one that came
// after this one the last time.
type key struct {
	quoted string // the name between quotes
	child  *node  // nil if nothing below is of interest
	next   *key
}

// maxKeys bounds the keys remembered at one place: some logs use ids as keys.
const maxKeys = 256

// key returns what is known of a name, and remembers it.
func (n *node) key(name []byte) *key {
	if k := n.keys[string(name)]; k != nil {
		return k
	}
	k := &key{quoted: `"` + string(name) + `"`, child: n.children[string(name)]}
	if k.child == nil && n.labels {
		k.child = n.children[squeeze(string(name))]
	}
	if k.child == nil && bytes.IndexByte(name, '.') > 0 { // some stores flatten {"a":{"b":1}} to {"a.b":1}
		k.child = n.at(strings.ReplaceAll(string(name), ".", "/"))
	}
	if len(n.keys) < maxKeys && len(name) <= maxName {
		if n.keys == nil {
			n.keys = make(map[string]*key)
		}
		n.keys[string(name)] = k
	}
	return k
}
