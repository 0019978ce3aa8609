package report

import "netra/shared/savings"

// Recommendation is one lever that saves, with what it takes to use it.
type Recommendation struct {
	Lever   string         `json:"lever"`
	Title   string         `json:"title"`
	Status  savings.Status `json:"status"`
	Reason  string         `json:"reason,omitempty"`
	Summary string         `json:"summary"`
	// EstimatedSavingsUSD is the lever alone, over the log's span; MarginalSavingsUSD
	// is its share of the plan's total.
	EstimatedSavingsUSD        float64  `json:"estimated_savings_usd"`
	EstimatedSavingsPercentage float64  `json:"estimated_savings_percentage"`
	Interval                   Range    `json:"interval_90"`
	MarginalSavingsUSD         float64  `json:"marginal_savings_usd"`
	CostBeforeUSD              float64  `json:"cost_before_usd"`
	CostAfterUSD               float64  `json:"cost_after_usd"`
	EstimatedMonthlySavings    *float64 `json:"estimated_monthly_savings"`
	EstimatedMonthlyCost       *float64 `json:"estimated_monthly_cost"`
	MonthlyInterval            *Range   `json:"monthly_interval_90"`

	Effort      string            `json:"effort"`
	Risk        string            `json:"risk"`
	RiskNote    string            `json:"risk_note"`
	Rollback    string            `json:"rollback"`
	Assumptions []string          `json:"assumptions"`
	Grounds     []string          `json:"grounds,omitempty"`
	Steps       []string          `json:"steps"`
	Evidence    savings.Evidence  `json:"evidence"`
	Verify      string            `json:"verify"`
	Latency     *savings.Latency  `json:"latency"`
	LatencyNote string            `json:"latency_effect"`
	Sampling    *savings.Sampling `json:"sampling,omitempty"`
	Policy      savings.Policy    `json:"policy"`
}

// Declined is a lever that is not recommended.
type Declined struct {
	Lever    string            `json:"lever"`
	Title    string            `json:"title"`
	Status   savings.Status    `json:"status"`
	Reason   string            `json:"reason"`
	Sampling *savings.Sampling `json:"sampling,omitempty"`
}

func (r *Report) recommend(proposals []savings.Proposal) {
	for _, p := range proposals {
		if p.Status == savings.Proposed || p.Status == savings.Optional {
			r.Recommendations = append(r.Recommendations, recommendation(p))
			continue
		}
		r.NotRecommended = append(r.NotRecommended, Declined{p.Lever, p.Title, p.Status, p.Reason, p.Sampling})
	}
}

func recommendation(p savings.Proposal) Recommendation {
	p.Evidence.Rows = list(p.Evidence.Rows)
	return Recommendation{
		Lever: p.Lever, Title: p.Title, Status: p.Status, Reason: p.Reason, Summary: p.Summary,
		EstimatedSavingsUSD: p.SavingsUSD, EstimatedSavingsPercentage: p.EstimatedSavingsPercentage, Interval: bounds(p.Interval),
		MarginalSavingsUSD: p.MarginalUSD, CostBeforeUSD: p.CostBeforeUSD, CostAfterUSD: p.CostAfterUSD,
		EstimatedMonthlySavings: p.EstimatedMonthlySavings, EstimatedMonthlyCost: p.EstimatedMonthlyCost, MonthlyInterval: maybe(p.MonthlyInterval),
		Effort: p.Effort, Risk: p.Risk, RiskNote: p.RiskNote, Rollback: p.Rollback,
		Assumptions: list(p.Assumptions), Grounds: p.Grounds, Steps: list(p.Steps), Evidence: p.Evidence, Verify: p.Verify,
		Latency: p.Latency, LatencyNote: latencyNote(p.Lever, p.Latency), Sampling: p.Sampling, Policy: p.Policy,
	}
}

// Plan is all levers of the plan together.
type Plan struct {
	CostBeforeUSD     float64          `json:"cost_before_usd"`
	CostAfterUSD      float64          `json:"cost_after_usd"`
	SavingsUSD        float64          `json:"savings_usd"`
	SavingsPercentage float64          `json:"savings_percentage"`
	Interval          Range            `json:"interval_90"`
	PercentInterval   Range            `json:"percentage_interval_90"`
	Monthly           *Monthly         `json:"monthly"`
	Steps             []Step           `json:"steps"`
	Latency           *savings.Latency `json:"latency"`
	LatencyNote       string           `json:"latency_effect"`
	Backtest          *Backtest        `json:"backtest"`
	Verdict           string           `json:"verdict"`
	// IfAccepted is the plan with every lever that waits for the user's decision.
	IfAccepted *Plan `json:"if_accepted,omitempty"`
}

// Monthly is the plan for a month of 30 days; Basis says how it was extrapolated.
type Monthly struct {
	BeforeUSD  float64 `json:"before_usd"`
	AfterUSD   float64 `json:"after_usd"`
	SavingsUSD float64 `json:"savings_usd"`
	Interval   Range   `json:"interval_90"`
	Basis      string  `json:"basis"`
}

// Step is one lever within the plan, in the order in which they act.
type Step struct {
	Lever        string  `json:"lever"`
	Title        string  `json:"title"`
	AloneUSD     float64 `json:"alone_usd"`
	MarginalUSD  float64 `json:"marginal_usd"`
	CostAfterUSD float64 `json:"cost_after_usd"`
	Interval     Range   `json:"interval_90"`
}

// Backtest is what the plan promised on the first part of the log and what it
// gave on the rest.
type Backtest struct {
	ChosenOn            string  `json:"chosen_on"`
	PredictedPercentage float64 `json:"predicted_percentage"`
	MeasuredPercentage  float64 `json:"measured_percentage"`
	PredictedUSD        float64 `json:"predicted_usd"`
	MeasuredUSD         float64 `json:"measured_usd"`
	Interval            Range   `json:"interval_90"`
	Covered             bool    `json:"covered"`
	// ConfidenceAccuracy is the share of all intervals of this run that held.
	ConfidenceAccuracy float64 `json:"confidence_accuracy"`
	Intervals          int     `json:"intervals"`
}

func newPlan(a *savings.Analysis) Plan {
	plan := planOf(a.Plan, a.Extrapolation)
	plan.Backtest = newBacktest(a)
	if a.Plan.IfAccepted != nil {
		accepted := planOf(*a.Plan.IfAccepted, a.Extrapolation)
		plan.IfAccepted = &accepted
	}
	return plan
}

func planOf(p savings.Plan, month *savings.Extrapolation) Plan {
	plan := Plan{
		CostBeforeUSD: p.CostBeforeUSD, CostAfterUSD: p.CostAfterUSD, SavingsUSD: p.SavingsUSD, SavingsPercentage: p.Percentage,
		Interval: bounds(p.Interval), PercentInterval: bounds(p.PercentageInterval), Steps: []Step{},
		Latency: p.Latency, LatencyNote: planLatencyNote(p), Verdict: p.Verdict,
	}
	for _, s := range p.Steps {
		plan.Steps = append(plan.Steps, Step{s.Lever, s.Title, s.AloneUSD, s.MarginalUSD, s.CostAfterUSD, bounds(s.Interval)})
	}
	if month != nil && p.MonthlyCostBefore != nil && p.MonthlyCost != nil && p.MonthlySavings != nil {
		plan.Monthly = &Monthly{BeforeUSD: *p.MonthlyCostBefore, AfterUSD: *p.MonthlyCost, SavingsUSD: *p.MonthlySavings, Basis: month.Basis}
		if p.MonthlyInterval != nil {
			plan.Monthly.Interval = bounds(*p.MonthlyInterval)
		}
	}
	return plan
}

func newBacktest(a *savings.Analysis) *Backtest {
	b := a.Backtest
	if b == nil || len(a.Plan.Steps) == 0 {
		return nil // without a lever there is nothing to have held
	}
	share, n := b.ConfidenceAccuracy()
	return &Backtest{
		ChosenOn:            "the first 70% of the log, until " + b.ChosenUntil.UTC().Format("2006-01-02 15:04 UTC"),
		PredictedPercentage: b.PredictedPercentage, MeasuredPercentage: b.MeasuredPercentage,
		PredictedUSD: b.PredictedUSD, MeasuredUSD: b.MeasuredUSD,
		Interval: bounds(b.Interval), Covered: b.Covered, ConfidenceAccuracy: share, Intervals: n,
	}
}

func bounds(i savings.Interval) Range { return Range{i.Low, i.High} }

func maybe(i *savings.Interval) *Range {
	if i == nil {
		return nil
	}
	r := bounds(*i)
	return &r
}

// ConfidenceAccuracyPercent is ConfidenceAccuracy in percent.
func (b Backtest) ConfidenceAccuracyPercent() float64 { return 100 * b.ConfidenceAccuracy }
