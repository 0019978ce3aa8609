package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// labelFolder writes one label file per subject: the weak model knows history
// and fails at algebra.
func labelFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 1))
	for subject, weakRight := range map[string]float64{"history": 0.93, "algebra": 0.3} {
		var b strings.Builder
		b.WriteString("prompt,small,big\n")
		for i := range 3000 {
			fmt.Fprintf(&b, "\"%s, question %d?\",%t,%t\n", subject, i, rng.Float64() < weakRight, rng.Float64() < 0.9)
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, subject+".csv"), []byte(b.String()), 0o600))
	}
	return folder
}

func routingOutput(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var out, diagnostics bytes.Buffer
	require.NoError(t, simulateRouting(t.Context(), args, stdio{nil, &out, &diagnostics}))
	var result map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &result))
	return result
}

func TestSimulateRoutingReadsAFolderWithTagsFromFileNames(t *testing.T) {
	got := routingOutput(t, labelFolder(t), "--lever", "routing", "--strong", "big", "--weak", "small")
	assert.Equal(t, 6000.0, got["rows"])
	assert.Equal(t, 2.0, got["tags"])
	for _, field := range []string{"strong_accuracy", "weak_accuracy", "apgr", "cpt50", "cpt80"} {
		assert.IsType(t, 0.0, got[field], field)
	}
	oracle := got["oracle"].(map[string]any)
	assert.Greater(t, oracle["accuracy"], got["strong_accuracy"])
	assert.Contains(t, oracle, "strong_share")
	baselines := got["baselines"].(map[string]any)
	assert.Greater(t, baselines["tag"].(map[string]any)["apgr"], 0.6)
	assert.Contains(t, baselines["length"], "cpt80")
	byTag := got["decision_by_tag"].(map[string]any)
	assert.Equal(t, []any{map[string]any{"tag": "history", "strong": "big", "weak": "small"}}, byTag["rules"])
}

func TestSimulateRoutingIsSeeded(t *testing.T) {
	folder := labelFolder(t)
	args := []string{"--strong", "big", "--weak=small", "--seed", "5", folder}
	assert.Equal(t, routingOutput(t, args...), routingOutput(t, args...))
	other := routingOutput(t, folder, "--strong", "big", "--weak", "small", "--seed", "6")
	assert.NotEqual(t, routingOutput(t, args...)["apgr"], other["apgr"])
}

func TestSimulateRoutingLeavesOutListedPrompts(t *testing.T) {
	folder := labelFolder(t)
	list := filepath.Join(t.TempDir(), "drop.jsonl")
	require.NoError(t, os.WriteFile(list, []byte(`{"eval_prompt":"history, question 7?"}`+"\n"+`{"prompt":"algebra, question 8?"}`), 0o600))
	got := routingOutput(t, folder, "--strong", "big", "--weak", "small", "--drop", list)
	assert.Equal(t, 5998.0, got["rows"])
	assert.Equal(t, 2.0, got["dropped"])
}

func TestSimulateRoutingSaysWhenThereIsNoGap(t *testing.T) {
	got := routingOutput(t, labelFolder(t), "--strong", "small", "--weak", "big")
	assert.Equal(t, true, got["no_gap"])
	assert.NotContains(t, got, "apgr", "there is no gap to recover")
	assert.Equal(t, "weak", got["decision"].(map[string]any)["policy"])
}

func TestSimulateRoutingRefusesBadInput(t *testing.T) {
	folder := labelFolder(t)
	cases := map[string]struct {
		args []string
		want string
	}{
		"no path":        {[]string{"--strong", "big", "--weak", "small"}, "name a CSV file or folder"},
		"no columns":     {[]string{folder}, "--strong and --weak"},
		"other lever":    {[]string{folder, "--lever", "batch", "--strong", "big", "--weak", "small"}, `"batch" is not routing`},
		"unknown flag":   {[]string{folder, "--stronk", "big"}, "stronk"},
		"missing file":   {[]string{"nowhere.csv", "--strong", "big", "--weak", "small"}, "nowhere.csv"},
		"empty folder":   {[]string{t.TempDir(), "--strong", "big", "--weak", "small"}, "no .csv file"},
		"unknown column": {[]string{folder, "--strong", "huge", "--weak", "small"}, `no column "huge"`},
		"bad target":     {[]string{folder, "--strong", "big", "--weak", "small", "--max-loss", "2"}, "a loss of 2"},
		"bad drop list":  {[]string{folder, "--strong", "big", "--weak", "small", "--drop", filepath.Join(folder, "history.csv")}, "entry 1"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := simulateRouting(t.Context(), c.args, stdio{nil, &bytes.Buffer{}, &bytes.Buffer{}})
			assert.ErrorContains(t, err, c.want)
		})
	}
}
