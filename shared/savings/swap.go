package savings

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"netra/shared/pricing"
)

// swap moves all calls of a model to another one: to the same model elsewhere
// (lever same-model), or to a newer one of its family (lever newer-model).
type swap struct {
	*env
	lever      string
	candidates func(pricing.Ref) []pricing.Ref
	status     Status
	words      func(*Proposal)

	sums [][5]weighted // by class and tier
	// to is the new class of each class, -1 to stay.
	to    []int32
	alone *swapReplay
}

func newSameModel(e *env) *swap {
	return &swap{env: e, lever: SameModel, status: Proposed, words: sameModelWords,
		candidates: func(ref pricing.Ref) []pricing.Ref { return e.classes.book.Alternatives(ref, e.classes.settled) }}
}

func newNewerModel(e *env) *swap {
	return &swap{env: e, lever: NewerModel, status: Optional, words: newerModelWords,
		candidates: func(ref pricing.Ref) []pricing.Ref { return e.classes.book.Successors(ref, e.classes.settled) }}
}

func (l *swap) name() string { return l.lever }

// learn adds up the calls of each class by tier; settle prices the sums, which
// is the same as pricing each call, but for calls over a long-context line: the
// replay prices those exactly.
func (l *swap) learn(b *batch, n int) {
	for i := range n {
		if b.locked[i] || b.scale[i] == 0 {
			continue
		}
		class := b.class[i]
		for int(class) >= len(l.sums) {
			l.sums = append(l.sums, [5]weighted{})
		}
		l.sums[class][b.Tier[i]].add(b, i)
	}
}

// weighted is a sum of bills, each times the scale of its call.
type weighted struct{ calls, in, read, w5, w1, out, cost float64 }

func (s *weighted) add(b *batch, i int) {
	k := b.scale[i]
	s.calls += k * float64(b.Counts[i])
	s.in += k * float64(b.Input[i])
	s.read += k * float64(b.CacheRead[i])
	s.w5 += k * float64(b.Write5m[i])
	s.w1 += k * float64(b.Write1h[i])
	s.out += k * float64(b.Output[i])
	s.cost += b.cost[i]
}

// at is what the calls cost at a schedule's last rates.
func (s *weighted) at(t *schedule) float64 {
	r := &t.rates[len(t.rates)-1]
	return s.in*r.Base.Input + s.read*r.Base.CacheRead + s.w5*r.Base.CacheWrite5m + s.w1*r.Base.CacheWrite1h +
		s.out*r.Base.Output + s.calls*r.Request
}

// worthwhile is the share of a model's cost that a move must save: below it,
// rounding in price tables decides.
const worthwhile = 0.005

func (l *swap) settle() (Status, string) {
	found := false
	for class := range l.sums {
		to := l.cheapest(int32(class))
		l.to = append(l.to, to)
		found = found || to >= 0
	}
	switch {
	case found && l.lever == SameModel && l.opts.NoSlower:
		return Optional, "another host answers at its own speed, which the log does not tell, and you asked for no slower answers"
	case found:
		return l.status, ""
	case l.lever == SameModel:
		return NoSaving, "no provider in the price book sells the same models for less"
	}
	return NoSaving, "no newer model of the same family is cheaper for these calls"
}

// cheapest returns the class at which the calls of a class cost least, -1 to stay. Of
// those that cost as little, one of the same provider needs no new contract.
func (l *swap) cheapest(class int32) int32 {
	k := l.classes.list[class]
	if !k.known {
		return -1
	}
	before := l.cost(class, class)
	to, best := int32(-1), before*(1-worthwhile)
	near, nearest := to, best
	for _, ref := range l.candidates(k.ref) {
		candidate := l.classes.future(ref)
		usd := l.cost(class, candidate)
		if usd < best {
			to, best = candidate, usd
		}
		if ref.Provider == k.ref.Provider && usd < nearest {
			near, nearest = candidate, usd
		}
	}
	if near >= 0 && nearest*(1-worthwhile) <= best {
		return near
	}
	return to
}

// cost is what the calls of a class would cost at another; calls in a tier that
// it does not have stay.
func (l *swap) cost(class, at int32) float64 {
	usd := 0.0
	for tier := range l.sums[class] {
		s := &l.sums[class][tier]
		switch schedule := l.classes.list[at].tiers[tier]; {
		case s.calls == 0:
		case schedule == nil:
			usd += s.cost
		default:
			usd += s.at(schedule)
		}
	}
	return usd
}

func (l *swap) actor() actor {
	r := &swapReplay{to: l.to, saved: make([]float64, len(l.to))}
	if l.alone == nil {
		l.alone, r.output = r, make([]float64, len(l.to))
	}
	return r
}

// swapReplay moves calls to the class of their model's swap.
type swapReplay struct {
	to    []int32
	saved []float64
	// output is what the new models' output costs; nil unless it is measured.
	output []float64
}

func (r *swapReplay) act(w *work) {
	for i := range w.b.N {
		from := w.class[i]
		if int(from) >= len(r.to) || r.to[from] < 0 || w.fixed(i) || w.b.scale[i] == 0 {
			continue
		}
		usd := w.priceAs(i, r.to[from], w.tier[i])
		if usd >= w.cost[i] {
			continue
		}
		r.saved[from] += w.cost[i] - usd
		if r.output != nil {
			out := w.out[i]
			w.out[i] = 0
			r.output[from] += usd - w.priceAs(i, r.to[from], w.tier[i])
			w.out[i] = out
		}
		w.class[i] = r.to[from]
		w.touch(i, usd)
	}
}

func (l *swap) describe(p *Proposal) {
	l.words(p)
	for from, to := range l.to {
		if to >= 0 && l.alone != nil {
			p.Policy.Swaps = append(p.Policy.Swaps, l.swapped(from, to))
		}
	}
	sort.Slice(p.Policy.Swaps, func(i, j int) bool { return p.Policy.Swaps[i].SavingsUSD > p.Policy.Swaps[j].SavingsUSD })
	if len(p.Policy.Swaps) > 0 {
		first := p.Policy.Swaps[0]
		p.Summary = fmt.Sprintf("Move %s from %s to %s", first.From.Model, provider(first.From), first.To.Provider)
		if l.lever == NewerModel || first.From.Provider == first.To.Provider {
			p.Summary = fmt.Sprintf("Move %s to %s", first.From.Model, first.To.Model)
		}
		if n := len(p.Policy.Swaps); n > 1 {
			p.Summary += fmt.Sprintf(", and %d more", n-1)
		}
		p.Summary += "."
		if l.lever == SameModel && slices.ContainsFunc(p.Policy.Swaps, func(s Swap) bool { return s.From.Provider == s.To.Provider }) {
			p.Assumptions = append(p.Assumptions, "Another profile of the same provider may answer in another region: where your data must stay in one, keep the one that you have.")
		}
		if l.lever == NewerModel {
			p.Assumptions = append(p.Assumptions, tokensAlike(p.Policy.Swaps)...)
		}
	}
}

// swapped describes the move of one class.
func (l *swap) swapped(from int, to int32) Swap {
	was, is := l.classes.list[from], l.classes.list[to]
	s := Swap{From: was.name, To: is.name, SavingsUSD: l.alone.saved[from], Thinks: is.facts.Thinks && !was.facts.Thinks}
	if l.alone.output[from] > 0 {
		s.BreakEvenOutput = 1 + s.SavingsUSD/l.alone.output[from]
	}
	return s
}

// tokensAlike says what the savings of newer models rest on: as many tokens for the
// same work, which holds least where the new model reasons and the old one did not.
func tokensAlike(swaps []Swap) []string {
	out := []string{"The newer model takes as many tokens for the same work."}
	if s := swaps[0]; s.BreakEvenOutput > 0 {
		out = append(out, fmt.Sprintf("For %s the saving is gone at %.1f times the output tokens, reasoning included.", s.To.Model, s.BreakEvenOutput))
	}
	var thinks []string
	for _, s := range swaps {
		if s.Thinks && !slices.Contains(thinks, s.To.Model) {
			thinks = append(thinks, s.To.Model)
		}
	}
	if len(thinks) > 0 {
		out = append(out, strings.Join(thinks, ", ")+" reason before they answer and bill it as output, which the models in use do not: set the effort to the least, and count these tokens in your evaluation.")
	}
	return out
}

func provider(m Model) string {
	if m.Provider == "" {
		return "its present provider"
	}
	return m.Provider
}

func sameModelWords(p *Proposal) {
	p.Effort, p.Risk = "medium", "medium"
	p.RiskNote = "Hosts differ in quantisation, limits, data terms and speed although the model is the same."
	p.Rollback = "Point the model's alias back at the old provider."
	p.Assumptions = []string{
		"List prices of the price book; your own discounts can turn the comparison.",
		"The same tokens are billed at the new provider, cached ones at its cache price.",
	}
	p.Steps = []string{"Check the provider's data terms and region.", "Add it to the gateway under the same alias and move 5% of the calls first."}
	p.Verify = "Cost per million tokens of the alias, per day: it should fall by the ratio of the two prices."
}

func newerModelWords(p *Proposal) {
	p.Effort, p.Risk = "medium", "medium"
	p.RiskNote = "A newer model answers differently. Evaluate it on your own prompts first."
	p.Rollback = "Set the old model name again, as long as the provider still serves it."
	p.Assumptions = []string{
		"It is priced as it will be after every change that the price book knows of: an introductory price is not counted on.",
	}
	p.Steps = []string{"Run your evaluation set on both models.", "Move one class of calls, compare quality and tokens per call, then the rest."}
	p.Verify = "Quality score and cost per call of both models, side by side for a week."
}
