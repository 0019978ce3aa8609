package check

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Block is an evaluated block: attributes with their values, and the blocks
// inside it in the order in which they stand.
type Block struct {
	Type   string
	Attrs  map[string]any
	Blocks []Block
}

// plain turns a value into string, float64, bool, nil, []any or map[string]any.
func plain(v cty.Value) any {
	switch {
	case v.IsNull() || !v.IsKnown():
		return nil
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Bool:
		return v.True()
	case v.Type() == cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return f
	case v.Type().IsObjectType() || v.Type().IsMapType():
		m := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			k, x := it.Element()
			m[k.AsString()] = plain(x)
		}
		return m
	}
	list := []any{}
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		list = append(list, plain(x))
	}
	return list
}

// Text returns the attribute at a path of block types that ends in an attribute
// name, such as "push_config.oidc_token.audience", or "" if there is none.
func (b Block) Text(at string) string {
	if v, ok := b.At(at); ok && v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// At returns the attribute at a path such as Text takes, in the first block of
// each type. The last parts may go into a map attribute.
func (b Block) At(at string) (any, bool) {
	head, rest, deeper := strings.Cut(at, ".")
	if v, ok := b.Attrs[head]; ok {
		if m, isMap := v.(map[string]any); isMap && deeper {
			v, ok = m[rest]
		}
		return v, ok
	}
	for _, inner := range b.Blocks {
		if inner.Type == head && deeper {
			return inner.At(rest)
		}
	}
	return nil, false
}

// All returns the blocks of one type directly inside b.
func (b Block) All(kind string) []Block {
	var all []Block
	for _, inner := range b.Blocks {
		if inner.Type == kind {
			all = append(all, inner)
		}
	}
	return all
}
