package check

import (
	_ "embed" // the schema files
	"encoding/json"
	"fmt"
	"slices"
)

// Schema says which arguments and blocks a provider's resource takes. Both
// files are made by ./genschema from what the providers publish, cut down to
// the resources that infra/ uses.
type Schema map[string]BlockSchema

// BlockSchema is the schema of one resource or nested block.
type BlockSchema struct {
	// Required and Optional are attributes that may be set, Computed those that
	// can only be read.
	Required []string `json:"required,omitempty"`
	Optional []string `json:"optional,omitempty"`
	Computed []string `json:"computed,omitempty"`
	// Blocks are the nested blocks by type.
	Blocks map[string]NestedSchema `json:"blocks,omitempty"`
}

// NestedSchema is a nested block and how often it may stand.
type NestedSchema struct {
	BlockSchema
	// Needed blocks must stand at least once.
	Needed bool `json:"needed,omitempty"`
	// Many blocks may stand more than once.
	Many bool `json:"many,omitempty"`
}

var (
	//go:embed google_schema.json
	googleSchema []byte
	//go:embed aws_schema.json
	awsSchema []byte
)

// LoadSchema returns the schema of every resource that infra/ may use.
func LoadSchema() (Schema, error) {
	all := Schema{}
	for _, data := range [][]byte{googleSchema, awsSchema} {
		if err := json.Unmarshal(data, &all); err != nil {
			return nil, fmt.Errorf("parse provider schema: %w", err)
		}
	}
	return all, nil
}

// has reports whether a resource of this schema has the attribute or block.
func (s BlockSchema) has(name string) bool {
	_, block := s.Blocks[name]
	return block || slices.Contains(s.Required, name) || slices.Contains(s.Optional, name) || slices.Contains(s.Computed, name)
}

// problems returns what is wrong with a block.
func (s BlockSchema) problems(b Block, at string) []string {
	var all []string
	for name := range b.Attrs {
		_, asBlock := s.Blocks[name]
		if !asBlock && !slices.Contains(s.Required, name) && !slices.Contains(s.Optional, name) {
			all = append(all, fmt.Sprintf("%s takes no argument %q", at, name))
		}
	}
	for _, name := range s.Required {
		if _, set := b.Attrs[name]; !set {
			all = append(all, fmt.Sprintf("%s lacks the argument %q", at, name))
		}
	}
	count := map[string]int{}
	for _, inner := range b.Blocks {
		count[inner.Type]++
		nested, known := s.Blocks[inner.Type]
		if !known {
			all = append(all, fmt.Sprintf("%s takes no block %q", at, inner.Type))
			continue
		}
		all = append(all, nested.problems(inner, at+"."+inner.Type)...)
	}
	for name, nested := range s.Blocks {
		if nested.Needed && count[name] == 0 {
			all = append(all, fmt.Sprintf("%s lacks the block %q", at, name))
		}
		if !nested.Many && count[name] > 1 {
			all = append(all, fmt.Sprintf("%s takes one block %q, not %d", at, name, count[name]))
		}
	}
	slices.Sort(all)
	return all
}
