package archtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
)

// goPackage is what `go list -json` tells of a package. Imports are those of its
// code, without its tests.
type goPackage struct {
	ImportPath string
	Dir        string
	Doc        string
	Imports    []string
	GoFiles    []string
	Deps       []string
}

// packages lists the project's packages, with or without build tags.
func packages(t *testing.T, tags string) []goPackage {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,GoFiles,Deps", "-tags", tags, "netra/...")
	raw, err := list.Output()
	require.NoError(t, err)
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(raw))); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, p)
	}
}

// under reports whether the import path is one of the folders or below one.
func under(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

func ofStandardLibrary(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first != "netra" && !strings.Contains(first, ".")
}

// sdks are the clients of clouds, and of Google's and AWS's services.
func isSDK(path string) bool {
	return under(path, "cloud.google.com/go", "google.golang.org/api", "google.golang.org/genai", "google.golang.org/grpc",
		"firebase.google.com/go", "gocloud.dev", "github.com/aws", "github.com/GoogleCloudPlatform")
}

// rule says what a package may not import.
type rule struct {
	name string
	// of selects the packages that the rule is about.
	of func(path string) bool
	// forbids says which imports break it.
	forbids func(of, imported string) bool
}

func rules(stages []string) []rule {
	stage := func(path string) (string, bool) {
		i := slices.IndexFunc(stages, func(s string) bool { return under(path, "netra/functions/"+s) })
		if i < 0 {
			return "", false
		}
		return stages[i], true
	}
	isStage := func(path string) bool { _, is := stage(path); return is }
	return []rule{
		{"the domain (shared/run, shared/plan) imports the standard library only",
			func(p string) bool { return p == "netra/shared/run" || p == "netra/shared/plan" },
			func(_, i string) bool { return !ofStandardLibrary(i) }},
		{"a cloud's SDK is imported by adapters, shared/platform and the entry points only",
			func(p string) bool { return under(p, "netra/shared", "netra/functions") && !under(p, adapters()...) },
			func(_, i string) bool { return isSDK(i) }},
		{"a stage imports shared and never another function or the platform",
			isStage,
			func(p, i string) bool {
				own, _ := stage(p)
				return under(i, "netra/shared/platform", "netra/functions", "netra/emulators", "netra/scripts") && !under(i, "netra/functions/"+own)
			}},
		{"shared never imports functions, emulators or scripts",
			func(p string) bool { return under(p, "netra/shared") },
			func(_, i string) bool { return under(i, "netra/functions", "netra/emulators", "netra/scripts") }},
		{"what is deployed never imports emulators or scripts",
			func(p string) bool { return under(p, "netra/functions") },
			func(_, i string) bool { return under(i, "netra/emulators", "netra/scripts") }},
		{"the platform is imported by the functions' registry, their entry points and programs only",
			func(p string) bool { return !under(p, "netra/shared/platform") },
			func(p, i string) bool {
				return i == "netra/shared/platform" && p != "netra/functions" && !under(p, "netra/functions/cmd", "netra/scripts", "netra/emulators")
			}},
	}
}

// adapters are the packages in which an SDK may appear.
func adapters() []string {
	return []string{"netra/shared/store/firestore", "netra/shared/queue/pubsub", "netra/shared/secret", "netra/shared/llm",
		"netra/shared/bucket", "netra/shared/observe", "netra/shared/platform", "netra/shared/connector", "netra/shared/deps", "netra/functions/cmd"}
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	table, err := pipeline.Load()
	require.NoError(t, err)
	all := packages(t, "")
	for _, r := range rules(table.StageNames()) {
		applied := false
		for _, p := range all {
			if !r.of(p.ImportPath) {
				continue
			}
			applied = true
			for _, i := range p.Imports {
				assert.False(t, r.forbids(p.ImportPath, i), "%s imports %s, but %s", p.ImportPath, i, r.name)
			}
		}
		assert.True(t, applied, "the rule %q is about no package: mend it", r.name)
	}
}

// TestRulesSeeWhatBreaksThem keeps the rules themselves from going blind.
func TestRulesSeeWhatBreaksThem(t *testing.T) {
	all := rules([]string{"triage", "report"})
	for _, c := range []struct{ from, to string }{
		{"netra/shared/run", "github.com/stretchr/testify/assert"}, {"netra/shared/run", "netra/shared/plan"},
		{"netra/shared/pipeline", "cloud.google.com/go/firestore"}, {"netra/functions/api", "google.golang.org/grpc/status"},
		{"netra/functions/triage", "netra/functions/report"}, {"netra/functions/triage", "netra/shared/platform"},
		{"netra/functions/triage", "gocloud.dev/blob"}, {"netra/shared/store", "netra/functions/api"},
		{"netra/shared/tools", "netra/emulators/localtest"}, {"netra/functions/cmd/cloudrun", "netra/emulators/local"},
		{"netra/functions/api", "netra/shared/platform"},
	} {
		broken := slices.ContainsFunc(all, func(r rule) bool { return r.of(c.from) && r.forbids(c.from, c.to) })
		assert.True(t, broken, "nothing forbids %s to import %s", c.from, c.to)
	}
	for _, c := range []struct{ from, to string }{
		{"netra/shared/run", "encoding/json"}, {"netra/functions/triage", "netra/shared/pipeline"},
		{"netra/functions/triage", "netra/functions/triage/words"}, {"netra/shared/store/firestore", "cloud.google.com/go/firestore"},
		{"netra/functions", "netra/shared/platform"},
	} {
		broken := slices.ContainsFunc(all, func(r rule) bool { return r.of(c.from) && r.forbids(c.from, c.to) })
		assert.False(t, broken, "%s must be able to import %s", c.from, c.to)
	}
}

func TestFaultPointsAreEmptyInANormalBuild(t *testing.T) {
	for _, p := range packages(t, "") {
		if p.ImportPath == "netra/shared/fault" {
			assert.Equal(t, []string{"off.go"}, p.GoFiles)
			assert.Empty(t, p.Imports, "a normal build must not be able to reach a fault controller")
			return
		}
	}
	t.Error("shared/fault is gone")
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t, "") {
		if len(p.GoFiles) > 0 {
			assert.NotEmpty(t, p.Doc, "%s has no package comment", p.ImportPath)
		}
	}
}
