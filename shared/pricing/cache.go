package pricing

import (
	"strings"

	"github.com/shopspring/decimal"
)

// complete adds prices that the provider has published but the row leaves out:
// a 1-hour cache write of Claude, on any platform, costs twice the input price
// (https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing).
// Without it such writes would be charged at the 5-minute price. A free variant
// (https://openrouter.ai/docs/faq: ids that end with :free) costs nothing, which
// its row says by giving no price; any other row without a price is unpriced.
func (ps periods) complete(model string) {
	for _, p := range ps {
		if len(p.set) == 0 && strings.HasSuffix(model, ":free") {
			p.set[unit{direction: "input"}] = price{}
			p.set[unit{direction: "output"}] = price{}
		}
	}
	if !strings.Contains(model, "claude") {
		return
	}
	for _, p := range ps {
		write := unit{direction: "input", kind: "write"}
		hour := unit{direction: "input", kind: "write", ttl: "1h"}
		input, ok := p.set[unit{direction: "input"}]
		_, writes := p.set[write]
		if _, has := p.set[hour]; ok && writes && !has {
			p.set[hour] = input.times(ratio{2, 1})
		}
	}
}

// times returns the price multiplied, its long-context lines too.
func (p price) times(r ratio) price {
	out := price{base: r.of(p.base)}
	for _, l := range p.lines {
		out.lines = append(out.lines, line{l.Start, r.of(l.Price)})
	}
	return out
}

// cacheRatios are cache prices as multiples of the input price.
type cacheRatios struct{ read, write5m, write1h ratio }

// publishedRatios returns the cache prices of a model family as multiples of its
// input price, for price lists (a user's own) that give input and output only.
// It is false for families without a published discount: their cached tokens
// cost the same as others.
//
// Reads: 0.5 for gpt-4o and o1, 0.25 for gpt-4.1, o3 and o4-mini, 0.1 for the
// gpt-5 line, Claude, and Gemini 2.5 and later. Writes: 1.25 (5 minutes) and 2
// (1 hour) for Claude; OpenAI's are free before gpt-5.6 and 1.25 from then on.
func publishedRatios(model string) (cacheRatios, bool) {
	free := func(num, den int64) cacheRatios { return cacheRatios{ratio{num, den}, one(), one()} }
	paid := cacheRatios{ratio{1, 10}, ratio{5, 4}, ratio{5, 4}}
	for _, family := range []struct {
		prefix string
		ratios cacheRatios
	}{
		{"claude", cacheRatios{ratio{1, 10}, ratio{5, 4}, ratio{2, 1}}},
		{"gpt-5.6", paid}, {"gpt-5-6", paid}, {"gpt-5", free(1, 10)},
		{"gpt-4.1", free(1, 4)}, {"gpt-4o", free(1, 2)}, {"o1", free(1, 2)}, {"o3-mini", free(1, 2)}, {"o3", free(1, 4)}, {"o4-mini", free(1, 4)},
		{"gemini-2.5", free(1, 10)}, {"gemini-3", free(1, 10)},
	} {
		if strings.HasPrefix(model, family.prefix) {
			return family.ratios, true
		}
	}
	return cacheRatios{}, false
}

// withRatios fills the cache prices that a set lacks from its input price.
func (s priceSet) withRatios(r cacheRatios) {
	input, ok := s[unit{direction: "input"}]
	if !ok {
		return
	}
	for u, times := range map[unit]ratio{
		{direction: "input", kind: "read"}:             r.read,
		{direction: "input", kind: "write"}:            r.write5m,
		{direction: "input", kind: "write", ttl: "1h"}: r.write1h,
	} {
		if _, has := s[u]; !has {
			s[u] = input.times(times)
		}
	}
}

// perMillion is a price given as a float.
func perMillion(usd float64) price { return price{base: decimal.NewFromFloat(usd)} }
