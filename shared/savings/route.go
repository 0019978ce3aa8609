package savings

import (
	"fmt"
	"slices"

	"netra/shared/dataset"
)

// route sends classes of calls to another model by a policy that was learned on
// quality labels (package routing). Without labels it saves nothing and proposes
// the sampling that would settle the question.
type route struct {
	*env
	spend perTag[classSpend]
}

// classSpend is what the learned calls of one class and tag cost.
type classSpend struct {
	calls   int64
	cost    float64
	in, out int64
}

func (l *route) name() string { return Routing }

func (l *route) learn(b *batch, n int) {
	for i := range n {
		if b.scale[i] == 0 {
			continue
		}
		s := l.spend.at(b.class[i], b.Tag[i])
		s.calls += b.Counts[i]
		s.cost += b.cost[i]
		s.in += b.prompt[i]
		s.out += b.Output[i]
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
