package savings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/sample"
	"netra/shared/savings"
	"netra/shared/usage"
)

// sonnet costs $3 and $15 per million tokens, reads 0.1x, writes 1.25x and 2x.
var sonnet = savings.Model{Provider: "anthropic", Model: "claude-sonnet-4-5"}

func mooncake(t *testing.T) *dataset.File {
	t.Helper()
	return normalise(t, func() (dataset.Source, error) {
		r, err := sample.Chat().Open()
		require.NoError(t, err)
		return usage.Open(r, usage.Options{})
	})
}

func TestTheMooncakeProposalNetsTheWritePremium(t *testing.T) {
	var any int64
	a, err := savings.Analyse(t.Context(), mooncake(t), book(t), savings.Options{PriceModel: sonnet, MinPrefix: &any, PromptCacheTTL: "5m"})
	require.NoError(t, err)
	p := proposal(t, a, savings.PromptCache)
	assert.Equal(t, savings.Proposed, p.Status)
	assert.InDelta(t, 496.212189, p.CostBeforeUSD, 5e-7)
	assert.InDelta(t, 458.249221, p.CostAfterUSD, 5e-7)
	assert.True(t, p.Interval.Contains(p.SavingsUSD))
	assert.Nil(t, p.EstimatedMonthlySavings, "59 minutes carry no monthly figure")
	assert.Nil(t, a.Extrapolation)
	require.Len(t, p.Policy.PromptCache, 1, "all prompts share their first block")
	assert.EqualValues(t, 42480677, p.Policy.PromptCache[0].HitTokens)

	hits := map[int64]int64{}
	for _, point := range a.Curves.PromptCache {
		hits[point.LifetimeSeconds] = point.Hits
	}
	assert.EqualValues(t, 15257089, hits[60])
	assert.EqualValues(t, 42480677, hits[300])
	assert.EqualValues(t, 54098411, hits[0])
	assert.EqualValues(t, 118, a.Curves.ResponseCache[len(a.Curves.ResponseCache)-1].Hits)
	assert.EqualValues(t, 144793823, a.Before.InputTokens)
	assert.EqualValues(t, 4122048, a.Before.OutputTokens)
	assert.True(t, a.Span.Relative, "the trace counts from an unknown start")
}

// prefixed makes n calls that share a prefix of so many blocks, every gap.
func prefixed(n int, gap time.Duration, model string, blocks int) []usage.Call {
	var calls []usage.Call
	for i := range n {
		c := call(time.Duration(i)*gap, model, int64(blocks+1)*1024, 100)
		c.BlockTokens = 1024
		for b := range blocks {
			c.Blocks = append(c.Blocks, uint64(b+1))
		}
		c.Blocks = append(c.Blocks, uint64(1000+i))
		calls = append(calls, c)
	}
	return calls
}

func TestPromptCacheChoosesTheLifetimeThatPays(t *testing.T) {
	cached := func(calls []usage.Call) []usage.Call {
		for i := range calls {
			calls[i].CacheRead, calls[i].Input = 1024, calls[i].Input-1024
		}
		return calls
	}
	costing := func(share float64) []usage.Call { // as a gateway's log that leaves cached tokens out
		calls := prefixed(200, time.Minute, "claude-sonnet-4-5", 10)
		for i := range calls {
			calls[i].ReportedCost, calls[i].HasCost = share*(3e-6*float64(calls[i].Input)+15e-6*float64(calls[i].Output)), true
		}
		return calls
	}
	for name, c := range map[string]struct {
		calls  []usage.Call
		opts   savings.Options
		status savings.Status
		ttl    string
	}{
		"often enough for five minutes":    {prefixed(200, time.Minute, "claude-sonnet-4-5", 10), savings.Options{}, savings.Proposed, "5m"},
		"every 20 minutes: an hour":        {prefixed(200, 20*time.Minute, "claude-sonnet-4-5", 10), savings.Options{}, savings.Proposed, "1h"},
		"every 20 minutes, five asked for": {prefixed(200, 20*time.Minute, "claude-sonnet-4-5", 10), savings.Options{PromptCacheTTL: "5m"}, savings.NoSaving, ""},
		"every two hours: writes lose":     {prefixed(200, 2*time.Hour, "claude-sonnet-4-5", 10), savings.Options{}, savings.NoSaving, ""},
		"mostly new text: the premium":     {prefixed(200, time.Minute, "claude-sonnet-4-5", 0), savings.Options{}, savings.NoSaving, ""},
		"shorter than the minimum":         {prefixed(200, time.Minute, "claude-haiku-4-5", 2), savings.Options{}, savings.NoSaving, ""},
		"cached by the provider itself":    {prefixed(200, time.Minute, "gpt-4o", 10), savings.Options{}, savings.NoSaving, ""},
		"cached already, by its cost":      {costing(0.4), savings.Options{}, savings.NoSaving, ""},
		"not cached, by its cost":          {costing(1), savings.Options{}, savings.Proposed, "5m"},
		"cached already":                   {cached(prefixed(200, time.Minute, "claude-sonnet-4-5", 10)), savings.Options{}, savings.NoSaving, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := proposal(t, analyse(t, c.calls, c.opts), savings.PromptCache)
			require.Equal(t, c.status, p.Status, p.Reason)
			if c.status == savings.Proposed {
				assert.Equal(t, c.ttl, p.Policy.PromptCache[0].TTL)
				assert.Positive(t, p.SavingsUSD)
			}
		})
	}
}

// repeats makes calls that ask the same at the given times.
func repeats(tag string, times ...time.Duration) []usage.Call {
	var calls []usage.Call
	for _, at := range times {
		c := call(at, "gpt-4o", 1_000_000, 0) // $2.50
		c.PromptHash, c.Tag = 42, tag
		calls = append(calls, c)
	}
	return calls
}

func TestAnAnswerLivesFromWhenItWasStored(t *testing.T) {
	h := time.Hour
	calls := append(repeats("faq", 0, 20*h, 25*h, 26*h), call(60*h, "gpt-4o", 10, 10))
	p := proposal(t, analyse(t, calls, savings.Options{}), savings.ResponseCache)
	assert.InDelta(t, 5, p.SavingsUSD, 1e-9, "hits at 20 and 26 hours; at 25 the answer of hour 0 has expired")
	assert.EqualValues(t, 2, p.Evidence.Calls)
	assert.Equal(t, []string{"faq"}, p.Policy.ResponseCache.Tags)

	short := proposal(t, analyse(t, calls, savings.Options{ResponseCacheTTL: 2 * h}), savings.ResponseCache)
	assert.InDelta(t, 2.5, short.SavingsUSD, 1e-9)
	fresh := proposal(t, analyse(t, calls, savings.Options{FreshTags: []string{"faq"}}), savings.ResponseCache)
	assert.Equal(t, savings.NoSaving, fresh.Status)
}

func TestAFailedCallStoresNoAnswer(t *testing.T) {
	calls := repeats("", 0, time.Hour, 2*time.Hour)
	calls[0].Status = usage.Failed
	calls = append(calls, call(30*time.Hour, "gpt-4o", 10, 10))
	p := proposal(t, analyse(t, calls, savings.Options{}), savings.ResponseCache)
	assert.InDelta(t, 2.5, p.SavingsUSD, 1e-9, "only the third call finds an answer")
}

func TestWasteIsARepeatWithinSecondsOfASuccess(t *testing.T) {
	s := time.Second
	calls := repeats("", 0, 4*s, 30*s, 60*s, 63*s)
	calls[3].Status = usage.Failed
	calls = append(calls, call(20*time.Hour, "gpt-4o", 10, 10))
	p := proposal(t, analyse(t, calls, savings.Options{}), savings.Waste)
	assert.Equal(t, savings.Proposed, p.Status)
	assert.EqualValues(t, 1, p.Evidence.Calls, "at 4 s; 30 s is too late and 63 s retries a failure")
	assert.InDelta(t, 2.5, p.SavingsUSD, 1e-9)
	assert.InDelta(t, 2.5, p.Evidence.Rows[0].SavedUSD, 1e-9)
	assert.Equal(t, "000000000000002a", p.Evidence.Rows[0].Hash)
}

// TestWhatAProviderCachesByItselfIsNoSaving has calls that share most of their prompt,
// to a model whose provider caches by itself. Nothing can be switched on; where the
// log does not tell what was cached, the bill is known as a range.
func TestWhatAProviderCachesByItselfIsNoSaving(t *testing.T) {
	calls := func(change func(i int, c *usage.Call)) []usage.Call {
		out := prefixed(200, time.Minute, "gpt-4o", 10)
		for i := range out {
			change(i, &out[i])
		}
		return out
	}
	for name, c := range map[string]struct {
		calls   []usage.Call
		unknown int64
	}{
		"the log does not tell":            {calls(func(int, *usage.Call) {}), 200},
		"it tells that nothing was cached": {calls(func(_ int, c *usage.Call) { c.HasCache = true }), 0},
		"it tells where something was": {calls(func(i int, c *usage.Call) {
			if i%2 == 1 {
				c.CacheRead, c.Input, c.HasCache = 10_240, c.Input-10_240, true
			}
		}), 0},
		"it tells the cost":                {calls(func(_ int, c *usage.Call) { c.ReportedCost, c.HasCost = 0.03, true }), 0},
		"it tells the cost of half of it":  {calls(func(i int, c *usage.Call) { c.ReportedCost, c.HasCost = 0.03, i%2 == 0 }), 100},
		"prefixes that come back too late": {prefixed(200, 10*time.Minute, "gpt-4o", 10), 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := analyse(t, c.calls, savings.Options{})
			p := proposal(t, a, savings.PromptCache)
			assert.Equal(t, savings.NoSaving, p.Status)
			assert.Contains(t, p.Reason, "by themselves")
			if c.unknown == 0 {
				assert.Nil(t, a.Pricing.CacheUnknown)
				return
			}
			require.NotNil(t, a.Pricing.CacheUnknown)
			assert.Equal(t, c.unknown, a.Pricing.CacheUnknown.Calls)
			assert.Contains(t, strings.Join(a.Caveats, "\n"), "does not say what was read from those caches")
		})
	}
}

func TestTheLowerBoundOfAnUntoldCacheIsWhatThePricesSay(t *testing.T) {
	calls := prefixed(200, time.Minute, "gpt-4o", 10)
	a := analyse(t, calls, savings.Options{})
	require.NotNil(t, a.Pricing.CacheUnknown)
	assert.InDelta(t, a.Before.CostUSD, a.Pricing.CacheUnknown.CostUSD, 1e-9)
	want := a.Before.CostUSD
	for _, c := range calls[1:] { // all blocks but the last are those of the call before, in steps of 128
		hit := 1024 + (min(10*1024, c.Prompt())-1024)/128*128
		want -= float64(hit) * (2.5e-6 - 1.25e-6)
	}
	assert.InDelta(t, want, a.Pricing.CacheUnknown.LowerUSD, 1e-9)
}

func TestCachingThatTheLogDoesNotTellIsAssumedAway(t *testing.T) {
	calls := prefixed(200, time.Minute, "claude-sonnet-4-5", 10)
	assumptions := func() string {
		return strings.Join(proposal(t, analyse(t, calls, savings.Options{}), savings.PromptCache).Assumptions, "\n")
	}
	assert.Contains(t, assumptions(), "does not say of every call what was cached")
	for i := range calls {
		calls[i].HasCache = true
	}
	assert.NotContains(t, assumptions(), "does not say of every call what was cached")
}
