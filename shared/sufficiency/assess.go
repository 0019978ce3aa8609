package sufficiency

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"netra/shared/goal"
	"netra/shared/run"
	"netra/shared/usage"
	"netra/shared/words"
)

// Evidence is what is known about the data and what it is wanted for.
type Evidence struct {
	Goal goal.Goal
	// Coverage is what the log carries; nil without a log.
	Coverage *usage.Coverage
	// Bounds is what Survey computed; nil before, and worth is then told from
	// a sample.
	Bounds *Bounds
	// PriceModel tells that the user named a model to price a log without models.
	PriceModel bool
	// Labels tells that quality labels of two models were handed over, LabelsPlan
	// that they were, and which plan can use them, where the user's cannot.
	Labels     bool
	LabelsPlan string
	// Provider is where the log comes from (see Providers), "" if unknown.
	Provider string
}

// Assess scores the data for the goal and lists what is missing, the part with
// the most weight first. A bill is insufficient for any goal, and misses one thing: the
// usage behind it, which tells what else is missing.
func Assess(e Evidence) run.Sufficiency {
	table, weight := parts(), weights(e.Goal)
	type gap struct {
		part   part
		weight float64
	}
	var score float64
	var gaps []gap
	for i, p := range table {
		share := 0.0
		if e.Coverage != nil && e.Coverage.Rows > 0 {
			share = clamp(p.share(e))
		}
		score += weight[i] * share * e.reach(p)
		if share < 1 && weight[i] > 0 {
			gaps = append(gaps, gap{p, weight[i] * (1 - share)})
		}
	}
	slices.SortStableFunc(gaps, func(a, b gap) int { return cmp.Compare(b.weight, a.weight) })
	// Rounding must not lift a log into the next state.
	whole := int(math.Floor(score + 1e-9))
	if e.bill() {
		whole, gaps = min(whole, minimalScore-1), slices.DeleteFunc(gaps, func(g gap) bool { return g.part.field != Tokens })
	}
	s := run.Sufficiency{Score: whole, State: string(stateOf(whole)), Missing: []run.Missing{}}
	for _, g := range gaps {
		s.Missing = append(s.Missing, e.missing(g.part))
	}
	return s
}

// reach is the share of the log for which a part is of use: what a call carries
// beside its tokens and its time saves nothing where the call has no price.
func (e Evidence) reach(p part) float64 {
	switch {
	case e.Coverage == nil || e.Coverage.Rows == 0:
		return 0
	case p.field == Tokens || p.field == Model || p.field == Time || p.field == Span:
		return 1
	}
	return clamp(tokensShare(e) * modelShare(e))
}

// missing describes one missing part.
func (e Evidence) missing(p part) run.Missing {
	m := run.Missing{Field: p.field, Why: e.why(p), Unlocks: e.unlocks(p), Export: Steps(e.Provider, p.field)}
	m.Worth, m.WorthUSD = e.worth(p.field)
	if p.field == Model && e.unpriced() {
		m.Export = append([]string{`Models of your own, or under contract: upload a file {"MODEL": {"input": 0.2, "output": 0.6}} beside the log, in USD per million tokens; "*" prices every model that has no price.`}, m.Export...)
	}
	if p.field == Quality && e.LabelsPlan != "" {
		m.Export = []string{"Nothing to export: change to the plan " + e.LabelsPlan + " and send your message again."}
	}
	return m
}

// bill reports whether the data is a bill: costs without calls or tokens.
func (e Evidence) bill() bool { return e.Coverage != nil && e.Coverage.IsBill() }

// unpriced reports whether the log names models that have no price.
func (e Evidence) unpriced() bool {
	return e.Bounds != nil && e.Bounds.PricedShare < 1 && e.Coverage.Carried.Model > 0
}

// why adds how much of a part there is where some is.
func (e Evidence) why(p part) string {
	if e.Coverage == nil || e.Coverage.Rows == 0 {
		return p.why
	}
	switch share := p.share(e); {
	case p.field == Tokens && e.bill():
		return "this is a bill, which says what was spent and not on which calls: nothing can be replayed without the usage of the same days"
	case p.field == Span && e.hours() == 0:
		return "the log has no times: " + p.why
	case p.field == Span:
		return fmt.Sprintf("the log covers %s: %s", words.Duration(e.Coverage.Span()), p.why)
	case p.field == Quality && e.LabelsPlan != "":
		return "your quality labels are here, but only the plan " + e.LabelsPlan + " learns from them which calls a cheaper model answers as well"
	case p.field == Model && e.unpriced():
		return fmt.Sprintf("%.0f%% of the tokens are of models without a known list price: they cannot be priced, and no saving is computed on them", 100*(1-e.Bounds.PricedShare))
	case p.field == Quality && e.Coverage.Scores != nil && !e.Labels:
		return Scored(e.Coverage.Scores)
	case share > 0:
		return fmt.Sprintf("only a part of the calls has it (%.0f%% of what is needed): %s", 100*share, p.why)
	}
	return p.why
}

// unlocks names the levers that wait for a part and that the goal allows.
func (e Evidence) unlocks(p part) string {
	var names []string
	for _, lever := range p.levers {
		if allowed(lever, e.Goal) {
			names = append(names, lever)
		}
	}
	if len(names) > 0 {
		return strings.Join(names, ", ")
	}
	switch p.field {
	case Latency:
		return "response times before and after"
	case TTFT:
		return "telling what somebody waits for"
	case Cache:
		return "what is cached already"
	case Span:
		return "monthly figures, backtest"
	case Cost:
		return "check of the bill"
	case User:
		return "spend by user"
	}
	return "every figure"
}

func clamp(share float64) float64 { return math.Max(0, math.Min(1, share)) }
