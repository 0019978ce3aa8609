package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// document is the part of an OpenAPI document that is shown.
type document struct {
	Info  struct{ Description string }
	Paths map[string]map[string]json.RawMessage
	// Components holds the named schemas.
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Summary     string
	Parameters  []parameter
	RequestBody *content `json:"requestBody"`
	Responses   map[string]content
}

type parameter struct {
	Name, In, Description string
	Required              bool
}

type content struct {
	Description string
	Content     map[string]struct{ Schema schema }
}

type schema struct {
	Ref         string `json:"$ref"`
	Type        string
	Description string
	Enum        []any
	Required    []string
	Properties  map[string]schema
	Items       *schema
	MaxLength   int `json:"maxLength"`
}

// apiPage shows every operation and every schema of functions/api/openapi.json.
func apiPage(files fs.FS) (string, error) {
	raw, err := fs.ReadFile(files, "functions/api/openapi.json")
	if err != nil {
		return "", err
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# API\n\n%s\n\nEvery request but health, metrics and this document carries `Authorization: Bearer` with a Firebase ID token. "+
		"Errors are problem documents ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), see [Problem](#problem). "+
		"The same, for machines: `GET /api/openapi.json`.\n", d.Info.Description)
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			raw, ok := d.Paths[path][method]
			if !ok {
				continue
			}
			var o operation
			if err := json.Unmarshal(raw, &o); err != nil {
				return "", fmt.Errorf("%s %s: %w", method, path, err)
			}
			o.write(&out, strings.ToUpper(method)+" "+path)
		}
	}
	out.WriteString("\n# Schemas\n")
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		s := d.Components.Schemas[name]
		fmt.Fprintf(&out, "\n## %s\n\n%s%s", name, paragraph(s.Description), s.table())
	}
	return out.String(), nil
}

func paragraph(text string) string {
	if text == "" {
		return ""
	}
	return text + "\n\n"
}

func (o operation) write(out *strings.Builder, title string) {
	fmt.Fprintf(out, "\n## %s\n\n%s\n\n", title, o.Summary)
	for _, p := range o.Parameters {
		if p.In != "path" {
			fmt.Fprintf(out, "- `%s` (%s): %s\n", p.Name, p.In, p.Description)
		}
	}
	if o.RequestBody != nil {
		fmt.Fprintf(out, "- takes %s\n", o.RequestBody.text())
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if status != "default" {
			fmt.Fprintf(out, "- answers %s: %s\n", status, o.Responses[status].text())
		}
	}
}

func (c content) text() string {
	kinds := []string{}
	for _, media := range slices.Sorted(maps.Keys(c.Content)) {
		if s := c.Content[media].Schema; media == "application/json" {
			kinds = append(kinds, s.text())
		} else {
			kinds = append(kinds, "`"+media+"`")
		}
	}
	if len(kinds) == 0 {
		return c.Description
	}
	return strings.Join(kinds, ", ")
}

// text names a schema: a link, a list of one, or the fields of an object.
func (s schema) text() string {
	switch {
	case s.Ref != "":
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name))
	case s.Items != nil:
		return "list of " + s.Items.text()
	case len(s.Properties) > 0:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			fields = append(fields, fmt.Sprintf("`%s` (%s)", name, s.Properties[name].text()))
		}
		return "an object of " + strings.Join(fields, ", ")
	case s.Type == "":
		return "any"
	}
	return s.Type
}

func (s schema) table() string {
	if len(s.Properties) == 0 {
		return s.text() + "\n"
	}
	out := "| field | type | |\n|---|---|---|\n"
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		notes := []string{}
		if p.Description != "" {
			notes = append(notes, strings.ReplaceAll(p.Description, "|", "\\|"))
		}
		if len(p.Enum) > 0 {
			notes = append(notes, fmt.Sprintf("one of %v", p.Enum))
		}
		if p.MaxLength > 0 {
			notes = append(notes, fmt.Sprintf("at most %d characters", p.MaxLength))
		}
		if slices.Contains(s.Required, name) {
			notes = append(notes, "always there")
		}
		out += fmt.Sprintf("| `%s` | %s | %s |\n", name, p.text(), strings.Join(notes, "; "))
	}
	return out
}
