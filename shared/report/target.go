package report

import (
	"fmt"
	"time"

	"netra/shared/goal"
	"netra/shared/words"
)

// Outcome is how far the plan gets to a figure that the user named.
type Outcome string

// The outcomes of a target.
const (
	// Reached: the plan gets there, with all of its 90% interval.
	Reached Outcome = "reached"
	// Uncertain: the plan gets there, and its interval begins short of it.
	Uncertain Outcome = "uncertain"
	// AfterDecisions: only with the levers that wait for the user's decision.
	AfterDecisions Outcome = "after_decisions"
	// Missed: the log shows no way there.
	Missed Outcome = "missed"
	// Unknown: the log does not carry what the target is measured in.
	Unknown Outcome = "unknown"
)

// Target is a figure that the user named, and the answer to it.
type Target struct {
	Asked   string  `json:"asked"`
	Outcome Outcome `json:"outcome"`
	// Text is the answer in a sentence.
	Text string `json:"text"`
}

// targets answers every figure of the goal.
func targets(t goal.Targets, p Plan) []Target {
	out := []Target{}
	if t.CostCut > 0 {
		out = append(out, cutTarget(t.CostCut, p))
	}
	if t.CostUSD > 0 {
		out = append(out, budgetTarget(t.CostUSD, p.Monthly))
	}
	if t.LatencyCut > 0 {
		out = append(out, fasterTarget(t.LatencyCut, p))
	}
	if t.LatencyMS > 0 {
		out = append(out, withinTarget(t.LatencyMS, p))
	}
	return out
}

func cutTarget(cut float64, p Plan) Target {
	asked := fmt.Sprintf("%.3g%%", cut)
	t := Target{Asked: "cut cost by " + asked, Outcome: Missed}
	switch {
	case p.SavingsPercentage >= cut && p.PercentInterval[0] >= cut:
		t.Outcome, t.Text = Reached, fmt.Sprintf("That reaches the %s you asked for.", asked)
	case p.SavingsPercentage >= cut:
		t.Outcome, t.Text = Uncertain, fmt.Sprintf("That reaches the %s you asked for, but the interval begins short of it.", asked)
	case p.IfAccepted != nil && p.IfAccepted.SavingsPercentage >= cut:
		t.Outcome = AfterDecisions
		t.Text = fmt.Sprintf("You asked for %s: it takes the levers that wait for your decision, with which the bill would fall by %s.", asked, percent(p.IfAccepted.SavingsPercentage))
	default:
		t.Text = fmt.Sprintf("You asked for %s: this log shows no way there.", asked)
	}
	return t
}

func budgetTarget(usdPerMonth float64, m *Monthly) Target {
	t := Target{Asked: "spend at most " + words.USD(usdPerMonth) + " a month"}
	switch {
	case m == nil:
		t.Outcome, t.Text = Unknown, fmt.Sprintf("Whether a month stays under %s cannot be said: the log is too short for a monthly figure.", words.USD(usdPerMonth))
	case m.BeforeUSD-m.Interval[0] <= usdPerMonth:
		t.Outcome, t.Text = Reached, fmt.Sprintf("That keeps a month under the %s you named.", words.USD(usdPerMonth))
	case m.AfterUSD <= usdPerMonth:
		t.Outcome, t.Text = Uncertain, fmt.Sprintf("That keeps a month under the %s you named, but the interval ends above it.", words.USD(usdPerMonth))
	default:
		t.Outcome, t.Text = Missed, fmt.Sprintf("You named %s a month: with the plan a month costs %s.", words.USD(usdPerMonth), words.USD(m.AfterUSD))
	}
	return t
}

func fasterTarget(want float64, p Plan) Target {
	asked := fmt.Sprintf("%.3g%%", want)
	t := Target{Asked: "make answers " + asked + " faster"}
	l := p.Latency
	if l == nil || l.Calls == 0 || l.Before.P50 <= 0 {
		t.Outcome, t.Text = Unknown, "Whether answers come faster cannot be said: the calls that the plan changes have no latencies in the log."
		return t
	}
	cut := 100 * (1 - l.After.P50/l.Before.P50)
	if cut >= want {
		t.Outcome, t.Text = Reached, fmt.Sprintf("The median answer comes %s faster; you asked for %s.", percent(cut), asked)
	} else {
		t.Outcome, t.Text = Missed, fmt.Sprintf("You asked for answers %s faster: the median answer comes %s faster.", asked, percent(max(0, cut)))
	}
	return t
}

func withinTarget(ms float64, p Plan) Target {
	limit := words.Duration(time.Duration(ms * float64(time.Millisecond)))
	if ms < 10_000 {
		limit = milliseconds(ms)
	}
	t := Target{Asked: "answers within " + limit}
	l := p.Latency
	switch {
	case l == nil || l.Calls == 0:
		t.Outcome, t.Text = Unknown, fmt.Sprintf("Whether answers come within %s cannot be said: the calls that the plan changes have no latencies in the log.", limit)
	case l.After.P90 <= ms:
		t.Outcome, t.Text = Reached, fmt.Sprintf("Nine of ten answers come within %s, under the %s you named.", milliseconds(l.After.P90), limit)
	default:
		t.Outcome, t.Text = Missed, fmt.Sprintf("You named %s: nine of ten answers come within %s.", limit, milliseconds(l.After.P90))
	}
	return t
}
