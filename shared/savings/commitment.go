package savings

import (
	"fmt"
	"slices"
)

// commitment buys throughput by the hour at prices that the user gives, and
// compares it with paying per token. It replaces the way of paying, so it is
// never part of the plan's total.
type commitment struct {
	*env
	offers []offerState
	best   int
}

// offerState is the demand that one offer would serve, by hour.
type offerState struct {
	offer  Offer
	from   []int32
	tokens []float64
	cost   []float64
	units  int
}

func (l *commitment) name() string { return Commitment }

func (l *commitment) learn(b *batch, n int) {
	if l.offers == nil {
		for _, o := range l.opts.Offers {
			l.offers = append(l.offers, offerState{offer: o})
		}
	}
	for k := range l.offers {
		l.offers[k].add(l.env, b, n)
	}
}

// add counts the first n calls of a batch by hour.
func (s *offerState) add(e *env, b *batch, n int) {
	s.from = e.classes.matching(s.offer.From)
	for i := range n {
		if b.locked[i] || !slices.Contains(s.from, b.class[i]) {
			continue
		}
		hour := int((b.Time[i] - e.clock.from) / 3_600_000_000)
		for hour >= len(s.tokens) {
			s.tokens, s.cost = append(s.tokens, 0), append(s.cost, 0)
		}
		s.tokens[hour] += float64(b.prompt[i]+b.Output[i]) * b.Weight[i]
		s.cost[hour] += b.cost[i]
	}
}

// pay is the cost of hour h with so many units: what does not fit is paid per token.
func (s *offerState) pay(h, units int) float64 {
	usd := float64(units) * s.offer.USDPerHour
	if capacity := float64(units) * s.offer.TokensPerHour; s.tokens[h] > capacity {
		usd += s.cost[h] * (1 - capacity/s.tokens[h])
	}
	return usd
}

// maxUnits bounds the search for the number of units of an offer without a bound of its own.
const maxUnits = 100

func (l *commitment) settle() (Status, string) {
	if len(l.opts.Offers) == 0 {
		return NeedsData, "no price for provisioned throughput was given"
	}
	if !l.clock.dated() {
		return NeedsData, "the calls have no times, so the load per hour is not known"
	}
	best := 0.0
	for k := range l.offers {
		if usd := l.offers[k].choose(); usd > best {
			best, l.best = usd, k
		}
	}
	if best <= 0 {
		return NoSaving, "at these prices paying per token costs less than any number of units"
	}
	return Optional, "it replaces paying per token and binds you: decide after the other levers are in place"
}

// choose sets the number of units that saves most, and returns what it saves.
func (s *offerState) choose() float64 {
	limit := s.offer.MaxUnits
	if limit <= 0 {
		limit = maxUnits
	}
	best := 0.0
	for units := 1; units <= limit; units++ {
		usd := 0.0
		for h := range s.tokens {
			usd += s.cost[h] - s.pay(h, units)
		}
		if usd > best {
			best, s.units = usd, units
		}
	}
	return best
}

func (l *commitment) actor() actor {
	s := l.offers[l.best]
	s.tokens, s.cost = nil, nil
	return &hourly{env: l.env, state: s}
}

// hourly is the replay of a commitment: it only counts, the bill is by the hour.
type hourly struct {
	*env
	state offerState
}

func (r *hourly) act(w *work) { r.state.add(r.env, w.b, w.b.N) }

// saved puts what each hour saves into the blocks of the bootstrap.
func (r *hourly) saved(into []float64) (total float64) {
	for h := range r.state.tokens {
		usd := r.state.cost[h] - r.state.pay(h, r.state.units)
		into[r.clock.block(r.clock.from+int64(h)*3_600_000_000)] += usd
		total += usd
	}
	return total
}

func (l *commitment) describe(p *Proposal) {
	p.Effort, p.Risk = "medium", "high"
	p.RiskNote = "Units are paid whether used or not: when traffic falls or moves to another model, the commitment stays."
	p.Rollback = "Only at the end of the term."
	p.Assumptions = []string{
		"Load within an hour is even enough for the hour's capacity; what does not fit is paid per token.",
		"The price per unit and its capacity are yours.",
	}
	p.Steps = []string{"Put the other levers in place first: they shrink the load.", "Ask for a trial month at the number of units."}
	p.Verify = "Utilisation per hour against this report's."
	if len(l.offers) == 0 || l.offers[l.best].units == 0 {
		p.Summary = "Give a price per unit and its tokens per hour to compare."
		return
	}
	s := l.offers[l.best]
	p.Policy.Commitment = &CommitmentPolicy{Offer: s.offer, Units: s.units}
	p.Summary = fmt.Sprintf("Buy %d units for %s.", s.units, s.offer.From.Model)
}
