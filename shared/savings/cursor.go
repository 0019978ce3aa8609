package savings

import (
	"math"

	"netra/shared/pricing"
)

// cursor finds the rates of calls that come in order of time. It remembers per
// class and tier the period of the last call, which is nearly always that of the
// next one. A cursor is of one goroutine.
type cursor struct {
	classes *classes
	at      []period // by class and tier
}

// period is a time in which the rates do not change; nil if there are none.
type period struct {
	from, until int64
	rates       *pricing.Rates
}

// The numbers of dataset.Tiers, and how many there are.
const (
	standardCode = 0
	batchCode    = 1
	flexCode     = 2
	priorityCode = 3
	tierCount    = 5
)

// rates returns the rates of a class in a tier at a time, nil if it has no price there.
func (c *cursor) rates(class int32, tier uint8, micros int64) *pricing.Rates {
	if k := int(class)*tierCount + int(tier); k < len(c.at) {
		if p := &c.at[k]; micros >= p.from && micros < p.until {
			return p.rates
		}
	}
	return c.move(class, tier, micros)
}

// move finds the period of a time and remembers it.
func (c *cursor) move(class int32, tier uint8, micros int64) *pricing.Rates {
	for len(c.at) < len(c.classes.list)*tierCount {
		c.at = append(c.at, period{})
	}
	p := &c.at[int(class)*tierCount+int(tier)]
	*p = c.classes.list[class].tiers[tier].period(micros)
	return p.rates
}

// period returns the period that a time lies in.
func (s *schedule) period(micros int64) period {
	p := period{from: math.MinInt64, until: math.MaxInt64}
	if s == nil {
		return p
	}
	k := s.index(micros)
	p.rates = &s.rates[k]
	if k > 0 {
		p.from = s.from[k]
	}
	if k+1 < len(s.from) {
		p.until = s.from[k+1]
	}
	return p
}
