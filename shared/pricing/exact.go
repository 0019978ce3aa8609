package pricing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"netra/shared/usage"
)

// Cost is what a call costs, in USD, exact.
type Cost struct {
	Input, Output decimal.Decimal
	// Total is Input and Output and what is neither: requests and web searches.
	Total decimal.Decimal
}

// Price returns the exact cost of a usage at a time (microseconds since the Unix
// epoch, UTC; 0 means Book.AsOf) in the tier that served it. A usage that
// contradicts itself (more cached than input tokens) is an error, as are an
// unknown model and a tier whose price is not known.
func (b *Book) Price(ref Ref, unixMicros int64, tier usage.Tier, u Usage) (Cost, error) {
	set, ok := b.prices(ref, unixMicros, tier)
	if !ok {
		return Cost{}, fmt.Errorf("no price for %s in the %s tier", ref, cmp.Or(tier, "standard"))
	}
	if !set.pricesTokens() {
		return Cost{}, fmt.Errorf("the price book lists %s without a price", ref)
	}
	return set.cost(u)
}

// cost charges every token once: at the price of the narrowest priced class that
// it belongs to. So a class is charged for its count without those of the
// narrower priced classes in it.
func (s priceSet) cost(u Usage) (Cost, error) {
	counts, err := u.units()
	if err != nil {
		return Cost{}, err
	}
	prompt := counts.of(unit{direction: "input"})
	charged := s.charged(counts)
	own := map[unit]int64{}
	var c Cost
	for _, x := range charged {
		n := counts.of(x)
		if x.other == "requests" && n == 0 {
			n = 1
		}
		for y, already := range own {
			if x.contains(y) {
				n -= already
			}
		}
		if n < 0 {
			return Cost{}, fmt.Errorf("usage contradicts itself: %s counts fewer tokens than its parts (by %d)", x, -n)
		}
		own[x] = n
		_, p, _ := s.nearest(x)
		c.add(x, decimal.NewFromInt(n).Mul(p.at(prompt)).Shift(-x.per()))
	}
	return c, nil
}

func (c *Cost) add(x unit, amount decimal.Decimal) {
	switch x.direction {
	case "input":
		c.Input = c.Input.Add(amount)
	case "output":
		c.Output = c.Output.Add(amount)
	}
	c.Total = c.Total.Add(amount)
}

// charged returns the classes to charge, narrowest first: those with a price,
// and counted ones that lie in two priced classes of which neither contains the
// other (cached audio with a price for audio and one for cache reads), which
// would otherwise be charged twice.
func (s priceSet) charged(counts unitCounts) []unit {
	set := map[unit]bool{}
	for u := range s {
		set[u] = true
	}
	for u := range counts {
		if n := s.parents(u); n > 1 {
			set[u] = true
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b unit) int {
		if d := b.depth() - a.depth(); d != 0 {
			return d
		}
		return compareUnits(a, b)
	})
}

// parents counts the narrowest priced classes that contain u.
func (s priceSet) parents(u unit) int {
	n := 0
	for v := range s {
		if v.contains(u) && !s.narrowerBetween(v, u) {
			n++
		}
	}
	return n
}

func (s priceSet) narrowerBetween(v, u unit) bool {
	for w := range s {
		if w != v && v.contains(w) && w.contains(u) {
			return true
		}
	}
	return false
}

// unitCounts are the counts of a usage by class.
type unitCounts map[unit]int64

func (u Usage) units() (unitCounts, error) {
	counts := unitCounts{}
	for key, n := range u {
		x, err := parseUnit(key)
		if err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, fmt.Errorf("%s is negative", key)
		}
		counts[x] = n
	}
	return counts, nil
}

// of returns the count of a class: the reported one, or else the largest sum of
// its parts along one dimension (text and audio and image input make input).
func (c unitCounts) of(u unit) int64 {
	if n, ok := c[u]; ok {
		return n
	}
	sums := map[string]int64{}
	for v, n := range c {
		if v != u && u.contains(v) && v.depth() == u.depth()+1 {
			sums[u.split(v)] += n
		}
	}
	var most int64
	for _, n := range sums {
		most = max(most, n)
	}
	return most
}
