package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/words"
)

// Order says in which order to take the levers, as the user's plan presents them
// (issue 4: strategies by segment). It sorts and explains what the replay found
// and computes no figure.
type Order struct {
	Strategy plan.Strategy `json:"strategy"`
	About    string        `json:"about"`
	Phases   []Phase       `json:"phases"`
	// Notes hold for every lever; only a plan with compliance notes has them.
	Notes []string `json:"compliance_notes,omitempty"`
}

// Phase is a group of levers that are taken together. Gate must hold before the
// next phase.
type Phase struct {
	Title  string   `json:"title"`
	Levers []Turn   `json:"levers"`
	Lines  []string `json:"lines,omitempty"`
	Gate   string   `json:"gate,omitempty"`
}

// Turn is one lever in its phase.
type Turn struct {
	Lever string `json:"lever"`
	Title string `json:"title"`
	Text  string `json:"text"`
	Check string `json:"check,omitempty"`
	// Compliance says what data the lever keeps or moves, and its way back.
	Compliance []string `json:"compliance,omitempty"`
}

// share says what the figures of the levers are.
const share = "A figure within the plan is the lever's share once all of the plan is in place; until then it can save more or less."

// order is nil where the plan is not known or there is no lever to order.
func (r Report) order(p plan.Plan) *Order {
	o := Order{Strategy: p.Strategy}
	switch p.Strategy {
	case plan.Educate:
		o.About, o.Phases = "What each lever does, and the templates to begin with.", r.education()
	case plan.QuickWins:
		o.About, o.Phases = "What pays at once: the levers of the plan with little effort and little risk, the largest first. "+share, r.quickWins()
	case plan.Phased, plan.Full:
		o.About, o.Phases = "One phase after the other: what cannot change an answer comes first, and each phase proves itself before the next. "+share, r.phases()
	}
	if len(o.Phases) == 0 {
		return nil
	}
	if p.Allows(plan.Comply) {
		r.comply(&o)
	}
	return &o
}

// education explains the levers of the log, or all of them where none could be
// replayed, and names the templates that the run left.
func (r Report) education() []Phase {
	learn := Phase{Title: "What the levers are", Levers: []Turn{}}
	for _, p := range r.Recommendations {
		learn.Levers = append(learn.Levers, Turn{Lever: p.Lever, Title: p.Title, Text: meaning(p.Lever), Check: p.Verify})
	}
	for _, d := range r.NotRecommended {
		if d.Status == savings.NeedsData {
			learn.Levers = append(learn.Levers, Turn{Lever: d.Lever, Title: d.Title, Text: meaning(d.Lever)})
		}
	}
	if len(r.Recommendations)+len(r.NotRecommended) == 0 {
		for _, lever := range savings.Levers() {
			learn.Levers = append(learn.Levers, Turn{Lever: lever, Title: savings.Title(lever), Text: meaning(lever)})
		}
	}
	var out []Phase
	if len(learn.Levers) > 0 {
		out = append(out, learn)
	}
	if lines := r.templates(); len(lines) > 0 {
		out = append(out, Phase{Title: "Templates to begin with", Levers: []Turn{}, Lines: lines})
	}
	return out
}

// templates names what of this run can be filled in and used.
func (r Report) templates() []string {
	var out []string
	if len(r.Files) > 0 {
		out = append(out, "Settings: "+strings.Join(r.Files, ", ")+". Begin with one lever and one class of calls.")
	}
	if len(r.Sufficiency.Missing) > 0 {
		var fields []string
		for _, m := range r.Sufficiency.Missing {
			fields = append(fields, m.Field)
		}
		out = append(out, "Export: “Data that would unlock more” has the steps to get "+strings.Join(fields, ", ")+".")
	}
	for _, d := range r.NotRecommended {
		if d.Sampling != nil {
			out = append(out, fmt.Sprintf("Sampling, for “%s”: “Looked at and not recommended” says which %s to run again, and what that costs.", d.Title, words.Count(int(d.Sampling.Calls), "call", "calls")))
		}
	}
	return out
}

// quickWins are the levers of the plan with low effort and low risk.
func (r Report) quickWins() []Phase {
	now := Phase{Title: "Now", Levers: []Turn{}}
	var later, decide []string
	for _, p := range r.bySize() {
		switch {
		case p.Status == savings.Optional:
			decide = append(decide, p.Title)
		case p.Effort == low && p.Risk == low:
			now.Levers = append(now.Levers, turn(p))
		default:
			later = append(later, fmt.Sprintf("%s (effort %s, risk %s)", p.Title, p.Effort, p.Risk))
		}
	}
	if len(now.Levers) == 0 && len(later)+len(decide) > 0 {
		now.Lines = append(now.Lines, "No lever of this plan is both low in effort and low in risk.")
	}
	if len(later) > 0 {
		now.Lines = append(now.Lines, "Then, with more effort or a check: "+strings.Join(later, "; ")+".")
	}
	if len(decide) > 0 {
		now.Lines = append(now.Lines, "Only after your decision: "+strings.Join(decide, "; ")+".")
	}
	if len(now.Levers)+len(now.Lines) == 0 {
		return nil
	}
	return []Phase{now}
}

// low is the lowest grade of a proposal's effort and risk.
const low = "low"

// phases orders the levers by what they could do to answers. Empty phases are
// left out, and the rest numbered.
func (r Report) phases() []Phase {
	holds := "Every check of this phase holds on a log of the days after"
	if slices.Contains(r.Files, "verify.sql") {
		holds += " (verify.sql has queries)"
	}
	all := []Phase{
		{Title: "Answers stay as they are, little risk", Gate: holds + "."},
		{Title: "Needs a check", Gate: holds + ", and a sample of answers is judged no worse than before: quality is kept, or the lever taken back."},
		{Title: "Needs your decision", Gate: "Evaluate each on your own prompts first, and keep it only while its check holds and no quality is lost."},
	}
	for _, p := range r.bySize() {
		at := phaseOf(p)
		all[at].Levers = append(all[at].Levers, turn(p))
	}
	var out []Phase
	for _, phase := range all {
		if len(phase.Levers) > 0 {
			phase.Title = fmt.Sprintf("Phase %d: %s", len(out)+1, phase.Title)
			out = append(out, phase)
		}
	}
	return out
}

// phaseOf counts the phases from 0.
func phaseOf(p Recommendation) int {
	switch {
	case p.Status == savings.Optional || p.Risk == "high":
		return 2
	case p.Risk == low && !savings.MayChangeAnswers(p.Lever):
		return 0
	}
	return 1
}

// bySize are the recommendations by what they add to the plan, then alone.
func (r Report) bySize() []Recommendation {
	return slices.SortedStableFunc(slices.Values(r.Recommendations), func(a, b Recommendation) int {
		return cmp.Or(cmp.Compare(b.MarginalSavingsUSD, a.MarginalSavingsUSD), cmp.Compare(b.EstimatedSavingsUSD, a.EstimatedSavingsUSD))
	})
}

func turn(p Recommendation) Turn {
	text := fmt.Sprintf("%s within the plan; effort %s, risk %s.", words.USD(p.MarginalSavingsUSD), p.Effort, p.Risk)
	if p.Status == savings.Optional {
		text = fmt.Sprintf("%s alone, not in the plan; effort %s, risk %s.", words.USD(p.EstimatedSavingsUSD), p.Effort, p.Risk)
	}
	return Turn{Lever: p.Lever, Title: p.Title, Text: text, Check: p.Verify}
}

// meaning is what a lever is, in a sentence for those who meet it first.
func meaning(lever string) string {
	switch lever {
	case savings.Waste:
		return "A request that is sent twice within seconds is paid twice; joined, it is paid once."
	case savings.ResponseCache:
		return "A prompt that was answered before gets the stored answer, for nothing."
	case savings.NearRepeats:
		return "A prompt that is nearly the same as an earlier one gets its answer, which may not fit."
	case savings.Routing:
		return "Easy calls go to a cheaper model, as far as labels show that it answers them as well."
	case savings.SameModel:
		return "Some models are sold by several hosts; the same calls go to the cheaper one."
	case savings.NewerModel:
		return "A newer model of the family can cost less and answers differently: compare before you move."
	case savings.Context:
		return "A chat sends its whole history with every turn; the oldest turns are dropped or summed up."
	case savings.Output:
		return "Output tokens cost the most; a cap ends the rare answer that runs away."
	case savings.PromptCache:
		return "What prompts have in common at their start is stored by the provider and read at a fraction of the price."
	case savings.ServiceTier:
		return "Some calls are paid for at a premium that buys speed; the same calls at the standard tier cost less."
	case savings.BatchTier:
		return "Work that nobody waits for goes to the provider's batch tier, at a lower price, with answers within a day."
	case savings.Commitment:
		return "Capacity bought by the hour beats paying per token where the load is large and steady."
	}
	return ""
}
