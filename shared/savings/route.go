package savings

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
	switch policy := l.opts.Routing; {
	case policy != nil && len(policy.Rules) == 0 && policy.Decision != nil:
		return NoSaving, "your quality labels allow no routing: " + policy.Decision.Reason
	case (policy == nil || len(policy.Rules) == 0) && l.file.Carries("quality"):
		return NeedsData, "no quality labels were handed over, and the log's scores are of single answers: they become labels only where two models answered the same prompts, so no saving is claimed"
	case policy == nil || len(policy.Rules) == 0:
		return NeedsData, "no quality labels: what a cheaper model would answer is not known, so no saving is claimed"
	case policy.Learned() && !l.file.Carries("route_grade"):
		return NeedsData, "the policy decides prompt by prompt, and no prompt of this log was graded"
	}
	return Proposed, ""
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
