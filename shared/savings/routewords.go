package savings

import (
	"fmt"
	"maps"
	"slices"
)

func (l *route) describe(p *Proposal) {
	p.Effort, p.Risk = "high", "medium"
	p.Rollback = "Remove the routing rule; all calls go to the strong model again."
	p.Verify = "Quality score of a labelled sample of routed calls, weekly, against the bound."
	if policy := l.opts.Routing; policy == nil || len(policy.Rules) == 0 {
		p.Summary = "Label a sample of calls on a cheaper model to learn what may be routed."
		p.Sampling = l.sampling()
		if policy != nil && policy.Decision != nil {
			p.Summary, p.Grounds = "Label more calls, at random: the labels so far allow no routing.", policy.grounds()
		}
		return
	}
	policy := l.asLogged()
	p.Policy.Routing = policy
	p.Summary = fmt.Sprintf("Send the calls of %d classes to a cheaper model, within the bound on quality loss.", len(policy.Rules))
	p.RiskNote = fmt.Sprintf("The labels bound the loss of quality at %.2g with %.0f%% confidence; traffic that the labels do not show is not covered.",
		policy.LossBound, 100*policy.Confidence)
	p.Assumptions = []string{
		"The cheaper model needs as many tokens for the same work.",
		"A routed call finds no cached prefix at the other model: its whole prompt is charged as uncached.",
		"What routed calls no longer leave in the first model's cache is charged to the calls that read it there.",
		"How fast the other model answers is not in the log.",
	}
	p.Steps = []string{"Load the routing rules into the gateway.", "Keep labelling 1% of the routed calls."}
	if policy.Learned() {
		l.describeLearned(p, policy)
	}
	p.Grounds = policy.grounds()
}

// asLogged is the policy with the models as the log and the price book name them:
// files to apply are made from it.
func (l *route) asLogged() *RoutingPolicy {
	p := *l.opts.Routing
	p.Rules = nil
	ahead := slices.Collect(maps.Values(l.classes.ahead))
	for _, rule := range l.opts.Routing.Rules {
		for _, class := range l.classes.matching(rule.From) {
			if slices.Contains(ahead, class) {
				continue // a model to move to, not one of the log
			}
			rule.From = l.classes.list[class].name
			if to := l.classes.list[l.classes.target(rule.To)]; to.known {
				rule.To = Model{to.ref.Provider, to.ref.Model}
			}
			p.Rules = append(p.Rules, rule)
		}
	}
	if len(p.Rules) == 0 {
		p.Rules = l.opts.Routing.Rules
	}
	return &p
}

// describeLearned says what a policy that decides prompt by prompt adds.
func (l *route) describeLearned(p *Proposal, policy *RoutingPolicy) {
	rule := policy.Rules[0]
	p.Summary = fmt.Sprintf("Send the prompts that %s answers as well to it instead of %s, prompt by prompt, within the bound on quality loss.", rule.To.Model, rule.From.Model)
	p.Steps = []string{
		"Put router.json and netra_router.py beside the LiteLLM configuration; the head of netra_router.py says how to test it, and how a gateway of your own calls it.",
		"Give every call its class as a tag, as in the log: classes without labels stay where they are.",
		"Keep labelling 1% of the calls to both models, at random, and run this analysis again with them.",
	}
	p.Verify = "The share of calls routed, daily, against the share above: if it moves, the prompts have changed and the bound no longer holds. " + p.Verify
	if d := policy.Decision; d != nil {
		p.Summary += fmt.Sprintf(" It decides %.0f%% of the calls and moves %.0f%% of these.", 100*d.CallShare, 100*d.LogShare)
	}
}

// grounds say what the policy was learned from: bound, measurement, baselines.
func (p *RoutingPolicy) grounds() (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s := p.Study; s != nil && s.Figures != nil && s.Baselines != nil {
		say("Of the gap between the models, averaged over all shares of calls that stay (by chance: 0.5), the learned router recovers %.3f, prompt length alone %.3f, a prior by tag %.3f, on prompts of %d labels that each had not seen.",
			s.APGR, s.Baselines.Length.APGR, s.Baselines.Tag.APGR, s.Rows)
	}
	d := p.Decision
	if d == nil {
		return out
	}
	if d.Moved != nil {
		say("Within the bound the learned router moves %.0f%% of the calls, prompt length alone %.0f%%, a prior by tag %.0f%%.", 100*d.WeakShare, 100*d.Moved.Length, 100*d.Moved.Tag)
	}
	if !d.Proposed {
		return out
	}
	say("The loss of quality, for the log's own mix of classes: %.2g and at most %.2g on the %d labels that the policy was chosen on, %.2g and at most %.2g on %d later ones that had no part in it (bounds at %.0f%% confidence).",
		d.Chosen.Mean, d.Chosen.Bound, d.Chosen.Rows, d.Measured.Mean, d.Measured.Bound, d.Measured.Rows, 100*d.Confidence)
	if d.CallShare > 0 {
		say("It is about %.0f%% of the log's calls to this model, and moves %.0f%% of these. Of each class the labels are taken for a random sample of its calls.", 100*d.CallShare, 100*d.LogShare)
	}
	if d.MaxGrade > 0 {
		say("Calls without a prompt or of classes with too few labels stay. That the log's prompts are graded like the labelled ones was tested.")
	}
	return out
}
