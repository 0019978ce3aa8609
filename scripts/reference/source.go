package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"reflect"
	"strconv"
	"strings"
)

// structure is a Go struct as its source says it.
type structure struct {
	name, doc string
	fields    []field
}

// field is one that has the wanted tag.
type field struct{ name, kind, doc string }

// structures reads the structs of a folder whose fields have the tag.
func structures(files fs.FS, dir, tag string) (map[string]structure, error) {
	sources, err := fs.Glob(files, dir+"/*.go")
	if err != nil {
		return nil, err
	}
	all := map[string]structure{}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, source, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				collect(set, g, tag, all)
			}
		}
	}
	return all, nil
}

func collect(set *token.FileSet, g *ast.GenDecl, tag string, into map[string]structure) {
	for _, spec := range g.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		s, ok := t.Type.(*ast.StructType)
		if !ok {
			continue
		}
		doc := g.Doc
		if t.Doc != nil {
			doc = t.Doc
		}
		one := structure{name: t.Name.Name, doc: line(doc)}
		for _, f := range s.Fields.List {
			if name := tagged(f, tag); name != "" {
				one.fields = append(one.fields, field{name, typeText(set, f.Type), line(f.Doc)})
			}
		}
		into[one.name] = one
	}
}

// tagged is the field's name by the tag, "" if it has none.
func tagged(f *ast.Field, tag string) string {
	if f.Tag == nil {
		return ""
	}
	text, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(reflect.StructTag(text).Get(tag), ",")
	return strings.TrimSuffix(name, "-")
}

func typeText(set *token.FileSet, e ast.Expr) string {
	var out strings.Builder
	if err := printer.Fprint(&out, set, e); err != nil {
		return "?"
	}
	return out.String()
}

// line is a comment on one line, safe in a table.
func line(c *ast.CommentGroup) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(c.Text()), " "), "|", "\\|")
}

// table renders fields, or says that there are none.
func (s structure) table() string {
	if len(s.fields) == 0 {
		return "No fields.\n"
	}
	out := "| field | type | |\n|---|---|---|\n"
	for _, f := range s.fields {
		out += fmt.Sprintf("| `%s` | `%s` | %s |\n", f.name, f.kind, f.doc)
	}
	return out
}
