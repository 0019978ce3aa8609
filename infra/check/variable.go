package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variables gives every variable its value: the given one, or its default; and
// applies the variable's own type and validations.
func (m *Module) variables(given map[string]cty.Value) (map[string]cty.Value, error) {
	for name := range given {
		if m.Variables[name] == nil {
			return nil, fmt.Errorf("there is no variable %q in %s", name, m.Dir)
		}
	}
	all := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(m.Variables)) {
		v, ok := given[name]
		if def := m.Variables[name].Body.Attributes["default"]; !ok && def != nil {
			var diags hcl.Diagnostics
			if v, diags = def.Expr.Value(nil); diags.HasErrors() {
				return nil, diags
			}
			ok = true
		}
		if !ok {
			return nil, fmt.Errorf("variable %q has no value", name)
		}
		v, err := m.convert(name, v)
		if err != nil {
			return nil, err
		}
		all[name] = v
	}
	return all, m.validate(all)
}

func (m *Module) convert(name string, v cty.Value) (cty.Value, error) {
	attr := m.Variables[name].Body.Attributes["type"]
	if attr == nil {
		return cty.NilVal, fmt.Errorf("variable %q has no type", name)
	}
	want, diags := typeexpr.TypeConstraint(attr.Expr)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	v, err := convert.Convert(v, want)
	if err != nil {
		return cty.NilVal, fmt.Errorf("variable %q: %w", name, err)
	}
	return v, nil
}

func (m *Module) validate(values map[string]cty.Value) error {
	e := newEvaluator(m, values)
	for _, name := range slices.Sorted(maps.Keys(m.Variables)) {
		for _, b := range m.Variables[name].Body.Blocks {
			ok, err := e.value(b.Body.Attributes["condition"].Expr)
			if err != nil {
				return fmt.Errorf("validation of variable %q: %w", name, err)
			}
			if ok.False() {
				message, _ := b.Body.Attributes["error_message"].Expr.Value(nil)
				return fmt.Errorf("variable %q: %s", name, message.AsString())
			}
		}
	}
	return nil
}

// walk calls visit with every expression of resources, outputs and locals.
func (m *Module) walk(visit func(hclsyntax.Expression)) {
	for _, expr := range m.Locals {
		visit(expr)
	}
	for _, set := range []map[string]*hclsyntax.Block{m.Resources, m.Outputs} {
		for _, b := range set {
			walkBody(b.Body, visit)
		}
	}
}

func walkBody(body *hclsyntax.Body, visit func(hclsyntax.Expression)) {
	for _, attr := range body.Attributes {
		visit(attr.Expr)
	}
	for _, b := range body.Blocks {
		walkBody(b.Body, visit)
	}
}
