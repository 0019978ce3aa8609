// Package container holds the image's Dockerfile and cloudbuild.yaml to what
// the deployment relies on. There is no code: the package exists for its tests.
package container

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// stage is one FROM of the Dockerfile with its instructions.
type stage struct {
	name, from   string
	instructions []string
}

// dockerfile returns the stages in order and the defaults of the build arguments.
func dockerfile(t *testing.T) ([]stage, map[string]string) {
	t.Helper()
	data, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	var stages []stage
	args := map[string]string{}
	text := strings.ReplaceAll(string(data), "\\\n", "")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case word == "FROM":
			from, name, _ := strings.Cut(rest, " AS ")
			stages = append(stages, stage{name: name, from: from})
		case word == "ARG":
			name, value, _ := strings.Cut(rest, "=")
			args[name] = value
		default:
			stages[len(stages)-1].instructions = append(stages[len(stages)-1].instructions, line)
		}
	}
	return stages, args
}

func TestWhatShipsIsPinnedSmallAndUnprivileged(t *testing.T) {
	stages, args := dockerfile(t)
	last := stages[len(stages)-1]
	require.Equal(t, "runtime", last.name)
	assert.Equal(t, "${RUNTIME_IMAGE}", last.from)
	assert.Regexp(t, `^gcr\.io/distroless/static-debian1\d:nonroot@sha256:[0-9a-f]{64}$`, args["RUNTIME_IMAGE"])
	assert.Equal(t, []string{"COPY --from=build /netra /netra", "USER 65532:65532", "EXPOSE 8080", `ENTRYPOINT ["/netra"]`}, last.instructions)
}

func TestEveryBaseImageHasAVersion(t *testing.T) {
	stages, args := dockerfile(t)
	var known []string
	for _, s := range stages {
		if !slices.Contains(known, s.from) {
			name := strings.TrimSuffix(strings.TrimPrefix(s.from, "${"), "}")
			require.Contains(t, args, name, "FROM %s is neither a stage nor a build argument", s.from)
			assert.Regexp(t, `:[\w.-]*\d[\w.-]*`, args[name])
			assert.NotContains(t, args[name], ":latest")
		}
		known = append(known, s.name)
	}
}

func TestBinaryIsBuiltWithTheGoVersionOfTheModule(t *testing.T) {
	_, args := dockerfile(t)
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(string(mod))
	require.NotNil(t, version)
	assert.True(t, strings.HasPrefix(args["GO_IMAGE"], "golang:"+version[1]+"-"), "go.mod says %s, the image is %s", version[1], args["GO_IMAGE"])
}

func TestBinaryIsStaticAndHasTheConsole(t *testing.T) {
	stages, _ := dockerfile(t)
	i := slices.IndexFunc(stages, func(s stage) bool { return s.name == "build" })
	require.GreaterOrEqual(t, i, 0)
	text := strings.Join(stages[i].instructions, "\n")
	assert.Contains(t, text, "CGO_ENABLED=0")
	assert.Contains(t, text, "./functions/cmd/cloudrun")
	assert.Contains(t, text, "COPY --from=console /web/dist functions/console/web/dist")
}

// build is cloudbuild.yaml.
type build struct {
	Steps []struct {
		ID, Name, Entrypoint string
		Args, WaitFor        []string
	}
	Images         []string
	Substitutions  map[string]string
	ServiceAccount string
	Options        struct{ Logging, RequestedVerifyOption string }
}

func cloudbuild(t *testing.T) (build, string) {
	t.Helper()
	data, err := os.ReadFile("../../cloudbuild.yaml")
	require.NoError(t, err)
	var raw map[string]any
	require.NoError(t, yaml.Unmarshal(data, &raw))
	var b build
	decode(t, raw, &b)
	return b, string(data)
}

// decode goes through lower-case keys, because YAML keys here are camelCase and
// yaml.v3 compares them with the lower-cased field name.
func decode(t *testing.T, raw map[string]any, into *build) {
	t.Helper()
	lower := func(m map[string]any) map[string]any {
		out := map[string]any{}
		for k, v := range m {
			out[strings.ToLower(k)] = v
		}
		return out
	}
	raw = lower(raw)
	raw["options"] = lower(raw["options"].(map[string]any))
	steps := raw["steps"].([]any)
	for i := range steps {
		steps[i] = lower(steps[i].(map[string]any))
	}
	data, err := yaml.Marshal(raw)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, into))
}

func TestNothingIsBuiltBeforeTheTestsAndDeployedBeforeTheBuild(t *testing.T) {
	b, _ := cloudbuild(t)
	var ids []string
	for i, step := range b.Steps {
		if i > 0 {
			assert.Equal(t, []string{ids[i-1]}, step.WaitFor, step.ID)
		}
		ids = append(ids, step.ID)
	}
	assert.Equal(t, []string{"test", "build", "push", "deploy"}, ids)
	stages, _ := dockerfile(t)
	for _, step := range b.Steps[:2] {
		target := ""
		for _, arg := range step.Args {
			if value, ok := strings.CutPrefix(arg, "--target="); ok {
				target = value
			}
		}
		assert.True(t, slices.ContainsFunc(stages, func(s stage) bool { return s.name == target }), "step %s builds stage %q", step.ID, target)
	}
	testStage := stages[slices.IndexFunc(stages, func(s stage) bool { return s.name == "test" })]
	assert.Contains(t, testStage.instructions, "RUN make test")
}

func TestDeploymentIsByDigestCheckedAndCanBeLeftOut(t *testing.T) {
	b, _ := cloudbuild(t)
	script := strings.Join(b.Steps[3].Args, "\n")
	assert.Contains(t, script, `-image="${_IMAGE}@$$digest"`)
	assert.Contains(t, script, "go run ./scripts/deploy")
	assert.Contains(t, script, `-check="go run ./scripts/smoke`)
	assert.Contains(t, script, `"${_DEPLOY}" != true`)
}

func TestEverySubstitutionIsDefinedAndUsed(t *testing.T) {
	b, text := cloudbuild(t)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(text, -1) {
		used[m[1]] = true
		if strings.HasPrefix(m[1], "_") {
			assert.Contains(t, b.Substitutions, m[1])
		} else {
			assert.Contains(t, []string{"PROJECT_ID", "BUILD_ID"}, m[1])
		}
	}
	for name := range b.Substitutions {
		assert.True(t, used[name], "%s is not used", name)
	}
}

func TestImageHasProvenanceAndTheBuildItsOwnAccount(t *testing.T) {
	b, _ := cloudbuild(t)
	assert.Equal(t, []string{"${_IMAGE}:build-${BUILD_ID}"}, b.Images)
	assert.Contains(t, b.Steps[1].Args, "--tag="+b.Images[0], "the signed image is the one that was built")
	assert.NotContains(t, b.Steps[2].Args, b.Images[0], "a tag is pushed once: the registry's tags are immutable")
	assert.Equal(t, "VERIFIED", b.Options.RequestedVerifyOption)
	assert.Equal(t, "CLOUD_LOGGING_ONLY", b.Options.Logging, "a build with its own account may log nowhere else")
	assert.Contains(t, b.ServiceAccount, "/serviceAccounts/netra-build@")
}

// The test stage has no .git, as a downloaded archive has none.
func TestChecksOfFilesWorkWithoutGit(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "make", "-n", "-C", "../..", "check").Output()
	require.NoError(t, err)
	var lines []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "git ls-files") {
			lines = append(lines, line)
		}
	}
	require.Len(t, lines, 2, "formatting and sizes")
	run := func(dir, line string) error {
		cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", line)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		return cmd.Run()
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n"), 0o600))
	for _, line := range lines {
		assert.NoError(t, run(dir, line), line)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.go"), []byte("package a\nvar  x=1\n"), 0o600))
	assert.Error(t, run(dir, lines[0]), "formatting is checked without git, too")
}
