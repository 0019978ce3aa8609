package whatif

import (
	"netra/shared/pricing"
	"netra/shared/usage"
)

// Prices say what tokens cost: one price for all calls, or the book's price of
// each call's model. Reported costs of the log are not used, because a setting
// can only be priced from tokens.
type Prices struct {
	// Fixed is the price of all calls in USD per token; nil prices by Book.
	Fixed *Fixed
	Book  *pricing.Book
	// Provider and Model price the calls that name no model.
	Provider, Model string
	// Read and Write replace the ratio of a cache read and of a cache write to the
	// price of input; nil keeps the book's, or 0.1 and 1.25 with a fixed price.
	Read, Write *float64

	resolver *pricing.Resolver
	rates    map[rateKey]*pricing.Rates
	same     map[pricing.Rates]*pricing.Rates
}

// Fixed is a price in USD per token.
type Fixed struct{ Input, Output float64 }

type rateKey struct {
	provider, model string
	tier            usage.Tier
	halfHour        int64
}

// halfHour is the shortest time between two price changes of a model.
const halfHour = 1_800_000_000 // microseconds

// of returns the rates of a call, nil if it has no price.
func (p *Prices) of(c *usage.Call) *pricing.Rates { return p.tier(c, c.Tier) }

func (p *Prices) tier(c *usage.Call, tier usage.Tier) *pricing.Rates {
	if p.rates == nil {
		p.rates, p.same = map[rateKey]*pricing.Rates{}, map[pricing.Rates]*pricing.Rates{}
		if p.Book != nil {
			p.resolver = p.Book.Resolver()
		}
	}
	key := rateKey{tier: tier}
	if p.Fixed == nil {
		key.provider, key.model, key.halfHour = c.Provider, c.Model, c.Time/halfHour
		if key.model == "" {
			key.provider, key.model = p.Provider, p.Model
		}
	}
	r, ok := p.rates[key]
	if !ok {
		r = p.find(key, c.Time)
		p.rates[key] = r
	}
	return r
}

func (p *Prices) find(key rateKey, at int64) *pricing.Rates {
	var r pricing.Rates
	switch {
	case p.Fixed != nil:
		r = p.Fixed.rates(key.tier)
	case p.Book == nil:
		return nil
	default:
		ref, ok := p.resolver.Resolve(key.provider, key.model)
		if !ok {
			return nil
		}
		if r, ok = p.Book.Rates(ref, at, key.tier); !ok {
			return nil
		}
	}
	p.adjust(&r.Base)
	p.adjust(&r.Long)
	if p.same[r] == nil {
		p.same[r] = &r
	}
	return p.same[r]
}

// batchShare is what providers charge for a batch, as a share of the normal price.
const batchShare = 0.5

// rates are those of a fixed price: reads at 0.1x and writes at 1.25x of input,
// the batch tier at half price, other tiers as standard.
func (f Fixed) rates(tier usage.Tier) pricing.Rates {
	k := 1.0
	if tier == usage.Batch {
		k = batchShare
	}
	s := pricing.RateSet{Input: k * f.Input, CacheRead: 0.1 * k * f.Input, CacheWrite5m: 1.25 * k * f.Input, CacheWrite1h: 2 * k * f.Input,
		Output: k * f.Output, Reasoning: k * f.Output, AudioInput: k * f.Input, AudioOutput: k * f.Output}
	return pricing.Rates{Base: s, Long: s, LongFrom: 1<<63 - 1}
}

func (p *Prices) adjust(s *pricing.RateSet) {
	if p.Read != nil {
		s.CacheRead = *p.Read * s.Input
	}
	if p.Write != nil {
		s.CacheWrite5m, s.CacheWrite1h = *p.Write*s.Input, *p.Write*s.Input
	}
}

// bill adds up tokens at each rate and prices them at the end: sums of whole
// tokens are exact, so the total does not depend on the order of the calls.
type bill struct {
	lines map[*pricing.Rates]*line
	order []*pricing.Rates
}

type line struct {
	base, long usage.Tokens
	calls      int64
}

func (b *bill) add(r *pricing.Rates, t usage.Tokens, calls int64) {
	if r == nil {
		return
	}
	if b.lines == nil {
		b.lines = map[*pricing.Rates]*line{}
	}
	l := b.lines[r]
	if l == nil {
		l = &line{}
		b.lines[r] = l
		b.order = append(b.order, r)
	}
	l.calls += calls
	sum := &l.base
	if t.Prompt()/max(calls, 1) > r.LongFrom {
		sum = &l.long
	}
	sum.Input += t.Input
	sum.CacheRead += t.CacheRead
	sum.CacheWrite5m += t.CacheWrite5m
	sum.CacheWrite1h += t.CacheWrite1h
	sum.Output += t.Output
	sum.Reasoning += t.Reasoning
	sum.AudioInput += t.AudioInput
	sum.AudioOutput += t.AudioOutput
	sum.WebSearches += t.WebSearches
}

// usd is the total.
func (b *bill) usd() float64 {
	total := 0.0
	for _, r := range b.order {
		l := b.lines[r]
		base := *r
		base.LongFrom, base.Request = 1<<63-1, 0
		long := base
		long.Base = r.Long
		total += base.Cost(l.base) + long.Cost(l.long) + r.Request*float64(l.calls)
	}
	return total
}
