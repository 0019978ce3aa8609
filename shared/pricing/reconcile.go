package pricing

import "math"

// Limits of belief for reported costs, in USD a call but for the first.
const (
	// ImpossibleTimes is how many times the computed cost a reported cost may be
	// before it cannot be: no tier, fee or currency explains a factor of a thousand.
	ImpossibleTimes = 1000
	// LeastLimit is the cost of a call in USD that is always believed: providers round
	// up and charge minimum fees.
	LeastLimit = 0.01
	// UnpricedLimit is the same where tokens do not tell: of a model without a price,
	// whose calls may be images or minutes of sound.
	UnpricedLimit = 100
	// matchShare is how near, as a share, two costs are the same.
	matchShare = 0.001
)

// Impossible reports whether the cost in USD that a log reports for so many calls
// cannot be: negative, not a number, or over a thousand times computed, which is
// tokens times price. Of calls without a price (computed is 0 or less) the dearest
// known price bounds what their tokens can cost. A line of a bill, without tokens and
// for nobody knows how many calls (0), may cost any sum. An impossible row belongs in
// no total.
func Impossible(reported, computed float64, tokens, calls int64) bool {
	if tokens == 0 && calls == 0 {
		return !(reported >= 0 && reported <= math.MaxFloat64)
	}
	limit, least := ImpossibleTimes*computed, LeastLimit
	if computed <= 0 {
		limit, least = float64(tokens)*Dearest*1e-6, UnpricedLimit
	}
	return !(reported >= 0 && reported <= math.Max(limit, least*float64(calls)))
}

// Matches reports whether a reported cost is within 0.1% of a computed one.
func Matches(reported, computed float64) bool {
	return math.Abs(reported-computed) <= matchShare*computed+1e-12
}
