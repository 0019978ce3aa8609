package archtest_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/functions"
	"netra/shared/pipeline"
)

// maxLines is the most lines that a source file may have.
const maxLines = 400

// root is the checkout's top folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		require.NotEqual(t, dir, filepath.Dir(dir), "no go.mod above")
		dir = filepath.Dir(dir)
	}
}

// sources calls see with each source file's path below the root, with slashes,
// and its content.
func sources(t *testing.T, see func(file string, content []byte)) {
	t.Helper()
	top := root(t)
	skipped := []string{".git", "node_modules", "dist", "out", "bin", "testdata"}
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains(skipped, d.Name()) {
			return fs.SkipDir
		}
		if !slices.Contains([]string{".go", ".ts", ".tsx", ".css", ".tf", ".sh"}, path.Ext(file)) {
			return nil
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(top, file)
		see(filepath.ToSlash(below), content)
		return err
	})
	require.NoError(t, err)
}

func TestNoSourceFileIsTooLong(t *testing.T) {
	seen := 0
	sources(t, func(file string, content []byte) {
		seen++
		lines := bytes.Count(content, []byte("\n"))
		assert.LessOrEqual(t, lines, maxLines, "%s: split it by what it is about", file)
	})
	assert.Greater(t, seen, 100)
}

// environment are the functions by which code reads its environment.
func environment() []string {
	return []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}
}

// TestOnlyConfigReadsTheEnvironment looks at calls such as os.Getenv. Handing
// os.LookupEnv to config.Read, without a call, is how main starts.
func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	sources(t, func(file string, content []byte) {
		deployed := strings.HasPrefix(file, "shared/") || strings.HasPrefix(file, "functions/")
		if !deployed || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") ||
			strings.HasPrefix(file, "shared/config/") || file == "shared/fault/on.go" {
			return
		}
		for _, call := range callsOf(t, file, content, "os", environment()) {
			t.Errorf("%s calls %s: take the setting from shared/config", file, call)
		}
	})
}

// callsOf lists the calls of a package's functions in a file.
func callsOf(t *testing.T, file string, content []byte, pkg string, names []string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, content, parser.SkipObjectResolution)
	require.NoError(t, err)
	var found []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		selector, is := call.Fun.(*ast.SelectorExpr)
		if !is || !slices.Contains(names, selector.Sel.Name) {
			return true
		}
		if of, is := selector.X.(*ast.Ident); is && of.Name == pkg {
			found = append(found, pkg+"."+selector.Sel.Name)
		}
		return true
	})
	return found
}

func TestCallsAreSeen(t *testing.T) {
	code := []byte(`package x; import "os"; var a = os.Getenv("A"); func f() { read(os.LookupEnv); _ = os.Environ() }`)
	assert.Equal(t, []string{"os.Getenv", "os.Environ"}, callsOf(t, "x.go", code, "os", environment()))
}

// TestNoPackageIsNamedAfterNothing keeps out the names that say nothing of what
// is inside.
func TestNoPackageIsNamedAfterNothing(t *testing.T) {
	for _, p := range packages(t, "") {
		assert.NotContains(t, []string{"util", "utils", "common", "helpers", "helper", "types", "misc", "lib"}, path.Base(p.ImportPath), p.ImportPath)
	}
}

// TestEveryFunctionOfTheTableIsServed compares stages.json, the registry and the
// folders: adding a stage is one line, one row and one folder.
func TestEveryFunctionOfTheTableIsServed(t *testing.T) {
	table, err := pipeline.Load()
	require.NoError(t, err)
	agents := functions.Agents(functions.Deps{})
	served := functions.WithAgents(nil)
	for _, f := range table.Functions() {
		assert.DirExists(t, filepath.Join(root(t), "functions", f.Name), "%s has no folder", f.Name)
		assert.Contains(t, served, f.Name, "%s has no row in the registry", f.Name)
	}
	for _, f := range table.Stages {
		assert.Contains(t, agents, f.Name, "the stage %s has no work", f.Name)
	}
	assert.Len(t, agents, len(table.Stages), "a row without a line in stages.json")
	assert.Len(t, served, len(table.Functions()), "a row without a line in stages.json")
}
