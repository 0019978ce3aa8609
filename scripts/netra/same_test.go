package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/local"
	"netra/shared/report/outcome"
)

// officeLog writes a log with work for most levers: chats by day that share a long
// system prompt, questions that come again, and nightly runs.
func officeLog(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "office.jsonl")
	f, err := os.Create(name)
	require.NoError(t, err)
	defer f.Close()
	w := bufio.NewWriter(f)
	r := rand.New(rand.NewPCG(4, 2))
	system := strings.Repeat("You answer for the support desk of a shop that sells tools. ", 400)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	line := json.NewEncoder(w)
	for hour := range 6 * 24 {
		for i := range 12 {
			tag, session, prompt := "chat", fmt.Sprint("s", hour/3, i%3), fmt.Sprintf("%s Question %d of %d.", system, r.IntN(40), hour/5)
			if hour%24 < 6 {
				tag, session, prompt = "digest", fmt.Sprint("d", hour, i), fmt.Sprintf("Sum up page %d of %d.", i, hour)
			}
			require.NoError(t, line.Encode(map[string]any{
				"timestamp": start.Add(time.Duration(hour)*time.Hour + time.Duration(i)*4*time.Minute), "model": "claude-sonnet-4-5", "provider": "anthropic",
				"tag": tag, "session_id": session, "user": fmt.Sprint("u", i%5), "prompt": prompt, "input_tokens": len(prompt) / 4,
				"output_tokens": 100 + r.IntN(300), "latency_ms": 800 + 10*r.IntN(100),
			}))
		}
	}
	require.NoError(t, w.Flush())
	return name
}

// promptLog writes a log of questions in sessions, half of them easy, and a file of
// labels of such questions: on easy ones the cheaper model scores alike.
func promptLog(t *testing.T) (log, labels string) {
	t.Helper()
	r := rand.New(rand.NewPCG(6, 2))
	ask := func(easy bool) string {
		kind := map[bool]string{true: "greeting", false: "integral"}[easy]
		var b strings.Builder
		for range 4 + r.IntN(4) {
			fmt.Fprintf(&b, "%s%d filler%d ", kind, r.IntN(20), r.IntN(50))
		}
		return b.String()
	}
	var calls, scores strings.Builder
	line := json.NewEncoder(&calls)
	for i := range 3000 {
		require.NoError(t, line.Encode(map[string]any{
			"timestamp": time.Date(2026, 3, 2, 0, 3*i, 0, 0, time.UTC), "provider": "openai", "model": "gpt-4o", "tag": []string{"faq", "draft"}[i%4/3],
			"session_id": fmt.Sprint("s", i/5), "messages": []any{map[string]any{"role": "user", "content": ask(r.IntN(2) == 0)}}, "input_tokens": 500 + r.IntN(500), "output_tokens": 100 + r.IntN(300), "latency_ms": 900,
		}))
	}
	scores.WriteString("question,tag,gpt-4o-mini,gpt-4o\n")
	for range 6000 {
		easy, strong := r.IntN(2) == 0, r.Float64() < 0.9
		fmt.Fprintf(&scores, "%s,faq,%t,%t\n", ask(easy), easy && strong || !easy && r.Float64() < 0.3, strong)
	}
	folder := t.TempDir()
	log, labels = filepath.Join(folder, "prompts.jsonl"), filepath.Join(folder, "labels.csv")
	require.NoError(t, os.WriteFile(log, []byte(calls.String()), 0o600))
	require.NoError(t, os.WriteFile(labels, []byte(scores.String()), 0o600))
	return log, labels
}

// TestSimulateRoutesPromptByPromptWithLabels looks at what is handed over.
func TestSimulateRoutesPromptByPromptWithLabels(t *testing.T) {
	log, labels := promptLog(t)
	out := t.TempDir()
	require.NoError(t, simulate(t.Context(), []string{log, "--labels", labels, "--out", out}, stdio{strings.NewReader(""), io.Discard, io.Discard}))
	files, err := outcome.Read(out)
	require.NoError(t, err)
	for _, name := range []string{"router.json", "netra_router.py", "routes.json"} {
		assert.NotEmpty(t, files.Files[name], name)
	}
	assert.Contains(t, string(files.Files["litellm.yaml"]), "netra_router.handler")
	report := string(files.Files["report.md"])
	for _, shown := range []string{"prompt by prompt", "prompt length alone", "a prior by tag", "It is about 75% of the log's calls"} {
		assert.Contains(t, report, shown)
	}

	err = simulate(t.Context(), []string{log, "--labels", log, "--out", out}, stdio{strings.NewReader(""), io.Discard, io.Discard})
	assert.ErrorContains(t, err, "holds no quality labels")
	err = simulate(t.Context(), []string{log, "--labels", labels, "--lever", "batch"}, stdio{strings.NewReader(""), io.Discard, io.Discard})
	assert.ErrorContains(t, err, "--labels is for all levers")
}

// TestSimulateHandsOverWhatThePipelineDoes holds the report in its three forms and
// every file to apply to those of a run through the local cloud, byte for byte, but
// for the run's id, its times, and what only a listener knows (events).
func TestSimulateHandsOverWhatThePipelineDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and starts the local cloud")
	}
	program := filepath.Join(t.TempDir(), "cloudrun")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "netra/functions/cmd/cloudrun").CombinedOutput()
	require.NoError(t, err, string(out))
	cloud, err := local.Start(t.Context(), local.Options{Binary: program, Dir: t.TempDir(), User: demoUser, Plan: "enterprise", Rules: "../../infra/firestore.rules"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, cloud.Stop()) })
	there, err := targetOf(cloud)
	require.NoError(t, err)

	own := filepath.Join(t.TempDir(), "own.json")
	require.NoError(t, os.WriteFile(own, []byte(`{"prices": {"claude-sonnet-4-5": {"input": 2.5, "output": 12}}}`), 0o600))
	office := officeLog(t)
	prompts, labels := promptLog(t)
	for name, args := range map[string][]string{
		"a log with work for most levers": {office, "--goal", "cut our LLM cost by 20%"},
		"at prices of one's own":          {office, "--prices", own, "--goal", "halve the bill without slower answers"},
		"a trace without models or dates": {mooncakeLog, "--price", "3,15"},
		"a log that can carry no answer":  {azureLog},
		"a log with quality labels":       {prompts, "--labels", labels},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := parseAnalyze(append(args, "--out", t.TempDir()))
			require.NoError(t, err)
			require.NoError(t, a.at(t.Context(), there, stdio{strings.NewReader("continue\n"), io.Discard, io.Discard}))
			through, err := outcome.Read(a.out)
			require.NoError(t, err)
			through.Events = nil

			here := t.TempDir()
			require.NoError(t, simulate(t.Context(), append(args, "--out", here), stdio{strings.NewReader(""), io.Discard, io.Discard}))
			inProcess, err := outcome.Read(here)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, len(inProcess.Files), 3, "the report in its three forms")
			for _, o := range []outcome.Outcome{through, inProcess} {
				o.Files["report.json"] = withoutListener(t, o.Files["report.json"])
			}
			different, err := outcome.Differences(through, inProcess)
			require.NoError(t, err)
			assert.Empty(t, different)
		})
	}
}

// withoutListener leaves what only a listener knows out of report.json.
func withoutListener(t *testing.T, raw []byte) []byte {
	t.Helper()
	var doc map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &doc))
	delete(doc, "events")
	delete(doc, "timing_ms")
	out, err := json.MarshalIndent(doc, "", "  ")
	require.NoError(t, err)
	return out
}
