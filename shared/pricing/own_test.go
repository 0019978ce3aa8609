package pricing_test

import (
	"testing"

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
