package report

import (
	"fmt"
	"slices"
	"strings"

	"netra/shared/savings"
)

// comply adds to each lever of the order what it keeps or moves, and to the order
// what an audit asks for.
func (r Report) comply(o *Order) {
	chosen := map[string]Recommendation{}
	for _, p := range r.Recommendations {
		chosen[p.Lever] = p
	}
	for _, phase := range o.Phases {
		for i, t := range phase.Levers {
			phase.Levers[i].Compliance = compliance(chosen[t.Lever])
		}
	}
	proof := "the result of its check"
	if slices.Contains(r.Files, "verify.sql") {
		proof += " (verify.sql has queries)"
	}
	o.Notes = []string{
		"Audit: keep for each lever who decided, when it was switched on, its way back and " + proof + ".",
		"These notes name what the levers do to data. They come from the settings of the plan, not from your contracts, and are no legal advice.",
	}
}

// compliance are the notes of one lever.
func compliance(p Recommendation) []string {
	var out []string
	if note := kept(p); note != "" {
		out = append(out, note)
	}
	switch to := newProviders(p); {
	case len(to) > 0:
		out = append(out, "Calls move to "+strings.Join(to, ", ")+": have a data processing agreement, the region and the list of subprocessors settled before the first call.")
	case len(p.Policy.Swaps) > 0 || p.Policy.Routing != nil:
		out = append(out, "The provider stays: check that the other model is served in your region and under the same terms.")
	}
	if p.Rollback != "" {
		out = append(out, "Way back: "+p.Rollback)
	}
	return out
}

// kept says which data a lever stores, where and for how long; "" if none.
func kept(p Recommendation) string {
	const stored = "Your cache stores answers (lifetime in this plan: %s): bound its retention by that, keep it in the region of your data, and be able to erase a user's entries. A stored answer can reach other users: leave out classes with personal data."
	switch {
	case p.Policy.ResponseCache != nil:
		return fmt.Sprintf(stored, lifetime(p.Policy.ResponseCache.TTLSeconds))
	case p.Policy.NearRepeats != nil:
		return fmt.Sprintf(stored, lifetime(p.Policy.NearRepeats.TTLSeconds))
	}
	switch p.Lever {
	case savings.PromptCache:
		return "The provider holds the shared prefixes until they expire: check that your retention terms with it cover cached prompts."
	case savings.BatchTier:
		return "Requests and answers stay as files at the provider after the work is done (Anthropic: results for 29 days; OpenAI: until the files expire or you delete them; others: in your own bucket): delete them once read, and keep them in your region."
	case savings.Context:
		return "A summary of a session is personal data as the session is: the same retention and erasure hold for it."
	case savings.Commitment:
		return "Capacity is bought for a model, a region and a term: settle the region of your data before you sign."
	}
	return ""
}

// newProviders are those to which a policy moves calls from another one, sorted.
func newProviders(p Recommendation) []string {
	var out []string
	add := func(from, to savings.Model) {
		if from.Provider == "" && p.Lever == savings.NewerModel {
			return // the models of a family are of one provider, which the log does not name
		}
		if to.Provider != "" && to.Provider != from.Provider && !slices.Contains(out, to.Provider) {
			out = append(out, to.Provider)
		}
	}
	for _, s := range p.Policy.Swaps {
		add(s.From, s.To)
	}
	if p.Policy.Routing != nil {
		for _, rule := range p.Policy.Routing.Rules {
			add(rule.From, rule.To)
		}
	}
	slices.Sort(out)
	return out
}
