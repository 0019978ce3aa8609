package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"netra/infra/check"
)

var (
	interfaceLine = regexp.MustCompile(`^export interface (\w+)`)
	classLine     = regexp.MustCompile(`^export declare class (\w+)`)
	docLine       = regexp.MustCompile(`\{@link \S+#(\w+) `)
	fieldLine     = regexp.MustCompile(`^\s+readonly (\w+)(\??): ([\w.{]+)(\[\])?`)
	getterLine    = regexp.MustCompile(`^\s+get (\w+)\(\): `)
	upper         = regexp.MustCompile(`[A-Z]`)
)

// field is one property of a typings interface.
type field struct {
	name, typ      string
	optional, list bool
}

// fromTypings reads the schema of resources from TypeScript declarations.
func fromTypings(dir string, resources []string) (check.Schema, error) {
	all := check.Schema{}
	for _, resource := range resources {
		folder := strings.ReplaceAll(strings.TrimPrefix(resource, "google_"), "_", "-")
		if kind, data := strings.CutPrefix(resource, "data."); data {
			folder = "data-" + strings.ReplaceAll(kind, "_", "-")
		}
		src, err := os.ReadFile(filepath.Join(dir, folder, "index.d.ts"))
		if err != nil {
			return nil, fmt.Errorf("typings of %s: %w", resource, err)
		}
		interfaces, getters, root := scan(string(src))
		if root == "" {
			return nil, fmt.Errorf("typings of %s: no configuration interface", resource)
		}
		block := build(interfaces, root)
		for _, name := range getters {
			if !slices.Contains(block.Required, name) && !slices.Contains(block.Optional, name) {
				block.Computed = append(block.Computed, name)
			}
		}
		all[resource] = block
	}
	return all, nil
}

// scan returns the interfaces with their fields, the read-only properties of
// the resource's class, and the name of the interface of its configuration.
func scan(src string) (interfaces map[string][]field, getters []string, root string) {
	interfaces = map[string][]field{}
	current, class, doc := "", "", ""
	for line := range strings.Lines(src) {
		if m := interfaceLine.FindStringSubmatch(line); m != nil {
			current, class = m[1], ""
			interfaces[current] = nil
			if strings.Contains(line, "extends cdktf.TerraformMetaArguments") {
				root = current
			}
		} else if m := classLine.FindStringSubmatch(line); m != nil {
			current, class = "", m[1]
		} else if m := docLine.FindStringSubmatch(line); m != nil {
			doc = m[1]
		} else if m := fieldLine.FindStringSubmatch(line); m != nil && current != "" {
			interfaces[current] = append(interfaces[current], field{name: named(m[1], doc), typ: m[3], optional: m[2] == "?", list: m[4] != ""})
		} else if m := getterLine.FindStringSubmatch(line); m != nil && class+"Config" == root && !strings.HasSuffix(m[1], "Input") {
			getters = append(getters, snake(m[1]))
		}
	}
	return interfaces, getters, root
}

// named prefers the name in the documentation link, which is the provider's own.
func named(property, doc string) string {
	if strings.EqualFold(strings.ReplaceAll(doc, "_", ""), property) {
		return doc
	}
	return snake(property)
}

func snake(camel string) string {
	return upper.ReplaceAllStringFunc(camel, func(s string) string { return "_" + strings.ToLower(s) })
}

func build(interfaces map[string][]field, name string) check.BlockSchema {
	var s check.BlockSchema
	for _, f := range interfaces[name] {
		_, nested := interfaces[f.typ]
		switch {
		case nested:
			if s.Blocks == nil {
				s.Blocks = map[string]check.NestedSchema{}
			}
			s.Blocks[f.name] = check.NestedSchema{BlockSchema: build(interfaces, f.typ), Needed: !f.optional, Many: f.list}
		case f.optional:
			s.Optional = append(s.Optional, f.name)
		default:
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}
