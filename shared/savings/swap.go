package savings

import (
	"fmt"
	"sort"

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

	options perClass[swapStats]
	// to is the new class of each class, -1 to stay.
	to    []int32
	alone *swapReplay
}

// swapStats are the costs of a model's calls as they were and at each candidate.
type swapStats struct {
	classes []int32
	before  float64
	after   []float64
}

// perClass is a table by class that grows as classes appear.
type perClass[T any] struct{ list []*T }

func (p *perClass[T]) at(class int32, make func() *T) *T {
	for int(class) >= len(p.list) {
		p.list = append(p.list, nil)
	}
	if p.list[class] == nil {
		p.list[class] = make()
	}
	return p.list[class]
}

func newSameModel(e *env) *swap {
	return &swap{env: e, lever: SameModel, status: Proposed, words: sameModelWords,
		candidates: func(ref pricing.Ref) []pricing.Ref { return e.classes.book.Alternatives(ref, e.classes.to) }}
}

func newNewerModel(e *env) *swap {
	return &swap{env: e, lever: NewerModel, status: Optional, words: newerModelWords,
		candidates: func(ref pricing.Ref) []pricing.Ref { return e.classes.book.Successors(ref, e.classes.to) }}
}

func (l *swap) name() string { return l.lever }

// start finds the candidates of a class.
func (l *swap) start(class int32) *swapStats {
	s := &swapStats{}
	k := l.classes.list[class]
	if !k.known {
		return s
	}
	for _, ref := range l.candidates(k.ref) {
		s.classes = append(s.classes, l.classes.named(Model{ref.Provider, ref.Model}))
	}
	s.after = make([]float64, len(s.classes))
	return s
}

func (l *swap) learn(b *batch, n int) {
	for i := range n {
		if b.locked[i] || b.scale[i] == 0 {
			continue
		}
		class := b.class[i]
		s := l.options.at(class, func() *swapStats { return l.start(class) })
		if len(s.classes) == 0 {
			continue
		}
		s.before += b.cost[i]
		for j, to := range s.classes {
			s.after[j] += l.elsewhere(b, i, to)
		}
	}
}

// elsewhere is the cost of a call at another class; where that has no price for
// the call's tier, the call stays.
func (l *swap) elsewhere(b *batch, i int, to int32) float64 {
	s := l.classes.list[to].tiers[b.Tier[i]]
	if s == nil {
		return b.cost[i]
	}
	t := bill{in: b.Input[i], read: b.CacheRead[i], w5: b.Write5m[i], w1: b.Write1h[i], out: b.Output[i]}
	if b.rare {
		t.extras(b.Columns, i)
	}
	return t.cost(s.at(b.Time[i]), b.Counts[i]) * b.scale[i]
}

// worthwhile is the share of a model's cost that a move must save: below it,
// rounding in price tables decides.
const worthwhile = 0.005

func (l *swap) settle() (Status, string) {
	found := false
	for _, s := range l.options.list {
		to := int32(-1)
		if s != nil {
			to = s.cheapest()
		}
		l.to = append(l.to, to)
		found = found || to >= 0
	}
	switch {
	case found:
		return l.status, ""
	case l.lever == SameModel:
		return NoSaving, "no provider in the price book sells the same models for less"
	}
	return NoSaving, "no newer model of the same family is cheaper for these calls"
}

// cheapest returns the class at which the calls cost least, -1 to stay.
func (s *swapStats) cheapest() int32 {
	to, best := int32(-1), s.before*(1-worthwhile)
	for j, usd := range s.after {
		if usd < best {
			to, best = s.classes[j], usd
		}
	}
	return to
}

func (l *swap) actor() actor {
	r := &swapReplay{to: l.to, saved: make([]float64, len(l.to))}
	if l.alone == nil {
		l.alone = r
	}
	return r
}

// swapReplay moves calls to the class of their model's swap.
type swapReplay struct {
	to    []int32
	saved []float64
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
		w.class[i] = r.to[from]
		w.touch(i, usd)
	}
}

func (l *swap) describe(p *Proposal) {
	l.words(p)
	for from, to := range l.to {
		if to >= 0 && l.alone != nil {
			p.Policy.Swaps = append(p.Policy.Swaps, Swap{From: l.classes.list[from].name, To: l.classes.list[to].name, SavingsUSD: l.alone.saved[from]})
		}
	}
	sort.Slice(p.Policy.Swaps, func(i, j int) bool { return p.Policy.Swaps[i].SavingsUSD > p.Policy.Swaps[j].SavingsUSD })
	if len(p.Policy.Swaps) > 0 {
		first := p.Policy.Swaps[0]
		p.Summary = fmt.Sprintf("Move %s from %s to %s", first.From.Model, provider(first.From), first.To.Provider)
		if l.lever == NewerModel {
			p.Summary = fmt.Sprintf("Move %s to %s", first.From.Model, first.To.Model)
		}
		if n := len(p.Policy.Swaps); n > 1 {
			p.Summary += fmt.Sprintf(", and %d more", n-1)
		}
		p.Summary += "."
	}
}

func provider(m Model) string {
	if m.Provider == "" {
		return "its present provider"
	}
	return m.Provider
}

func sameModelWords(p *Proposal) {
	p.Title = "Buy the same model for less"
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
	p.Title = "Move to a newer, cheaper model of the family"
	p.Effort, p.Risk = "medium", "medium"
	p.RiskNote = "A newer model answers differently. Evaluate it on your own prompts first."
	p.Rollback = "Set the old model name again, as long as the provider still serves it."
	p.Assumptions = []string{"The newer model needs as many tokens for the same work."}
	p.Steps = []string{"Run your evaluation set on both models.", "Move one class of calls, compare quality and tokens per call, then the rest."}
	p.Verify = "Quality score and cost per call of both models, side by side for a week."
}
