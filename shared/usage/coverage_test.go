package usage_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func TestCoverageCountsWhatCallsCarry(t *testing.T) {
	at := time.Date(2025, 1, 2, 3, 0, 0, 0, time.UTC)
	var c usage.Coverage
	bare := usage.Call{LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1}
	full := usage.Call{
		Time: at.Add(2 * time.Hour).UnixMicro(), Provider: "openai", Model: "gpt-4o", Tokens: usage.Tokens{Input: 10, CacheRead: 5, Output: 3},
		Tier: usage.Batch, Status: usage.Failed, LatencyMS: 0, TTFTMS: 1, User: "u", Session: "s", Tag: "t", PromptHash: 1, Blocks: []uint64{1},
		ReportedCost: 0.5, HasCost: true, Quality: 1, HasQuality: true, Count: 3, Weight: 2, HasCache: true,
	}
	euro := usage.Call{Time: at.UnixMicro(), Model: "gpt-4o", ReportedCost: 9, HasCost: true, Currency: "EUR", LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1}
	for _, call := range []usage.Call{bare, full, full, euro} {
		c.Add(&call)
	}
	c.Finish()

	assert.EqualValues(t, 4, c.Rows)
	assert.EqualValues(t, 8, c.Calls)
	assert.Equal(t, 14.0, c.Estimated)
	assert.EqualValues(t, 30, c.PromptTokens)
	assert.Equal(t, 1.0, c.ReportedCost)
	assert.EqualValues(t, 1, c.OtherCurrency)
	assert.Equal(t, at, c.First)
	assert.Equal(t, 2*time.Hour, c.Span())
	assert.Equal(t, []usage.ModelUse{
		{Provider: "openai", Model: "gpt-4o", Calls: 6, InputTokens: 30, OutputTokens: 6}, {Calls: 1}, {Model: "gpt-4o", Calls: 1},
	}, c.Models)
	assert.Equal(t, map[string]float64{"time": 0.75, "model": 0.75, "prompt_hash": 0.5, "blocks": 0.5, "session": 0.5, "tag": 0.5, "user": 0.5,
		"latency": 0.5, "ttft": 0.5, "quality": 0.5, "cost": 0.75, "tier": 0.5, "status": 0.5, "cache": 0.5}, c.Shares())
	assert.Equal(t, []string{"summed", "sampled", "other_currency"}, c.Flags())
}

func TestCoverageSurvivesJSON(t *testing.T) {
	calls, _ := readAll(t, "azure/conv.csv.gz")
	c := cover(calls)
	text, err := json.Marshal(c)
	require.NoError(t, err)
	var back usage.Coverage
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, c.Span(), back.Span())
	assert.Equal(t, c.Shares(), back.Shares())
	assert.Equal(t, []string{"no_model", "short_span"}, back.Flags())
}

func TestCoverageOfAnEmptyLogSaysWhatIsMissing(t *testing.T) {
	var c usage.Coverage
	c.Finish()
	assert.Equal(t, []string{"no_model", "no_time", "no_tokens"}, c.Flags())
	assert.True(t, c.First.IsZero())
	assert.Zero(t, c.Share(0))
}

func TestCoverageBoundsTheModelsItTellsApart(t *testing.T) {
	var c usage.Coverage
	for i := range 5000 {
		c.Add(&usage.Call{Model: fmt.Sprint("model-", i), Count: 1, Weight: 1})
	}
	c.Finish()
	assert.LessOrEqual(t, len(c.Models), 2001)
	assert.Equal(t, usage.ModelUse{Model: "(other models)", Calls: 3000}, c.Models[0])
}

// TestALogTellsOfTheProvidersCacheOrDoesNot holds rows that carry no cached tokens: some
// say that there were none, the others say nothing.
func TestALogTellsOfTheProvidersCacheOrDoesNot(t *testing.T) {
	for log, told := range map[string]bool{
		`{"model":"gpt-4o","usage":{"prompt_tokens":9,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":0}}}`:                                              true,
		`{"model":"gpt-4o","usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}`:                                                                        false,
		`{"model":"claude-sonnet-4-5","stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}`:   true,
		`{"modelVersion":"gemini-2.5-flash","usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}}`:                                                           true,
		`{"request_id":"1","call_type":"acompletion","spend":0.1,"prompt_tokens":9,"completion_tokens":1,"startTime":"2026-01-01T00:00:00Z","model":"gpt-4o"}`:          false,
		`{"TimeGenerated":"2026-01-01T00:00:00Z","CorrelationId":"1","DeploymentName":"d","ModelName":"gpt-4o","PromptTokens":9,"CompletionTokens":1,"TotalTokens":10}`: false,
	} {
		calls, _, err := readText(log+"\n"+log, usage.Options{}) // a log has lines
		require.NoError(t, err, log)
		calls = calls[:1]
		require.Len(t, calls, 1, log)
		assert.Equal(t, told, calls[0].HasCache, log)
	}
}
