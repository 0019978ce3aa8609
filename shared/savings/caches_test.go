package savings_test

import (
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
		"cached by the provider itself":    {prefixed(200, time.Minute, "gpt-4o", 10), savings.Options{}, savings.Proposed, "auto"},
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
