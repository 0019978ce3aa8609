package savings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/savings"
	"netra/shared/usage"
)

// seen returns the finding whose text holds what, an empty one if there is none.
func seen(t *testing.T, calls []usage.Call, what string) savings.Finding {
	t.Helper()
	for _, f := range analyse(t, calls, savings.Options{}).Findings {
		if strings.Contains(f.Text, what) {
			return f
		}
	}
	return savings.Finding{}
}

// each50 makes 50 calls of a model, an hour apart.
func each50(model string, input, output int64, change func(*usage.Call)) []usage.Call {
	var calls []usage.Call
	for i := range 50 {
		c := call(time.Duration(i)*time.Hour, model, input, output)
		change(&c)
		calls = append(calls, c)
	}
	return calls
}

func TestWhatPromptsJustOverALongContextLineCostIsSeen(t *testing.T) {
	google := func(c *usage.Call) { c.Provider = "google" }
	f := seen(t, each50("gemini-2.5-pro", 210_000, 1000, google), "long-context line")
	assert.EqualValues(t, 50, f.Calls)
	assert.InDelta(t, 50*(210_000*2.5e-6+1000*15e-6-200_000*1.25e-6-1000*10e-6), f.CostUSD, 1e-9)
	assert.Zero(t, seen(t, each50("gemini-2.5-pro", 230_000, 1000, google), "long-context line").Calls, "far over it")
	assert.Zero(t, seen(t, each50("gemini-2.5-pro", 200_000, 1000, google), "long-context line").Calls, "at it")
}

// TestMarksThatLoseMoneyAreSeenWithoutPrompts has only token counts, from which it
// follows all the same.
func TestMarksThatLoseMoneyAreSeenWithoutPrompts(t *testing.T) {
	writing := each50("claude-sonnet-4-5", 0, 100, func(c *usage.Call) { c.CacheWrite5m, c.CacheRead, c.HasCache = 10_000, 500, true })
	f := seen(t, writing, "cost more than their reads save")
	assert.InDelta(t, 50*(10_000*0.75e-6-500*2.7e-6), f.CostUSD, 1e-9)
	reading := each50("claude-sonnet-4-5", 0, 100, func(c *usage.Call) { c.CacheWrite5m, c.CacheRead, c.HasCache = 1000, 9000, true })
	assert.Zero(t, seen(t, reading, "cost more than their reads save").Calls)
}

func TestWhatAProvidersOwnCacheMissedIsSeen(t *testing.T) {
	calls := prefixed(100, time.Minute, "gpt-4.1", 10) // 10 blocks of 1,024 tokens are shared
	half := func(read int64) []usage.Call {
		for i := range calls {
			calls[i].Input += calls[i].CacheRead
			calls[i].CacheRead, calls[i].HasCache = 0, true
			if i > 0 {
				calls[i].CacheRead = read
			}
			calls[i].Input -= calls[i].CacheRead
		}
		return calls
	}
	f := seen(t, half(5120), "was not read from it")
	assert.InDelta(t, 99*5120*1.5e-6, f.CostUSD, 1e-9)
	assert.True(t, f.Estimated)
	assert.Zero(t, seen(t, half(10_240), "was not read from it").Calls, "all of it was")
}
