package tools

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// Named is a tool that a language model may call by name. Its input is not
// trusted: it is checked against the schema of the tool's input type.
type Named struct {
	Name, Purpose string
	// Schema is the JSON schema of the input, an object with no extra fields.
	Schema *jsonschema.Schema
	call   func(ctx context.Context, d *Dispatcher, input json.RawMessage) (json.RawMessage, error)
}

// Name derives the schema of a tool's input from its Go type: field names from
// the json tags, descriptions from the jsonschema tags.
func Name[In, Out any](tool Tool[In, Out]) (Named, error) {
	schema, err := jsonschema.For[In](nil)
	if err != nil {
		return Named{}, fmt.Errorf("schema of tool %s: %w", tool.Name, err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		return Named{}, fmt.Errorf("schema of tool %s: %w", tool.Name, err)
	}
	call := func(ctx context.Context, d *Dispatcher, input json.RawMessage) (json.RawMessage, error) {
		var in In
		if err := decode(resolved, input, &in); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrInput, tool.Name, err)
		}
		out, err := Call(ctx, d, tool, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
	return Named{Name: tool.Name, Purpose: tool.Purpose, Schema: schema, call: call}, nil
}

// Catalog is the set of tools that a model may call in one stage execution.
type Catalog struct {
	tools []Named
}

// NewCatalog makes a catalog; two tools of one name are an error.
func NewCatalog(named ...Named) (Catalog, error) {
	seen := map[string]bool{}
	for _, n := range named {
		if seen[n.Name] {
			return Catalog{}, fmt.Errorf("two tools are named %s", n.Name)
		}
		seen[n.Name] = true
	}
	return Catalog{tools: named}, nil
}

// Tools lists the catalog in its order.
func (c Catalog) Tools() []Named { return c.tools }

// Call runs a tool by name through the dispatcher with all its checks. A name
// that is not in the catalog is ErrUnknown, an input that does not fit ErrInput;
// neither reaches the dispatcher nor its events.
func (c Catalog) Call(ctx context.Context, d *Dispatcher, name string, input json.RawMessage) (json.RawMessage, error) {
	for _, n := range c.tools {
		if n.Name == name {
			return n.call(ctx, d, input)
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
}

// decode checks the input against the schema before it fills the Go value: the
// schema refuses unknown and missing fields, which encoding/json lets pass.
func decode(schema *jsonschema.Resolved, input json.RawMessage, into any) error {
	if len(input) == 0 {
		input = json.RawMessage(`{}`)
	}
	var value any
	if err := json.Unmarshal(input, &value); err != nil {
		return err
	}
	if err := schema.Validate(value); err != nil {
		return err
	}
	return json.Unmarshal(input, into)
}
