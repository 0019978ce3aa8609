package pricing_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

func TestPriceChargesEachTokenAtItsNarrowestPrice(t *testing.T) {
	for _, c := range []struct {
		name, prices         string
		usage                pricing.Usage
		input, output, total string
	}{
		{"cached tokens are inside input", `{"input_mtok":3,"cache_read_mtok":0.3,"output_mtok":15}`,
			pricing.Usage{"input_tokens": 1000, "cache_read_tokens": 900, "output_tokens": 10}, "0.00057", "0.00015", "0.00072"},
		{"an unpriced bucket costs what contains it", `{"input_mtok":3,"output_mtok":15}`,
			pricing.Usage{"input_tokens": 1000, "cache_read_tokens": 900, "output_tokens": 10, "output_reasoning_tokens": 10}, "0.003", "0.00015", "0.00315"},
		{"write lifetimes are inside writes", `{"input_mtok":1,"cache_write_mtok":1.25,"cache_write_1h_mtok":2}`,
			pricing.Usage{"input_tokens": 100, "cache_write_tokens": 100, "cache_write_5m_tokens": 60, "cache_write_1h_tokens": 40}, "0.000155", "0", "0.000155"},
		{"lifetimes alone make the writes", `{"input_mtok":1,"cache_write_mtok":1.25,"cache_write_1h_mtok":2}`,
			pricing.Usage{"input_tokens": 100, "cache_write_5m_tokens": 60, "cache_write_1h_tokens": 40}, "0.000155", "0", "0.000155"},
		{"modalities alone make the input", `{"input_mtok":1,"input_audio_mtok":10}`,
			pricing.Usage{"input_text_tokens": 100, "input_audio_tokens": 10}, "0.0002", "0", "0.0002"},
		{"cached audio is charged once", `{"input_mtok":1,"cache_read_mtok":0.1,"input_audio_mtok":10}`,
			pricing.Usage{"input_tokens": 100, "cache_read_tokens": 50, "input_audio_tokens": 30, "cache_audio_read_tokens": 20}, "0.000145", "0", "0.000145"},
		{"reasoning priced apart", `{"output_mtok":8,"output_reasoning_mtok":3}`,
			pricing.Usage{"output_tokens": 100, "output_reasoning_tokens": 60}, "0", "0.0005", "0.0005"},
		{"searches and requests are neither input nor output", `{"input_mtok":1,"web_searches_kcount":10,"requests_kcount":5}`,
			pricing.Usage{"input_tokens": 100, "web_searches": 2}, "0.0001", "0", "0.0251"},
		{"the long line counts the whole prompt", `{"input_mtok":{"base":1,"tiers":[{"start":100,"price":2}]},"cache_read_mtok":0.1,"output_mtok":{"base":5,"tiers":[{"start":100,"price":9}]}}`,
			pricing.Usage{"input_tokens": 101, "cache_read_tokens": 100, "output_tokens": 10}, "0.000012", "0.00009", "0.000102"},
	} {
		t.Run(c.name, func(t *testing.T) {
			book, err := pricing.Load(strings.NewReader(bookOf(c.prices)))
			require.NoError(t, err)
			cost, err := book.Price(ref("p", "odd"), 0, usage.Standard, c.usage)
			require.NoError(t, err)
			assert.Equal(t, []string{c.input, c.output, c.total}, []string{cost.Input.String(), cost.Output.String(), cost.Total.String()})
		})
	}
}

func TestPriceRefusesUsageThatContradictsItself(t *testing.T) {
	book := embedded(t)
	r := ref("openai", "gpt-4o")
	for _, c := range []struct {
		usage pricing.Usage
		want  string
	}{
		{pricing.Usage{"input_tokens": 10, "cache_read_tokens": 11}, "fewer tokens than its parts"},
		{pricing.Usage{"input_tokens": -1}, "negative"},
		{pricing.Usage{"input_smell": 1}, "unknown unit"},
	} {
		_, err := book.Price(r, 0, usage.Standard, c.usage)
		assert.ErrorContains(t, err, c.want)
	}
	_, err := book.Price(ref("openai", "no-such-model"), 0, usage.Standard, pricing.Usage{})
	assert.ErrorContains(t, err, "no price for openai/no-such-model in the standard tier")
	_, err = book.Price(r, 0, usage.Flex, pricing.Usage{})
	assert.ErrorContains(t, err, "in the flex tier")
}

func TestExactAndFloatAgreeInEveryTier(t *testing.T) {
	book := embedded(t)
	tokens := usage.Tokens{Input: 12_345, CacheRead: 2048, CacheWrite5m: 999, CacheWrite1h: 77, Output: 321, Reasoning: 21, WebSearches: 3}
	for _, r := range []pricing.Ref{ref("openai", "o4-mini"), ref("openai", "gpt-5"), ref("anthropic", "claude-opus-4-6"), ref("google", "gemini-2.5-pro")} {
		for _, tier := range []usage.Tier{usage.Standard, usage.Batch, usage.Flex, usage.Priority} {
			rates, ok := book.Rates(r, 0, tier)
			cost, err := book.Price(r, 0, tier, usageOf(tokens))
			require.Equal(t, ok, err == nil, "%s %s", r, tier)
			if ok {
				assert.InEpsilon(t, cost.Total.InexactFloat64(), rates.Cost(tokens), 1e-12, "%s %s", r, tier)
			}
		}
	}
}

// tokensOf returns the usage in disjoint buckets. Cache writes of unknown lifetime
// count as 5-minute ones, the default of the providers that charge for writes.
func tokensOf(u pricing.Usage) usage.Tokens {
	write5m, write1h := u["cache_write_5m_tokens"], u["cache_write_1h_tokens"]
	write5m += max(0, u["cache_write_tokens"]-write5m-write1h)
	return usage.Tokens{
		Input:        max(0, u["input_tokens"]-u["cache_read_tokens"]-write5m-write1h),
		CacheRead:    u["cache_read_tokens"],
		CacheWrite5m: write5m,
		CacheWrite1h: write1h,
		Output:       u["output_tokens"],
		Reasoning:    u["output_reasoning_tokens"],
		AudioInput:   max(0, u["input_audio_tokens"]-u["cache_audio_read_tokens"]),
		AudioOutput:  u["output_audio_tokens"],
		WebSearches:  u["web_searches"],
	}
}

// usageOf is the inverse of tokensOf: disjoint buckets in the book's keys,
// without those that are zero.
func usageOf(t usage.Tokens) pricing.Usage {
	u := pricing.Usage{}
	for key, n := range map[string]int64{
		"input_tokens":            t.Prompt(),
		"cache_read_tokens":       t.CacheRead,
		"cache_write_tokens":      t.CacheWrite5m + t.CacheWrite1h,
		"cache_write_5m_tokens":   t.CacheWrite5m,
		"cache_write_1h_tokens":   t.CacheWrite1h,
		"output_tokens":           t.Output,
		"output_reasoning_tokens": t.Reasoning,
		"input_audio_tokens":      t.AudioInput,
		"output_audio_tokens":     t.AudioOutput,
		"web_searches":            t.WebSearches,
	} {
		if n != 0 {
			u[key] = n
		}
	}
	return u
}
