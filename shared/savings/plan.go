package savings

import (
	"fmt"
	"time"

	"netra/shared/words"
)

// planOf describes a joint replay.
func (e *engine) planOf(j *joint, a *Analysis, boot *bootstrap) Plan {
	p := Plan{Levers: []string{}, CostBeforeUSD: a.Before.CostUSD, CostAfterUSD: a.Before.CostUSD, Steps: []Step{}}
	saved := make([]float64, e.clock.n)
	for _, m := range j.members {
		n, l := m.entry, m.ledger
		p.SavingsUSD += l.saved
		p.CostAfterUSD = p.CostBeforeUSD - p.SavingsUSD
		p.Levers = append(p.Levers, n.lever.name())
		p.Steps = append(p.Steps, Step{Lever: n.lever.name(), Title: Title(n.lever.name()), AloneUSD: n.aloneLedger.saved,
			MarginalUSD: l.saved, CostAfterUSD: p.CostAfterUSD, Interval: boot.total(l.byBlock)})
		for k, usd := range l.byBlock {
			saved[k] += usd
		}
	}
	p.Percentage = percent(p.SavingsUSD, p.CostBeforeUSD)
	p.Interval = boot.total(saved)
	p.PercentageInterval = boot.ratio(saved, e.tally.byBlock, 1)
	if p.SavingsUSD > 0 {
		d := boot.dependence(saved, e.tally.byBlock)
		p.EffectiveBlocks, p.SlowDrift = d.effective, d.slow
	}
	if x := a.Extrapolation; x != nil {
		p.MonthlyCostBefore, p.MonthlyCost = scaled(p.CostBeforeUSD, x), scaled(p.CostAfterUSD, x)
		p.MonthlySavings = scaled(p.SavingsUSD, x)
		p.MonthlyInterval = &Interval{Low: p.Interval.Low * x.Factor, High: p.Interval.High * x.Factor}
	}
	if before, after := j.latencies(&e.tally.latency); before.n > 0 && len(j.members) > 0 {
		p.Latency = &Latency{Calls: before.n, Before: before.distribution(), After: after.distribution(),
			Method: "all calls with a known latency but those moved to the batch tier; each lever's method in turn"}
	}
	p.Verdict = verdict(p)
	return p
}

// smallPlan is the percentage below which a plan is called small.
const smallPlan = 2

func verdict(p Plan) string {
	switch {
	case p.CostBeforeUSD <= 0:
		return "Nothing in this log has a known price, so no saving can be computed."
	case len(p.Levers) == 0 || p.SavingsUSD <= 0:
		return "Nothing saves money on this log without a decision of yours."
	case p.Percentage < smallPlan:
		return fmt.Sprintf("The best plan saves little: %s, %.1f%% of the bill. It may not be worth the work.", words.USD(p.SavingsUSD), p.Percentage)
	case p.PercentageInterval.Low <= 0:
		return fmt.Sprintf("The plan saves %s, %.1f%% of the bill, on this log, but the log is too short or too uneven to be sure that it saves at all.", words.USD(p.SavingsUSD), p.Percentage)
	}
	return fmt.Sprintf("The plan cuts the bill from %s to %s, by %.1f%% (90%% interval %.1f%% to %.1f%%).",
		words.USD(p.CostBeforeUSD), words.USD(p.CostAfterUSD), p.Percentage, p.PercentageInterval.Low, p.PercentageInterval.High)
}

// backtest compares the first part of the last replay with the second. Policies
// were learned on the first part only.
func (e *engine) backtest() *Backtest {
	cut := e.clock.cutBlock()
	if !e.clock.dated() || cut < 2 || cut >= e.clock.n {
		return nil
	}
	first := newBootstrap(cut, e.clock.unit, e.opts.Seed)
	first.mix = first.design.mix(cut, e.clock.n)
	before := e.tally.byBlock
	spread := 1 + float64(cut)/float64(e.clock.n-cut)
	part := func(saved []float64) LeverBacktest {
		lb := LeverBacktest{PredictedPercentage: percent(sum(saved[:cut]), sum(before[:cut])),
			MeasuredPercentage: percent(sum(saved[cut:]), sum(before[cut:])),
			Interval:           first.ratio(saved[:cut], before[:cut], spread)}
		lb.Covered = lb.Interval.Contains(lb.MeasuredPercentage)
		return lb
	}
	total := make([]float64, e.clock.n)
	b := &Backtest{ChosenUntil: time.UnixMicro(e.clock.cut).UTC(), Levers: []LeverBacktest{}}
	for _, n := range e.entries {
		if n.planLedger == nil {
			continue
		}
		for k, usd := range n.planLedger.byBlock {
			total[k] += usd
		}
		lb := part(n.aloneLedger.byBlock)
		lb.Lever = n.lever.name()
		b.Levers = append(b.Levers, lb)
	}
	all := part(total)
	b.PredictedPercentage, b.Interval, b.MeasuredPercentage, b.Covered = all.PredictedPercentage, all.Interval, all.MeasuredPercentage, all.Covered
	b.MeasuredUSD, b.PredictedUSD = sum(total[cut:]), all.PredictedPercentage/100*sum(before[cut:])
	return b
}

// ifAccepted is the plan with all levers that wait for a decision, nil if there
// are none, or if one of them would cost money in it: then they must be decided
// on one by one.
func (e *engine) ifAccepted(a *Analysis, boot *bootstrap) *Plan {
	if e.accepted == nil {
		return nil
	}
	for _, m := range e.accepted.members {
		if m.ledger.saved < -cent || m.entry.aloneLedger == nil {
			return nil
		}
	}
	p := e.planOf(e.accepted, a, boot)
	return &p
}

// enoughBlocks is the number of effective blocks below which the report says that
// little is known of the saving.
const enoughBlocks = 3

// likely is the probability of a slow drift above which the report names it. Before
// the log is seen it is about a fifth.
const likely = 1.0 / 3

// main is the plan that the user looks at: what is proposed, or if that saves
// nothing, what waits for decisions.
func (p *Plan) main() *Plan {
	if p.SavingsUSD <= 0 && p.IfAccepted != nil {
		return p.IfAccepted
	}
	return p
}
