package savings

import (
	"cmp"
	"fmt"
	"slices"

	"netra/shared/dataset"
	"netra/shared/pricing"
)

// route sends classes of calls to another model by a policy that was learned on
// quality labels (package routing). Without labels it saves nothing and proposes
// the sampling that would settle the question.
type route struct {
	*env
	spend []classSpend
}

// classSpend is what the learned calls of one class cost.
type classSpend struct {
	calls int64
	cost  float64
	bill  bill
}

func (l *route) name() string { return Routing }

func (l *route) learn(b *batch, n int) {
	for i := range n {
		if b.scale[i] == 0 {
			continue
		}
		for int(b.class[i]) >= len(l.spend) {
			l.spend = append(l.spend, classSpend{})
		}
		s := &l.spend[b.class[i]]
		s.calls += b.Counts[i]
		s.cost += b.cost[i]
		s.bill.in += b.prompt[i]
		s.bill.out += b.Output[i]
	}
}

func (l *route) settle() (Status, string) {
	if l.opts.Routing == nil || len(l.opts.Routing.Rules) == 0 {
		return NeedsData, "no quality labels: what a cheaper model would answer is not known, so no saving is claimed"
	}
	return Proposed, ""
}

func (l *route) actor() actor {
	r := &routeReplay{env: l.env}
	for _, rule := range l.opts.Routing.Rules {
		r.rules = append(r.rules, routeRule{RoutingRule: rule, from: l.classes.matching(rule.From), to: l.classes.target(rule.To),
			tag: tagNamed{names: []string{rule.Tag}}})
	}
	return r
}

// matching returns the classes that are a model, however the log spells it.
func (c *classes) matching(m Model) []int32 {
	want, known := c.resolver.Resolve(m.Provider, m.Model)
	var ids []int32
	for id, k := range c.list {
		if k.name == m || known && k.known && k.ref == want {
			ids = append(ids, int32(id))
		}
	}
	return ids
}

// target returns the class of a model to move to.
func (c *classes) target(m Model) int32 {
	if ref, known := c.resolver.Resolve(m.Provider, m.Model); known {
		return c.future(ref)
	}
	return c.named(m)
}

type routeRule struct {
	RoutingRule
	from []int32
	to   int32
	tag  tagNamed
}

type routeReplay struct {
	*env
	rules []routeRule
}

// act moves calls to the other model. A moved call finds no cached prefix there:
// all of its prompt is charged as uncached, every time.
func (r *routeReplay) act(w *work) {
	for i := range w.b.N {
		if w.fixed(i) || w.b.scale[i] == 0 {
			continue
		}
		for j := range r.rules {
			if r.rules[j].fits(r.file, w, i) && w.reroute(i, r.rules[j].to) {
				break
			}
		}
	}
}

func (r *routeRule) fits(file *dataset.File, w *work, i int) bool {
	return slices.Contains(r.from, w.class[i]) && (r.Tag == "" || r.tag.has(file, w.b.Tag[i])) &&
		(r.MaxPromptTokens == 0 || w.b.prompt[i] <= r.MaxPromptTokens)
}

// reroute moves a call unless it would cost more there.
func (w *work) reroute(i int, to int32) bool {
	in, read, w5, w1 := w.in[i], w.read[i], w.w5[i], w.w1[i]
	w.in[i], w.read[i], w.w5[i], w.w1[i] = w.prompt(i), 0, 0, 0
	usd := w.priceAs(i, to, w.tier[i])
	if usd >= w.cost[i] {
		w.in[i], w.read[i], w.w5[i], w.w1[i] = in, read, w5, w1
		return false
	}
	w.class[i], w.cold[i] = to, true
	w.touch(i, usd)
	return true
}

func (l *route) describe(p *Proposal) {
	p.Effort, p.Risk = "high", "medium"
	p.Rollback = "Remove the routing rule; all calls go to the strong model again."
	p.Verify = "Quality score of a labelled sample of routed calls, weekly, against the bound."
	if l.opts.Routing == nil || len(l.opts.Routing.Rules) == 0 {
		p.Summary = "Label a sample of calls on a cheaper model to learn what may be routed."
		p.Sampling = l.sampling()
		return
	}
	p.Policy.Routing = l.opts.Routing
	p.Summary = fmt.Sprintf("Send the calls of %d classes to a cheaper model, within the bound on quality loss.", len(l.opts.Routing.Rules))
	p.RiskNote = fmt.Sprintf("The labels bound the loss of quality at %.2g with %.0f%% confidence; traffic that the labels do not show is not covered.",
		l.opts.Routing.LossBound, 100*l.opts.Routing.Confidence)
	p.Assumptions = []string{
		"The cheaper model needs as many tokens for the same work.",
		"A routed call finds no cached prefix at the other model: its whole prompt is charged as uncached.",
	}
	p.Steps = []string{"Load the routing rules into the gateway.", "Keep labelling 1% of the routed calls."}
}

// sampleCalls is the size of the proposed sample: paired right-or-wrong labels of
// so many prompts tell a loss of 4 points from none at 95% confidence, if the
// models differ on a quarter of them (1.645 * sqrt(0.25/450) = 0.039).
const sampleCalls = 450

// sampling proposes to run some calls of the dearest model again on a cheaper one.
func (l *route) sampling() *Sampling {
	dearest := -1
	for id, s := range l.spend {
		if s.calls > 0 && (dearest < 0 || s.cost > l.spend[dearest].cost) {
			dearest = id
		}
	}
	if dearest < 0 || !l.classes.list[dearest].known {
		return nil
	}
	s := l.spend[dearest]
	to, usd, ok := l.cheaperNeighbour(l.classes.list[dearest].ref, s)
	if !ok {
		return nil
	}
	return &Sampling{Calls: min(sampleCalls, s.calls), CostUSD: usd * float64(min(sampleCalls, s.calls)), Model: to.Model, DetectableLoss: 0.039,
		Steps: []string{
			fmt.Sprintf("Take %d random calls of %s, from all tags in proportion.", min(sampleCalls, s.calls), l.classes.list[dearest].name.Model),
			fmt.Sprintf("Send the same prompts to %s and keep both answers.", to.Model),
			"Score each pair as right or wrong, or better, equal and worse, and upload the table (prompt, one column per model).",
		}}
}

// cheaperNeighbour finds the model of the same provider that would cost between
// a twentieth and a half of ref for these calls, the dearest of them: the likeliest
// to answer as well. It returns the cost per call there.
func (l *route) cheaperNeighbour(ref pricing.Ref, s classSpend) (pricing.Ref, float64, bool) {
	per := func(r pricing.Ref) float64 {
		rates, ok := l.classes.book.Rates(r, l.classes.settled, "")
		if !ok {
			return 0
		}
		return (float64(s.bill.in)*rates.Base.Input + float64(s.bill.out)*rates.Base.Output) / float64(s.calls)
	}
	now := per(ref)
	models := slices.DeleteFunc(l.classes.book.Models(ref.Provider, l.classes.settled), func(r pricing.Ref) bool {
		return per(r) > now/2 || per(r) < now/20
	})
	if len(models) == 0 {
		return pricing.Ref{}, 0, false
	}
	best := slices.MaxFunc(models, func(a, b pricing.Ref) int { return cmp.Compare(per(a), per(b)) })
	return best, per(best), true
}
