package pricing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

func TestOwnPricesOverrideTheBook(t *testing.T) {
	book := embedded(t)
	own, err := pricing.ParseOwnPrices([]byte(`{
		"openai/gpt-4o": {"input": 2, "output": 8, "cache_read": 0.9},
		"claude-sonnet-4-5": {"input": 2, "output": 10},
		"my-llama": {"input": 0.1, "output": 0.2}}`))
	require.NoError(t, err)
	mine := book.With(own)
	for _, c := range []struct {
		hint, name, want             string
		input, read, write1h, output float64
	}{
		{"", "gpt-4o-2024-08-06", "openai/gpt-4o", 2, 0.9, 2, 8},
		{"", "anthropic/claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5", 2, 0.2, 4, 10},
		{"", "my-llama", "own/my-llama", 0.1, 0.1, 0.1, 0.2},
	} {
		r, ok := mine.Resolve(c.hint, c.name)
		require.True(t, ok, c.name)
		assert.Equal(t, c.want, r.String())
		rates, ok := mine.Rates(r, 0, usage.Standard)
		require.True(t, ok)
		assert.Equal(t, c.input, perMillion(rates.Base.Input), c.name)
		assert.Equal(t, c.read, perMillion(rates.Base.CacheRead), c.name)
		assert.Equal(t, c.write1h, perMillion(rates.Base.CacheWrite1h), c.name)
		assert.Equal(t, c.output, perMillion(rates.Base.Output), c.name)
	}
	batch, ok := mine.Rates(ref("openai", "gpt-4o"), 0, usage.Batch)
	require.True(t, ok)
	assert.Equal(t, 1.0, perMillion(batch.Base.Input), "tiers multiply own prices")

	before, _ := book.Rates(ref("openai", "gpt-4o"), 0, usage.Standard)
	assert.Equal(t, 2.5, perMillion(before.Base.Input), "the book itself is not changed")
	_, ok = book.Resolve("", "my-llama")
	assert.False(t, ok)
}

func TestOwnPricesThatCannotBeAreRefused(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"not an object", `[1]`, "want {model"},
		{"unknown field", `{"m":{"inptu":1}}`, "unknown field"},
		{"negative", `{"m":{"input":-1,"output":1}}`, "your price of m"},
		{"priority at 50 times", `{"m":{"input":1,"output":1,"tiers":{"priority":50}}}`, "priority tier costs 50 times the standard price"},
		{"a tier of nothing", `{"m":{"input":1,"output":1,"tiers":{"batch":0}}}`, "batch tier costs 0 times"},
		{"unknown tier", `{"m":{"input":1,"output":1,"tiers":{"express":1}}}`, "unknown tier"},
		{"cache write at 24 times", `{"m":{"input":1,"output":1,"cache_write_5m":24}}`, "24 times input"},
	} {
		_, err := pricing.ParseOwnPrices([]byte(c.file))
		assert.ErrorContains(t, err, c.want, c.name)
	}
}

func TestOwnTiersReplaceThePublishedRules(t *testing.T) {
	own, err := pricing.ParseOwnPrices([]byte(`{"gpt-4o":{"input":2,"output":8,"tiers":{"batch":0.4}},"my-llama":{"input":1,"output":2,"tiers":{"priority":1.5}}}`))
	require.NoError(t, err)
	mine := embedded(t).With(own)
	for _, c := range []struct {
		ref   pricing.Ref
		tier  usage.Tier
		input float64
	}{
		{ref("openai", "gpt-4o"), usage.Batch, 0.8},
		{ref("openai", "gpt-4o"), usage.Priority, 3.4}, // not given: the published 1.7
		{ref("own", "my-llama"), usage.Priority, 1.5},
	} {
		rates, ok := mine.Rates(c.ref, 0, c.tier)
		require.True(t, ok, c.ref)
		assert.Equal(t, c.input, perMillion(rates.Base.Input), "%s %s", c.ref, c.tier)
	}
	_, ok := mine.Rates(ref("own", "my-llama"), 0, usage.Batch)
	assert.False(t, ok, "a tier that nobody gave a price for")
}

func TestAPriceForEveryModelReplacesAllOthersAndKnowsNoShortestPrefix(t *testing.T) {
	book := embedded(t)
	read, write := 0.3, 3.75
	mine := book.With(pricing.OwnPrices{pricing.EveryModel: {Input: 3, Output: 15, CacheRead: &read, CacheWrite5m: &write}, "gpt-4o": {Input: 1, Output: 2}})
	for name, input := range map[string]float64{"": 3, "a model of mine": 3, "claude-haiku-4-5": 3, "gpt-4o": 1} {
		ref, ok := mine.Resolve("", name)
		require.True(t, ok, name)
		rates, ok := mine.Rates(ref, 0, usage.Standard)
		require.True(t, ok, name)
		assert.InDelta(t, input/1e6, rates.Base.Input, 1e-15, name)
	}
	unknown, _ := mine.Resolve("", "")
	facts, ok := mine.Facts(unknown)
	require.True(t, ok)
	assert.Equal(t, pricing.CacheFacts{Step: 1, Lifetime: 5 * time.Minute, Marked: true}, facts.Cache, "no 1-hour price was given")
	haiku, _ := mine.Resolve("", "claude-haiku-4-5")
	facts, _ = mine.Facts(haiku)
	assert.EqualValues(t, 4096, facts.Cache.MinPrefix, "what is known of a model stays known")
	_, ok = book.Resolve("", "a model of mine")
	assert.False(t, ok, "the book itself is not changed")
}
