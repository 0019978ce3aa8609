package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/sample"
)

// The figures are those of the public log, taken with independent scripts.
func TestTheSampleLogsReportHasItsKnownFigures(t *testing.T) {
	log, remove, err := sampleFile(sample.Coding())
	require.NoError(t, err)
	defer remove()
	files, err := inProcess(t.Context(), oneRun{log: log, goal: "cut our LLM cost by 30%"}, func(s string) { t.Log(s) })
	require.NoError(t, err)
	var report struct {
		Status string
		Log    struct {
			Format          string
			Calls           int64
			InputTokens     int64   `json:"input_tokens"`
			OutputTokens    int64   `json:"output_tokens"`
			ReportedCostUSD float64 `json:"reported_cost_usd"`
			Flagged         []struct {
				Reason          string
				ReportedCostUSD float64 `json:"reported_cost_usd"`
			}
		}
		Sufficiency struct {
			Score int
			State string
		}
	}
	require.NoError(t, json.Unmarshal(files["report.json"].Body, &report))
	assert.EqualValues(t, 5321, report.Log.Calls)
	assert.EqualValues(t, 69_231_073, report.Log.InputTokens)
	assert.EqualValues(t, 2_862_673, report.Log.OutputTokens)
	assert.InDelta(t, 183.711767246, report.Log.ReportedCostUSD, 5e-7)
	require.Len(t, report.Log.Flagged, 1)
	assert.InDelta(t, 9990.01252875, report.Log.Flagged[0].ReportedCostUSD, 1e-9)
	assert.Equal(t, "minimal", report.Sufficiency.State)
	for _, name := range []string{"report.md", "report.html"} {
		assert.NotEmpty(t, files[name].Body, name)
	}
}
