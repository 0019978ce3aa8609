package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// evaluator gives every expression of a module its value. Locals and variables
// are worked out when first needed.
type evaluator struct {
	module    *Module
	given     map[string]cty.Value // variables by name
	functions map[string]function.Function
	locals    map[string]cty.Value
	open      map[string]bool // what is being worked out, to find cycles
	scope     map[string]cty.Value
	// placeholders are the resources that were referred to so far.
	placeholders map[string]cty.Value
	// wanted are the attributes that anything refers to.
	wanted map[string]bool
}

func newEvaluator(m *Module, variables map[string]cty.Value) *evaluator {
	e := &evaluator{
		module: m, given: variables, functions: functions(m.files),
		locals: map[string]cty.Value{}, open: map[string]bool{},
		scope: map[string]cty.Value{}, placeholders: map[string]cty.Value{},
	}
	e.collectWanted()
	return e
}

// within returns an evaluator that also knows the given names (each, a dynamic
// block's iterator).
func (e *evaluator) within(scope map[string]cty.Value) *evaluator {
	inner := *e
	inner.scope = maps.Clone(e.scope)
	maps.Copy(inner.scope, scope)
	return &inner
}

// value evaluates one expression.
func (e *evaluator) value(expr hclsyntax.Expression) (cty.Value, error) {
	ctx, err := e.context(expr)
	if err != nil {
		return cty.NilVal, err
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	return v, nil
}

// context builds the names that the expression uses, and no others.
func (e *evaluator) context(expr hclsyntax.Expression) (*hcl.EvalContext, error) {
	names := map[string]map[string]cty.Value{}
	put := func(root, name string, v cty.Value) {
		if names[root] == nil {
			names[root] = map[string]cty.Value{}
		}
		names[root][name] = v
	}
	put("path", "module", cty.StringVal(e.module.Dir))
	data := map[string]map[string]cty.Value{}
	for _, t := range expr.Variables() {
		if _, local := e.scope[t.RootName()]; local {
			continue
		}
		name := secondName(t)
		v, err := e.resolve(t, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.SourceRange(), err)
		}
		if t.RootName() == "data" { // data.type.name: one level deeper than the others
			if data[name] == nil {
				data[name] = map[string]cty.Value{}
			}
			data[name][t[2].(hcl.TraverseAttr).Name] = v
			v = cty.ObjectVal(data[name])
		}
		if v != cty.NilVal {
			put(t.RootName(), name, v)
		}
	}
	variables := maps.Clone(e.scope)
	for root, members := range names {
		variables[root] = cty.ObjectVal(members)
	}
	return &hcl.EvalContext{Variables: variables, Functions: e.functions}, nil
}

// secondName is the name after the root of a reference, or "".
func secondName(t hcl.Traversal) string {
	if len(t) > 1 {
		if attr, ok := t[1].(hcl.TraverseAttr); ok {
			return attr.Name
		}
	}
	return ""
}

// resolve gives the value of the first name below the root of a reference.
func (e *evaluator) resolve(t hcl.Traversal, name string) (cty.Value, error) {
	switch t.RootName() {
	case "path":
		return cty.NilVal, nil
	case "var":
		v, ok := e.given[name]
		if !ok {
			return cty.NilVal, fmt.Errorf("no variable %q", name)
		}
		return v, nil
	case "local":
		return e.local(name)
	}
	key := resourceOf(t)
	block, ok := e.module.Resources[key]
	if !ok {
		return cty.NilVal, fmt.Errorf("reference to %q, which does not exist", key)
	}
	if v, known := e.placeholders[key]; known {
		return v, nil
	}
	v, err := e.placeholder(key, block)
	e.placeholders[key] = v
	return v, err
}

func (e *evaluator) local(name string) (cty.Value, error) {
	if v, done := e.locals[name]; done {
		return v, nil
	}
	expr, ok := e.module.Locals[name]
	if !ok {
		return cty.NilVal, fmt.Errorf("no local %q", name)
	}
	if e.open["local."+name] {
		return cty.NilVal, fmt.Errorf("local %q depends on itself", name)
	}
	e.open["local."+name] = true
	defer delete(e.open, "local."+name)
	outer := *e
	outer.scope = map[string]cty.Value{}
	v, err := outer.value(expr)
	if err != nil {
		return cty.NilVal, fmt.Errorf("local %s: %w", name, err)
	}
	e.locals[name] = v
	return v, nil
}

// placeholder stands for a resource before it exists: every attribute that is
// referred to is the reference itself, as text.
func (e *evaluator) placeholder(key string, block *hclsyntax.Block) (cty.Value, error) {
	instances, err := e.expand(block)
	if err != nil {
		return cty.NilVal, err
	}
	object := func(prefix string) cty.Value {
		attrs := map[string]cty.Value{}
		for name := range e.wanted {
			attrs[name] = cty.StringVal(prefix + "." + name)
		}
		return cty.ObjectVal(attrs)
	}
	switch {
	case block.Body.Attributes["for_each"] != nil:
		members := map[string]cty.Value{}
		for _, i := range instances {
			members[i.key] = object(fmt.Sprintf("%s[%q]", key, i.key))
		}
		return cty.ObjectVal(members), nil
	case block.Body.Attributes["count"] != nil:
		var members []cty.Value
		for _, i := range instances {
			members = append(members, object(fmt.Sprintf("%s[%s]", key, i.key)))
		}
		return cty.TupleVal(members), nil
	}
	return object(key), nil
}

// collectWanted finds the names of attributes that any expression takes from
// anything, directly (a.b["k"].email) or through an iteration (s.uri in "for s
// in a.b"). Every resource gets a placeholder for each; whether the resource
// has such an attribute is for the schema to say (schema.go).
func (e *evaluator) collectWanted() {
	wanted := map[string]bool{}
	e.module.walk(func(expr hclsyntax.Expression) {
		_ = hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
			switch t := n.(type) {
			case *hclsyntax.RelativeTraversalExpr:
				wanted[lastAttr(t.Traversal)] = true
			case *hclsyntax.ScopeTraversalExpr:
				wanted[lastAttr(t.Traversal)] = true
			}
			return nil
		})
	})
	delete(wanted, "")
	e.wanted = wanted
}

func lastAttr(t hcl.Traversal) string {
	for _, step := range slices.Backward(t) {
		if attr, ok := step.(hcl.TraverseAttr); ok {
			return attr.Name
		}
	}
	return ""
}
