package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"netra/infra/check"
)

// providersFile is the part of "terraform providers schema -json" that is read.
type providersFile struct {
	Providers map[string]struct {
		Resources   map[string]struct{ Block rawBlock } `json:"resource_schemas"`
		DataSources map[string]struct{ Block rawBlock } `json:"data_source_schemas"`
	} `json:"provider_schemas"`
}

type rawBlock struct {
	Attributes map[string]struct{ Required, Optional bool }
	BlockTypes map[string]struct {
		Nesting  string `json:"nesting_mode"`
		Block    rawBlock
		MinItems int `json:"min_items"`
		MaxItems int `json:"max_items"`
	} `json:"block_types"`
}

// fromProviders reads the schema of resources from what Terraform prints.
func fromProviders(path string, resources []string) (check.Schema, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("provider schemas: %w", err)
	}
	var file providersFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("provider schemas: %w", err)
	}
	all := check.Schema{}
	for _, provider := range file.Providers {
		for _, name := range resources {
			kind, data := strings.CutPrefix(name, "data.")
			from := provider.Resources
			if data {
				from = provider.DataSources
			}
			if r, ok := from[kind]; ok {
				all[name] = r.Block.schema()
			}
		}
	}
	for _, name := range resources {
		if _, ok := all[name]; !ok {
			return nil, fmt.Errorf("no provider has %s", name)
		}
	}
	return all, nil
}

func (r rawBlock) schema() check.BlockSchema {
	var s check.BlockSchema
	for _, name := range slices.Sorted(maps.Keys(r.Attributes)) {
		switch a := r.Attributes[name]; {
		case a.Required:
			s.Required = append(s.Required, name)
		case a.Optional:
			s.Optional = append(s.Optional, name)
		default:
			s.Computed = append(s.Computed, name)
		}
	}
	for name, b := range r.BlockTypes {
		if s.Blocks == nil {
			s.Blocks = map[string]check.NestedSchema{}
		}
		many := b.MaxItems != 1 && (b.Nesting == "list" || b.Nesting == "set")
		s.Blocks[name] = check.NestedSchema{BlockSchema: b.Block.schema(), Needed: b.MinItems > 0, Many: many}
	}
	return s
}
