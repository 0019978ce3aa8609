package artifact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"netra/shared/artifact"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/usage"
)

// asked makes questions, some of them odd: other scripts, code, numbers, long ones.
func asked(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 6))
	words := strings.Fields("prove INTEGRAL theorem hello thanks Größe 数学 Straße naïve don't x_1 {a:[1,2]} 3.14 007 Ünder İstanbul ΣΑΣ ½ ٣٤ e=mc^2 why? what?! émigré \U0001F600 fin\n")
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for range 1 + r.IntN(30) {
			fmt.Fprintf(&b, "%s ", words[r.IntN(len(words))])
			if r.IntN(5) == 0 {
				fmt.Fprintf(&b, "w%d\n", r.IntN(300))
			}
		}
		out[i] = strings.TrimSpace(b.String())
	}
	out[0] = strings.Repeat("one two three ", 3000)
	return out
}

// learnedRouter learns from labels in which "prove" asks for the strong model.
func learnedRouter(t *testing.T) *routing.Router {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	var table bytes.Buffer
	table.WriteString("question,tag,gpt-4o,gpt-4o-mini\n")
	for i, q := range asked(4000, 1) {
		right := 0.92
		if strings.Contains(q, "prove") || strings.Contains(q, "theorem") {
			right = 0.3
		}
		fmt.Fprintf(&table, "%q,%s,%t,%t\n", strings.ReplaceAll(q, `"`, ""), []string{"chat", "faq"}[i%2], r.Float64() < 0.9, r.Float64() < right)
	}
	labels, err := routing.Read([]routing.Source{{Name: "l.csv", Reader: strings.NewReader(strings.ReplaceAll(table.String(), `\n`, " "))}}, routing.Columns{Strong: "gpt-4o", Weak: "gpt-4o-mini"})
	require.NoError(t, err)
	study, err := routing.Evaluate(labels, routing.Options{Seed: 1, Repeats: 1})
	require.NoError(t, err)
	router := routing.Learn(labels, study, 1)
	require.NotNil(t, router)
	return router
}

// learnedPlan is a plan that routes prompt by prompt.
func learnedPlan() *savings.Analysis {
	a := analysis()
	a.Options.ExcludeTags = []string{"faq"}
	a.Proposals[1].Policy.Routing = &savings.RoutingPolicy{LossBound: 0.02, Confidence: 0.9, Rules: []savings.RoutingRule{{From: gpt, To: mini, MaxGrade: 40}}}
	return a
}

// python runs the hook's program in a folder.
func python(t *testing.T, folder, input string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3, as the LiteLLM proxy does")
	}
	c := exec.CommandContext(t.Context(), "python3", args...)
	c.Dir, c.Stdin = folder, strings.NewReader(input)
	var errors bytes.Buffer
	c.Stderr = &errors
	out, err := c.Output()
	require.NoError(t, err, errors.String())
	return out
}

// handedOver puts router and hook into a folder, as they are handed over.
func handedOver(t *testing.T, router *routing.Router) (folder string) {
	t.Helper()
	raw, err := router.File(routing.Decision{MaxGrade: 40})
	require.NoError(t, err)
	files, err := artifact.Files(learnedPlan(), raw, nil)
	require.NoError(t, err)
	folder = t.TempDir()
	for _, f := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600))
	}
	return folder
}

func TestTheHookGradesEveryPromptAsTheLogWasGraded(t *testing.T) {
	router := learnedRouter(t)
	folder := handedOver(t, router)
	var lines strings.Builder
	var want []uint8
	for i, q := range asked(400, 2) {
		call := map[string]any{"prompt": q, "tag": "chat"}
		raw := []byte(q)
		if i%2 == 0 { // as a gateway has it
			messages := []any{map[string]any{"role": "system", "content": "Be brief."}, map[string]any{"role": "user", "content": []any{
				map[string]any{"type": "text", "text": q}, map[string]any{"type": "image_url", "image_url": map[string]any{"url": "https://x/y"}}}}}
			call = map[string]any{"messages": messages, "tag": "chat"}
			var err error
			raw, err = json.Marshal(messages)
			require.NoError(t, err)
		}
		require.NoError(t, json.NewEncoder(&lines).Encode(call))
		want = append(want, router.Grade(string(usage.Question(raw)), "chat"))
	}
	out := json.NewDecoder(bytes.NewReader(python(t, folder, lines.String(), "netra_router.py")))
	grades := map[uint8]bool{}
	for i, grade := range want {
		var got struct {
			Grade uint8
			Model string
		}
		require.NoError(t, out.Decode(&got))
		require.Equal(t, grade, got.Grade, "prompt %d", i)
		assert.Equal(t, map[bool]string{true: "gpt-4o-mini", false: "gpt-4o"}[grade <= 40], got.Model)
		grades[grade] = true
	}
	assert.Greater(t, len(grades), 30, "prompts of all kinds")
}

// TestTheHookChangesOnlyCallsOfTheStrongModelAndOfCoveredClasses calls the hook as
// the LiteLLM proxy does.
func TestTheHookChangesOnlyCallsOfTheStrongModelAndOfCoveredClasses(t *testing.T) {
	folder := handedOver(t, learnedRouter(t))
	script := `
import asyncio, json, netra_router
easy, hard = [{"role": "user", "content": "hello thanks hello thanks"}], [{"role": "user", "content": "prove theorem prove theorem"}]
def model(**data):
    return asyncio.run(netra_router.handler.async_pre_call_hook(None, None, data, "completion"))["model"]
chat = {"tags": ["chat"]}
print(json.dumps([
  model(model="gpt-4o", messages=easy, metadata=chat),
  model(model="openai/gpt-4o", messages=easy, metadata=chat),
  model(model="gpt-4o", messages=hard, metadata=chat),
  model(model="gpt-4o", messages=easy, metadata={"tags": ["legal"]}),
  model(model="gpt-4o", messages=easy, metadata={"tags": ["faq"]}),
  model(model="gpt-4o", messages=easy),
  model(model="gpt-4.1", messages=easy, metadata=chat),
  model(model="gpt-4o", messages=[{"role": "user", "content": 3}], metadata=chat),
  model(model="gpt-4o", messages=[], metadata=None),
]))`
	var got []string
	require.NoError(t, json.Unmarshal(python(t, folder, "", "-c", script), &got))
	assert.Equal(t, []string{"gpt-4o-mini", "gpt-4o-mini", "gpt-4o", "gpt-4o", "gpt-4o", "gpt-4o", "gpt-4.1", "gpt-4o", "gpt-4o"}, got)
}

func TestALearnedPolicyIsAHookAndATargetInTheLiteLLMConfiguration(t *testing.T) {
	folder := handedOver(t, learnedRouter(t))
	raw, err := os.ReadFile(filepath.Join(folder, "litellm.yaml"))
	require.NoError(t, err)
	var tree any
	require.NoError(t, yaml.Unmarshal(raw, &tree))
	checkKeys(t, "", tree)
	var config struct {
		Models []struct {
			Name   string `yaml:"model_name"`
			Params struct {
				Model string
				Tags  []string
			} `yaml:"litellm_params"`
		} `yaml:"model_list"`
		Settings struct{ Callbacks []string } `yaml:"litellm_settings"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &config))
	assert.Equal(t, []string{"prometheus", "netra_router.handler"}, config.Settings.Callbacks)
	last := config.Models[len(config.Models)-1]
	assert.Equal(t, "gpt-4o-mini", last.Name, "the hook names it, so it must be there")
	assert.Equal(t, "openai/gpt-4o-mini", last.Params.Model)
	for _, m := range config.Models[:len(config.Models)-1] {
		assert.NotEqual(t, "openai/gpt-4o-mini", m.Params.Model, "no class moves as a whole")
	}
	guide, err := os.ReadFile(filepath.Join(folder, "apply.md"))
	require.NoError(t, err)
	assert.Contains(t, string(guide), "`netra_router.py`")

	_, err = artifact.Files(learnedPlan(), nil, nil)
	assert.ErrorContains(t, err, "write router.json: the learned router is not there")
	assert.NotContains(t, written(t, analysis()), "router.json", "rules by tag need none")
}
