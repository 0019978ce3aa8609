package sufficiency

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"netra/shared/goal"
	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/usage"
)

// Chance is what a bill without tokens leaves open of one lever: a bound from list
// prices, never a promise. What is really there only the calls can show.
type Chance struct {
	Lever string `json:"lever"`
	// What says what could be done, and on which lines of the bill.
	What string `json:"what"`
	// SpendUSD is the spend that the lever could touch at all, MostUSD what it would
	// save of it if all of it could be moved. The least is always 0, and the bounds of
	// several levers overlap: they must not be added.
	SpendUSD float64 `json:"spend_usd"`
	MostUSD  float64 `json:"most_usd"`
	// Models are the models of that spend, the dearest first.
	Models []string `json:"models"`
}

// lever is one of the levers whose bound list prices give: of a model's charge it
// returns the largest share, 0 to 1, that could be saved.
type lever struct {
	name, what string
	share      func(*pricing.Book, pricing.Ref, usage.ChargeUse) float64
}

func chanceLevers() []lever {
	return []lever{
		{savings.BatchTier, "Batch prices for calls that can wait up to a day", batchShare},
		{savings.PromptCache, "Cache reads instead of full input prices, at providers that cache only what the caller marks", cacheReadShare},
		{savings.NewerModel, "A newer and cheaper model of the same family and size; it answers differently and needs an evaluation", successorShare},
	}
}

// Chances bounds, lever by lever, what the charges of a bill could fall by, at the
// book's newest prices. Levers that the goal excludes, and those that nothing on the bill
// could use, are left out; so are charges of models that the book does not know.
func Chances(charges []usage.ChargeUse, book *pricing.Book, g goal.Goal) []Chance {
	out := []Chance{}
	for _, l := range chanceLevers() {
		if !allowed(l.name, g) {
			continue
		}
		c := Chance{Lever: l.name, What: l.what, Models: []string{}}
		for _, charge := range charges {
			ref, ok := billed(book, charge)
			if !ok || charge.Charge == usage.ChargeOther {
				continue
			}
			share := clamp(l.share(book, ref, charge))
			if share == 0 {
				continue
			}
			c.SpendUSD += charge.CostUSD
			c.MostUSD += share * charge.CostUSD
			if !slices.Contains(c.Models, ref.String()) {
				c.Models = append(c.Models, ref.String())
			}
		}
		if c.MostUSD > 0 {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Chance) int { return cmp.Compare(b.MostUSD, a.MostUSD) })
	return out
}

// billed finds the model of a charge. Bills leave out the date of a model's name, which
// AWS cannot be asked without, and that it is a preview.
func billed(book *pricing.Book, c usage.ChargeUse) (pricing.Ref, bool) {
	for _, name := range []string{c.Model, c.Model + "-preview"} {
		if ref, ok := book.Resolve(c.Provider, name); ok {
			return ref, true
		}
	}
	if c.Provider != "aws" {
		return pricing.Ref{}, false
	}
	for _, ref := range book.Models(c.Provider, book.Settled()) {
		if strings.Contains(ref.Model, "."+c.Model+"-20") {
			return ref, true
		}
	}
	return pricing.Ref{}, false
}

// batchShare is what the batch tier takes off a charge of the standard tier.
func batchShare(book *pricing.Book, ref pricing.Ref, c usage.ChargeUse) float64 {
	rates, known := book.Rates(ref, book.Settled(), c.Tier)
	batch, has := book.Rates(ref, book.Settled(), usage.Batch)
	if !known || !has || c.Tier == usage.Batch || c.Tier == usage.Flex {
		return 0
	}
	return less(rates.Base, batch.Base, c.Charge)
}

// cacheReadShare is what reading from the cache takes off the input; none of it where
// the provider caches unasked, or what is charged is no input that could be read.
func cacheReadShare(book *pricing.Book, ref pricing.Ref, c usage.ChargeUse) float64 {
	rates, known := book.Rates(ref, book.Settled(), c.Tier)
	facts, _ := book.Facts(ref)
	if !known || !facts.Cached || facts.SelfCaching() {
		return 0
	}
	switch c.Charge {
	case usage.ChargeInput, usage.ChargeTokens:
		return off(rates.Base.Input, rates.Base.CacheRead)
	case usage.ChargeWrite:
		return off(max(rates.Base.CacheWrite5m, rates.Base.CacheWrite1h), rates.Base.CacheRead)
	}
	return 0
}

// successorShare is what the cheapest newer model of the family takes off.
func successorShare(book *pricing.Book, ref pricing.Ref, c usage.ChargeUse) float64 {
	rates, known := book.Rates(ref, book.Settled(), c.Tier)
	best := 0.0
	for _, newer := range book.Successors(ref, book.Settled()) {
		if other, ok := book.Rates(newer, book.Settled(), c.Tier); ok && known {
			best = math.Max(best, less(rates.Base, other.Base, c.Charge))
		}
	}
	return best
}

// less is the share that other prices take off a charge; where the bill does not say
// which tokens it charges for, the larger of those off input and output, which are nearly
// all of any bill.
func less(now, other pricing.RateSet, c usage.Charge) float64 {
	switch c {
	case usage.ChargeInput:
		return off(now.Input, other.Input)
	case usage.ChargeCached:
		return off(now.CacheRead, other.CacheRead)
	case usage.ChargeWrite:
		return math.Max(off(now.CacheWrite5m, other.CacheWrite5m), off(now.CacheWrite1h, other.CacheWrite1h))
	case usage.ChargeOutput:
		return off(now.Output, other.Output)
	}
	return math.Max(off(now.Input, other.Input), off(now.Output, other.Output))
}

// off is the share of a price that another one leaves out, 0 if that is no less.
func off(now, other float64) float64 {
	if now <= 0 || other >= now {
		return 0
	}
	return 1 - other/now
}
