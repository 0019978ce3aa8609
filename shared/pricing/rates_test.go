package pricing_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

func micros(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at.UnixMicro()
}

func ref(provider, model string) pricing.Ref { return pricing.Ref{Provider: provider, Model: model} }

// perMillion returns a rate in USD per million tokens.
func perMillion(rate float64) float64 { return math.Round(rate*1e12) / 1e6 }

func TestRatesAreThoseValidAtTheTimeOfTheCall(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		ref           pricing.Ref
		at            string
		input, output float64
	}{
		{ref("openai", "o3"), "2025-06-09T23:59:59Z", 10, 40},
		{ref("openai", "o3"), "2025-06-10T00:00:00Z", 2, 8},
		{ref("deepseek", "deepseek-chat"), "2025-02-06T12:00:00Z", 0.14, 0.28},
		{ref("deepseek", "deepseek-chat"), "2025-02-08T16:00:00Z", 0.27, 1.1},
		{ref("deepseek", "deepseek-chat"), "2025-03-24T22:50:00Z", 0.27, 1.1},
		{ref("anthropic", "claude-3-5-haiku-latest"), "2024-11-07T00:00:00Z", 1, 5},
		{ref("anthropic", "claude-3-5-haiku-latest"), "2025-03-22T00:00:00Z", 0.8, 4},
		{ref("anthropic", "claude-sonnet-5"), "2026-08-31T23:59:59Z", 2, 10},
		{ref("anthropic", "claude-sonnet-5"), "2026-09-01T00:00:00Z", 3, 15},
		{ref("openai", "gpt-5.6-luna"), "2026-07-29T12:00:00Z", 1, 6},
		{ref("openai", "gpt-5.6-luna"), "2026-07-30T12:00:00Z", 0.2, 1.2},
	} {
		rates, ok := book.Rates(c.ref, micros(t, c.at), usage.Standard)
		require.True(t, ok, c.ref)
		assert.Equal(t, c.input, perMillion(rates.Base.Input), "%s at %s", c.ref, c.at)
		assert.Equal(t, c.output, perMillion(rates.Base.Output), "%s at %s", c.ref, c.at)
	}
}

func TestRatesWithoutATimeAreThoseOfTheBooksDay(t *testing.T) {
	book := embedded(t)
	for _, r := range []pricing.Ref{ref("anthropic", "claude-sonnet-5"), ref("openai", "o3")} {
		undated, ok := book.Rates(r, 0, usage.Standard)
		require.True(t, ok)
		dated, ok := book.Rates(r, book.AsOf.UnixMicro(), usage.Standard)
		require.True(t, ok)
		assert.Equal(t, dated, undated)
	}
}

func TestTiersMultiplyWhatTheProviderPublishes(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		name                string
		ref                 pricing.Ref
		tier                usage.Tier
		input, read, output float64
	}{
		{"OpenAI batch halves cached reads too", ref("openai", "gpt-4o"), usage.Batch, 1.25, 0.625, 5},
		{"Anthropic batch includes cache rates", ref("anthropic", "claude-sonnet-4-5"), usage.Batch, 1.5, 0.15, 7.5},
		{"Google batch leaves the cache discount as it is", ref("google", "gemini-2.5-flash"), usage.Batch, 0.15, 0.03, 1.25},
		{"OpenAI flex", ref("openai", "o3"), usage.Flex, 1, 0.25, 4},
		{"OpenAI priority, o4-mini", ref("openai", "o4-mini"), usage.Priority, 2, 0.5, 8},
		{"OpenAI priority, gpt-4o-mini", ref("openai", "gpt-4o-mini"), usage.Priority, 0.25, 0.125, 1},
		{"OpenAI priority, gpt-5", ref("openai", "gpt-5"), usage.Priority, 2.5, 0.25, 20},
		{"OpenAI priority, gpt-4.1", ref("openai", "gpt-4.1"), usage.Priority, 3.5, 0.875, 14},
		{"OpenAI priority, gpt-5.5", ref("openai", "gpt-5.5"), usage.Priority, 12.5, 1.25, 75},
	} {
		t.Run(c.name, func(t *testing.T) {
			rates, ok := book.Rates(c.ref, 0, c.tier)
			require.True(t, ok)
			assert.Equal(t, c.input, perMillion(rates.Base.Input), "input")
			assert.Equal(t, c.read, perMillion(rates.Base.CacheRead), "cache read")
			assert.Equal(t, c.output, perMillion(rates.Base.Output), "output")
		})
	}
}

func TestATierWithoutAPublishedPriceIsUnpriced(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		ref  pricing.Ref
		tier usage.Tier
	}{
		{ref("deepseek", "deepseek-chat"), usage.Batch},
		{ref("anthropic", "claude-sonnet-4-5"), usage.Priority},
		{ref("openai", "gpt-4o"), usage.Flex},
		{ref("openai", "o3-mini"), usage.Priority},
		{ref("openai", "gpt-5-pro"), usage.Priority},
		{ref("openai", "gpt-4o"), "express"},
		{ref("openai", "no-such-model"), usage.Standard},
		{ref("nobody", "gpt-4o"), usage.Standard},
	} {
		_, ok := book.Rates(c.ref, 0, c.tier)
		assert.False(t, ok, "%s %s", c.ref, c.tier)
	}
}

func TestALongContextLineRepricesTheWholeRequest(t *testing.T) {
	rates, ok := embedded(t).Rates(ref("google", "gemini-2.5-pro"), 0, usage.Standard)
	require.True(t, ok)
	require.EqualValues(t, 200_000, rates.LongFrom)
	for _, c := range []struct {
		name   string
		tokens usage.Tokens
		want   float64
	}{
		{"at the line", usage.Tokens{Input: 200_000, Output: 1000}, 200_000*1.25e-6 + 1000*10e-6},
		{"over it, output included", usage.Tokens{Input: 200_001, Output: 1000}, 200_001*2.5e-6 + 1000*15e-6},
		{"the cached part counts", usage.Tokens{Input: 1000, CacheRead: 199_001, Output: 1000}, 1000*2.5e-6 + 199_001*0.25e-6 + 1000*15e-6},
	} {
		assert.InDelta(t, c.want, rates.Cost(c.tokens), 1e-12, c.name)
	}
}

func TestCostChargesEveryBucketOnce(t *testing.T) {
	rates := pricing.Rates{
		Base:     pricing.RateSet{Input: 1, CacheRead: 10, CacheWrite5m: 100, CacheWrite1h: 1000, Output: 1e4, Reasoning: 1e5, AudioInput: 1e6, AudioOutput: 1e7},
		LongFrom: math.MaxInt64, Search: 1e8, Request: 0.5,
	}
	tokens := usage.Tokens{Input: 3, AudioInput: 1, CacheRead: 2, CacheWrite5m: 3, CacheWrite1h: 4, Output: 9, Reasoning: 5, AudioOutput: 1, WebSearches: 2}
	assert.Equal(t, 2+1e6+20+300+4000+3e4+5e5+1e7+2e8+0.5, rates.Cost(tokens))
}

func TestReasoningIsPricedApartOnlyWhereTheModelDoes(t *testing.T) {
	book := embedded(t)
	gemini, _ := book.Rates(ref("google", "gemini-2.5-pro"), 0, usage.Standard)
	assert.Equal(t, gemini.Base.Output, gemini.Base.Reasoning)
	sonar, ok := book.Rates(ref("perplexity", "sonar-deep-research"), 0, usage.Standard)
	require.True(t, ok)
	assert.NotEqual(t, sonar.Base.Output, sonar.Base.Reasoning)
}

func TestAnHourOfClaudeCacheCostsTwiceTheInputEverywhere(t *testing.T) {
	book := embedded(t)
	for _, name := range []string{"anthropic/claude-sonnet-4-5", "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0", "openrouter/anthropic/claude-sonnet-4.5"} {
		r, ok := book.Resolve("", name)
		require.True(t, ok, name)
		rates, ok := book.Rates(r, 0, usage.Standard)
		require.True(t, ok)
		assert.InEpsilon(t, 2*rates.Base.Input, rates.Base.CacheWrite1h, 1e-12, name)
		assert.InEpsilon(t, 1.25*rates.Base.Input, rates.Base.CacheWrite5m, 1e-12, name)
	}
}

func TestCostDoesNotAllocate(t *testing.T) {
	rates, _ := embedded(t).Rates(ref("openai", "gpt-4o"), 0, usage.Standard)
	tokens := usage.Tokens{Input: 1000, Output: 100}
	assert.Zero(t, testing.AllocsPerRun(100, func() { rates.Cost(tokens) }))
}

func TestPeriodsNameEveryChangeOfPrice(t *testing.T) {
	book := embedded(t)
	from, to := micros(t, "2024-01-01T00:00:00Z"), micros(t, "2026-01-01T00:00:00Z")
	assert.Equal(t, []int64{micros(t, "2025-06-10T00:00:00Z")}, book.Periods(ref("openai", "o3"), from, to))
	assert.Empty(t, book.Periods(ref("openai", "gpt-4o"), from, to))
	assert.Empty(t, book.Periods(ref("openai", "no-such-model"), from, to))
}

// Between two changes the rates are constant, also for a model with a price by
// the hour of the day.
func TestRatesAreConstantBetweenPeriods(t *testing.T) {
	book := embedded(t)
	r := ref("deepseek", "deepseek-chat")
	from, to := micros(t, "2025-09-01T00:00:00Z"), micros(t, "2025-09-10T00:00:00Z")
	changes := book.Periods(r, from, to)
	require.NotEmpty(t, changes)
	next := 0
	last, _ := book.Rates(r, from, usage.Standard)
	for at := from; at < to; at += int64(10 * time.Minute / time.Microsecond) {
		if next < len(changes) && at >= changes[next] {
			next++
			last, _ = book.Rates(r, at, usage.Standard)
		}
		now, _ := book.Rates(r, at, usage.Standard)
		require.Equal(t, last, now, time.UnixMicro(at).UTC())
	}
	assert.Equal(t, len(changes), next)
}

func TestSettledIsAfterEveryKnownChange(t *testing.T) {
	book := embedded(t)
	settled := book.Settled()
	sonnet := ref("anthropic", "claude-sonnet-5")
	now, _ := book.Rates(sonnet, 0, usage.Standard)
	then, _ := book.Rates(sonnet, settled, usage.Standard)
	assert.Equal(t, 2.0, perMillion(now.Base.Input), "the introductory price of the book's day")
	assert.Equal(t, 3.0, perMillion(then.Base.Input), "the price to reckon with")
	assert.Empty(t, book.Periods(sonnet, settled, settled+int64(10*365*24*time.Hour/time.Microsecond)))
}
