package pricing

import (
	"math"

	"netra/shared/usage"
)

// Limits of belief for reported costs.
const (
	// impossibleTimes is how many times the computed cost a reported cost may be
	// before it cannot be: no tier, fee or currency explains a factor of a thousand.
	impossibleTimes = 1000
	// matchShare is how near, as a share, two costs are the same.
	matchShare = 0.001
)

// Verdict is what a reported cost is worth beside a computed one.
type Verdict uint8

// The verdicts of Check.
const (
	// Differs: plausible, but not tokens times price.
	Differs Verdict = iota
	// Matches: within 0.1% of tokens times price.
	Matches
	// Impossible: negative, not a number, or over a thousand times what the tokens
	// can cost. The row belongs in no total.
	Impossible
)

// Check judges a reported cost in USD. computed is the cost by the book, or
// negative for an unpriced call, for which the dearest known price bounds what
// its tokens can cost. A cost under a cent is never impossible: providers round
// up and charge minimum fees.
func Check(reported, computed float64, t usage.Tokens) Verdict {
	if math.IsNaN(reported) || math.IsInf(reported, 0) || reported < 0 {
		return Impossible
	}
	limit := impossibleTimes * computed
	if computed < 0 {
		limit = float64(t.Prompt()+t.Output+1)*dearest*1e-6 + float64(t.WebSearches)
	}
	if reported > math.Max(limit, 0.01) {
		return Impossible
	}
	if computed >= 0 && math.Abs(reported-computed) <= matchShare*computed+1e-12 {
		return Matches
	}
	return Differs
}
