package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Instance is one resource or data source as Terraform would plan it.
type Instance struct {
	// Address is "type.name", with ["key"] or [n] for for_each and count, and
	// "data." before a data source.
	Address string
	Kind    string // google_pubsub_topic
	Name    string
	Key     string
	Block
}

// Plan is what a module evaluates to.
type Plan struct {
	Module    *Module
	Instances []Instance
}

// Evaluate plans the module with the given variables; those not given take
// their defaults. It fails on any reference to what does not exist.
func (m *Module) Evaluate(variables map[string]cty.Value) (Plan, error) {
	given, err := m.variables(variables)
	if err != nil {
		return Plan{}, err
	}
	e := newEvaluator(m, given)
	plan := Plan{Module: m}
	for _, key := range m.resourceNames() {
		block := m.Resources[key]
		expanded, err := e.expand(block)
		if err != nil {
			return Plan{}, fmt.Errorf("%s: %w", key, err)
		}
		for _, x := range expanded {
			body, err := e.within(x.scope).body(block.Type, block.Body)
			if err != nil {
				return Plan{}, fmt.Errorf("%s: %w", key, err)
			}
			plan.Instances = append(plan.Instances, Instance{
				Address: key + x.index, Kind: block.Labels[0], Name: block.Labels[1], Key: x.key, Block: body,
			})
		}
	}
	return plan, e.evaluateRest()
}

// evaluateRest evaluates what no resource may have used: locals and outputs.
func (e *evaluator) evaluateRest() error {
	for name := range e.module.Locals {
		if _, err := e.local(name); err != nil {
			return err
		}
	}
	for name, block := range e.module.Outputs {
		if _, err := e.value(block.Body.Attributes["value"].Expr); err != nil {
			return fmt.Errorf("output %s: %w", name, err)
		}
	}
	return nil
}

// expansion is one instance that for_each or count asks for.
type expansion struct {
	key, index string
	scope      map[string]cty.Value
}

func (e *evaluator) expand(block *hclsyntax.Block) ([]expansion, error) {
	if attr := block.Body.Attributes["for_each"]; attr != nil {
		return e.expandEach(attr.Expr)
	}
	attr := block.Body.Attributes["count"]
	if attr == nil {
		return []expansion{{}}, nil
	}
	n, err := e.value(attr.Expr)
	if err != nil {
		return nil, err
	}
	count, _ := n.AsBigFloat().Int64()
	var all []expansion
	for i := range count {
		index := cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(i)})
		all = append(all, expansion{
			key: fmt.Sprint(i), index: fmt.Sprintf("[%d]", i), scope: map[string]cty.Value{"count": index},
		})
	}
	return all, nil
}

func (e *evaluator) expandEach(expr hclsyntax.Expression) ([]expansion, error) {
	over, err := e.value(expr)
	if err != nil {
		return nil, err
	}
	if !over.CanIterateElements() || over.Type().IsTupleType() || over.Type().IsListType() {
		return nil, fmt.Errorf("%s: for_each wants a map or a set of strings", expr.Range())
	}
	var all []expansion
	for it := over.ElementIterator(); it.Next(); {
		k, v := it.Element()
		each := cty.ObjectVal(map[string]cty.Value{"key": k, "value": v})
		all = append(all, expansion{
			key: k.AsString(), index: fmt.Sprintf("[%q]", k.AsString()), scope: map[string]cty.Value{"each": each},
		})
	}
	return all, nil
}

// meta are the arguments that Terraform itself takes; the rest is the provider's.
var meta = []string{"for_each", "count", "depends_on", "lifecycle", "provider"}

func (e *evaluator) body(kind string, body *hclsyntax.Body) (Block, error) {
	out := Block{Type: kind, Attrs: map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		if slices.Contains(meta, name) {
			continue
		}
		v, err := e.value(body.Attributes[name].Expr)
		if err != nil {
			return Block{}, err
		}
		out.Attrs[name] = plain(v)
	}
	for _, b := range body.Blocks {
		if slices.Contains(meta, b.Type) {
			continue
		}
		inner, err := e.blocks(b)
		if err != nil {
			return Block{}, err
		}
		out.Blocks = append(out.Blocks, inner...)
	}
	return out, nil
}

// blocks evaluates a nested block; a dynamic one becomes one for each element.
func (e *evaluator) blocks(b *hclsyntax.Block) ([]Block, error) {
	if b.Type != "dynamic" {
		one, err := e.body(b.Type, b.Body)
		return []Block{one}, err
	}
	over, err := e.value(b.Body.Attributes["for_each"].Expr)
	if err != nil {
		return nil, err
	}
	content := b.Body.Blocks[0].Body
	var all []Block
	for it := over.ElementIterator(); it.Next(); {
		k, v := it.Element()
		iterator := cty.ObjectVal(map[string]cty.Value{"key": k, "value": v})
		one, err := e.within(map[string]cty.Value{b.Labels[0]: iterator}).body(b.Labels[0], content)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// Of returns the instances of a kind whose name is one of names; all if none is given.
func (p Plan) Of(kind string, names ...string) []Instance {
	var all []Instance
	for _, i := range p.Instances {
		if i.Kind == kind && (len(names) == 0 || slices.Contains(names, i.Name)) {
			all = append(all, i)
		}
	}
	return all
}
