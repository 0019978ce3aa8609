// Package check holds the Terraform configuration of infra/ to Netra's rules
// without a cloud and without a provider: it reads the HCL, evaluates it as
// Terraform would plan it (variables, locals, for_each, dynamic blocks), and
// checks the instances that come out: against the providers' schemas, and
// against the rules of who may call, read and publish what.
//
// What only an apply can know (an account's e-mail, a topic's id) becomes a
// placeholder that is the reference itself, such as
// google_service_account.function["api"].email, so a rule can tell to what a
// value refers.
package check

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Module is the parsed content of one folder of .tf files.
type Module struct {
	// Dir is the folder, relative to the root of the file system.
	Dir       string
	files     fs.FS
	Variables map[string]*hclsyntax.Block
	Locals    map[string]hclsyntax.Expression
	// Resources holds resources by "type.name" and data sources by "data.type.name".
	Resources map[string]*hclsyntax.Block
	Outputs   map[string]*hclsyntax.Block
}

// Load parses every .tf file in dir. files is rooted at the repository, because
// the configuration reads files outside its own folder.
func Load(files fs.FS, dir string) (*Module, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.tf"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no .tf files in %s: %w", dir, err)
	}
	m := &Module{
		Dir: dir, files: files,
		Variables: map[string]*hclsyntax.Block{}, Locals: map[string]hclsyntax.Expression{},
		Resources: map[string]*hclsyntax.Block{}, Outputs: map[string]*hclsyntax.Block{},
	}
	parser := hclparse.NewParser()
	for _, name := range names {
		src, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		file, diags := parser.ParseHCL(src, name)
		if diags.HasErrors() {
			return nil, fmt.Errorf("parse configuration: %w", diags)
		}
		if err := m.add(file.Body.(*hclsyntax.Body)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Module) add(body *hclsyntax.Body) error {
	for _, b := range body.Blocks {
		switch b.Type {
		case "locals":
			for name, attr := range b.Body.Attributes {
				if _, double := m.Locals[name]; double {
					return fmt.Errorf("%s: local %s is defined twice", attr.SrcRange, name)
				}
				m.Locals[name] = attr.Expr
			}
		case "variable", "output", "resource", "data":
			if err := m.addNamed(b); err != nil {
				return err
			}
		case "terraform", "provider":
		default:
			return fmt.Errorf("%s: block %q is not understood by the checker", b.TypeRange, b.Type)
		}
	}
	return nil
}

func (m *Module) addNamed(b *hclsyntax.Block) error {
	into, key := m.Resources, strings.Join(b.Labels, ".")
	switch b.Type {
	case "variable":
		into = m.Variables
	case "output":
		into = m.Outputs
	case "data":
		key = "data." + key
	}
	if _, double := into[key]; double {
		return fmt.Errorf("%s: %s %s is defined twice", b.TypeRange, b.Type, key)
	}
	into[key] = b
	return nil
}

// resourceNames returns the keys of Resources in order.
func (m *Module) resourceNames() []string {
	names := make([]string, 0, len(m.Resources))
	for name := range m.Resources {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// resourceOf returns the resource that a reference points into, or "" if the
// reference is to something else (var, local, each, path).
func resourceOf(t hcl.Traversal) string {
	parts := []string{t.RootName()}
	want := 2
	switch parts[0] {
	case "var", "local", "each", "count", "path", "self", "terraform":
		return ""
	case "data":
		want = 3
	}
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok || len(parts) == want {
			break
		}
		parts = append(parts, attr.Name)
	}
	if len(parts) < want {
		return ""
	}
	return strings.Join(parts, ".")
}

// ignored returns what lifecycle.ignore_changes of a resource names, such as
// template[0].labels.
func ignored(resource *hclsyntax.Block) []string {
	var all []string
	for _, b := range resource.Body.Blocks {
		attr := b.Body.Attributes["ignore_changes"]
		if b.Type != "lifecycle" || attr == nil {
			continue
		}
		exprs, _ := hcl.ExprList(attr.Expr)
		for _, e := range exprs {
			t, _ := hcl.AbsTraversalForExpr(e)
			all = append(all, written(t))
		}
	}
	return all
}

// written writes a reference as it stands in the configuration.
func written(t hcl.Traversal) string {
	var out strings.Builder
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			out.WriteString(s.Name)
		case hcl.TraverseAttr:
			out.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			fmt.Fprintf(&out, "[%v]", plain(s.Key))
		}
	}
	return out.String()
}
