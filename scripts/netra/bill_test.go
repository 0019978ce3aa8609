package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/report"
)

func billFile(name string) string {
	return filepath.Join("..", "..", "shared", "usage", "testdata", "bills", name)
}

func TestABillAloneGivesWhatItSaysAndNoSaving(t *testing.T) {
	for name, want := range map[string]struct {
		usd        float64
		lines      int64
		model      string
		days       int
		projects   int
		chances    map[string]float64
		nextExport string
	}{
		"openai-costs.csv":      {187.5, 5, "openai/gpt-5-2025-08-07", 2, 2, map[string]float64{"batch": 92.25, "newer-model": 11.375}, "organization/usage/completions"},
		"anthropic-costs.csv":   {77, 5, "anthropic/claude-sonnet-4", 3, 2, map[string]float64{"batch": 37.3, "prompt-cache": 45.12, "newer-model": 6.4}, "usage_report/messages"},
		"aws-cost-explorer.csv": {68.75, 3, "aws/claude-sonnet-4", 2, 1, map[string]float64{"batch": 30.75, "prompt-cache": 55.35}, "model invocation logging"},
		"costs.csv":             {2860.5, 4, "openai/gpt-4o", 2, 2, map[string]float64{"batch": 1430.25, "prompt-cache": 279, "newer-model": 1275.25}, "organization/usage/completions"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := inProcess(t.Context(), oneRun{log: billFile(name), goal: "cut our LLM bill by 30%"}, func(s string) { t.Log(s) })
			require.NoError(t, err)
			var got report.Report
			require.NoError(t, json.Unmarshal(files["report.json"].Body, &got))
			assert.InDelta(t, want.usd, got.Spend.USD, 1e-9)
			assert.Equal(t, want.lines, got.Log.BillLines)
			assert.Equal(t, want.model, got.Spend.ByModel[0].Key)
			assert.Len(t, got.Spend.ByDay, want.days)
			assert.Len(t, got.Spend.ByTag, want.projects)
			assert.Equal(t, "insufficient", got.Sufficiency.State)
			assert.Zero(t, got.Log.Calls)
			assert.Empty(t, got.Recommendations)
			assert.Zero(t, got.Plan.SavingsUSD)
			bounds := map[string]float64{}
			for _, c := range got.Chances {
				bounds[c.Lever] = c.MostUSD
			}
			assert.InDeltaMapValues(t, want.chances, bounds, 1e-9)
			text := string(files["report.md"].Body)
			assert.Contains(t, text, want.nextExport)
			assert.Contains(t, text, "between $0 and ")
			for _, page := range []string{text, string(files["report.html"].Body)} {
				assert.Contains(t, page, "What the bill leaves open")
				for _, never := range []string{"Calls in the log", "0 calls,", "NaN", "Inf", "Input tokens"} {
					assert.NotContains(t, page, never)
				}
			}
		})
	}
}

func TestInspectShowsWhatABillIsFor(t *testing.T) {
	out, _, err := runInspect(t, "", billFile("anthropic-costs.csv"))
	require.NoError(t, err)
	for _, part := range []string{"anthropic-costs (csv)", "not known: the rows are lines of a bill", "$77.000000 in 5 of 5 rows", "batch cached input"} {
		assert.Contains(t, out, part)
	}
	assert.NotContains(t, out, "a call ")
}
