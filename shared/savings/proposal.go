package savings

import (
	"time"

	"netra/shared/savings/routing"
)

// The levers, by the names that options, files and the command line use.
const (
	Waste         = "waste"
	ResponseCache = "response-cache"
	NearRepeats   = "near-repeats"
	Routing       = "routing"
	SameModel     = "same-model"
	NewerModel    = "newer-model"
	Context       = "context"
	Output        = "output"
	PromptCache   = "prompt-cache"
	ServiceTier   = "service-tier"
	BatchTier     = "batch"
	Commitment    = "commitment"
)

// Title is the lever's name for people; the lever's own for one that is not known.
func Title(lever string) string {
	switch lever {
	case Waste:
		return "Drop duplicate requests"
	case ResponseCache:
		return "Answer exact repeats from a response cache"
	case NearRepeats:
		return "Answer near repeats from a cache"
	case Routing:
		return "Route easy calls to a cheaper model"
	case SameModel:
		return "Buy the same model for less"
	case NewerModel:
		return "Move to a newer, cheaper model of the family"
	case Context:
		return "Trim resent history in long sessions"
	case Output:
		return "Cap runaway answers"
	case PromptCache:
		return "Cache prompt prefixes at the provider"
	case ServiceTier:
		return "Take calls off the priority tier"
	case BatchTier:
		return "Send work that can wait to the batch tier"
	case Commitment:
		return "Commit to provisioned throughput"
	}
	return lever
}

// Status says what became of a lever.
type Status string

// The statuses of a proposal. Only Proposed ones are in the plan.
const (
	// Proposed: it saves on this log, and so it is in the plan.
	Proposed Status = "proposed"
	// Optional: it saves, but the user must decide first (quality has to be
	// evaluated, or it replaces the way of paying); not in the plan's total.
	Optional Status = "optional"
	// NoSaving: the log carries the lever and it would save nothing.
	NoSaving Status = "no_saving"
	// NeedsData: the log lacks what the lever needs; Reason names it.
	NeedsData Status = "needs_data"
	// Excluded: the user's constraints leave it out.
	Excluded Status = "excluded"
)

// Proposal is what one lever would do to the bill and to response times.
type Proposal struct {
	Lever  string `json:"lever"`
	Title  string `json:"title"`
	Status Status `json:"status"`
	// Reason says why a lever is not in the plan, "" if it is.
	Reason string `json:"reason,omitempty"`
	// Summary is the proposal in one sentence.
	Summary string `json:"summary"`
	Policy  Policy `json:"policy"`

	// CostBeforeUSD, CostAfterUSD and SavingsUSD are over the log, this lever alone.
	CostBeforeUSD float64 `json:"cost_before_usd"`
	CostAfterUSD  float64 `json:"cost_after_usd"`
	SavingsUSD    float64 `json:"savings_usd"`
	// MarginalUSD is the lever's share of the plan's saving over the log: what is
	// left for it after the levers that act before it. The shares add up to the plan.
	MarginalUSD float64 `json:"marginal_usd"`
	// Interval is the 90% interval of SavingsUSD.
	Interval Interval `json:"interval_90"`

	// The monthly figures are nil where Analysis.Extrapolation is.
	EstimatedMonthlyCost    *float64 `json:"estimated_monthly_cost"`
	EstimatedMonthlySavings *float64 `json:"estimated_monthly_savings"`
	// EstimatedSavingsPercentage is of the log's whole cost, 0 to 100.
	EstimatedSavingsPercentage float64   `json:"estimated_savings_percentage"`
	MonthlyInterval            *Interval `json:"monthly_interval_90"`

	// Effort and Risk are low, medium or high.
	Effort string `json:"effort"`
	Risk   string `json:"risk"`
	// RiskNote says what could go wrong.
	RiskNote    string   `json:"risk_note"`
	Rollback    string   `json:"rollback"`
	Assumptions []string `json:"assumptions"`
	// Grounds say what a policy was learned from and measured against.
	Grounds  []string  `json:"grounds,omitempty"`
	Steps    []string  `json:"steps"`
	Evidence Evidence  `json:"evidence"`
	Latency  *Latency  `json:"latency"`
	Verify   string    `json:"verify"`
	Sampling *Sampling `json:"sampling,omitempty"`
}

// Interval is a 90% interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Contains reports whether x lies in the interval.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// Evidence says which calls a proposal stands on.
type Evidence struct {
	// Calls and Tokens (prompt and output) count the calls that change.
	Calls  int64 `json:"calls"`
	Tokens int64 `json:"tokens"`
	// CostUSD is what those calls cost as logged.
	CostUSD float64 `json:"cost_usd"`
	// Rows are the calls with the largest savings, at most 10.
	Rows []EvidenceRow `json:"rows"`
}

// EvidenceRow is one call of the log.
type EvidenceRow struct {
	row  int64
	Line int64     `json:"line"`
	Time time.Time `json:"time"`
	// Provider is "" where the log names none.
	Provider string `json:"provider,omitempty"`
	Model    string `json:"model"`
	Tag      string `json:"tag,omitempty"`
	// Hash is the prompt's hash in hex, "" if the log has no prompts.
	Hash         string  `json:"hash,omitempty"`
	InputTokens  int64   `json:"input_tokens"`
	OutputTokens int64   `json:"output_tokens"`
	CostUSD      float64 `json:"cost_usd"`
	SavedUSD     float64 `json:"saved_usd"`
}

// Latency is what a lever does to the response times of the calls it changes.
type Latency struct {
	// Calls counts the changed calls with a known latency.
	Calls  int64        `json:"calls"`
	Before Distribution `json:"before"`
	After  Distribution `json:"after"`
	// Method says how After was computed.
	Method string `json:"method"`
}

// Distribution holds quantiles in milliseconds.
type Distribution struct {
	P10 float64 `json:"p10_ms"`
	P50 float64 `json:"p50_ms"`
	P90 float64 `json:"p90_ms"`
	P99 float64 `json:"p99_ms"`
}

// Sampling is a plan that would settle what the log cannot: how many calls to
// run again on another model, and what that costs.
type Sampling struct {
	Calls   int64   `json:"calls"`
	CostUSD float64 `json:"cost_usd"`
	// Model is the cheaper model to compare with.
	Model string   `json:"model"`
	Steps []string `json:"steps"`
	// DetectableLoss is the quality loss, 0 to 1, within which so many labels bring
	// the bound on the measured loss at Confidence, for each tag on its own.
	DetectableLoss float64 `json:"detectable_loss"`
	Confidence     float64 `json:"confidence"`
	// AtStakeUSD is the most that the labels could unlock over the calls that
	// were looked at: of the log's first part, in a long log a sample of them.
	AtStakeUSD float64 `json:"at_stake_usd"`
	// Samples are the labels tag by tag, those that could save most per dollar first.
	Samples []routing.Sample `json:"samples"`
}

// Plan is all proposed levers together, from one replay.
type Plan struct {
	Levers        []string `json:"levers"`
	CostBeforeUSD float64  `json:"cost_before_usd"`
	CostAfterUSD  float64  `json:"cost_after_usd"`
	SavingsUSD    float64  `json:"savings_usd"`
	Interval      Interval `json:"interval_90"`
	Percentage    float64  `json:"savings_percentage"`
	// PercentageInterval is the interval of Percentage.
	PercentageInterval Interval `json:"percentage_interval_90"`
	// EffectiveBlocks is how many blocks of time that do not depend on each other
	// would tell as much of Percentage as the log's Span.Blocks do: with a few only,
	// the interval is rough. 0 where nothing is saved.
	EffectiveBlocks float64 `json:"effective_blocks"`
	// SlowDrift is the probability, from 0 to 1 and by what the log shows, that
	// Percentage drifts too slowly for a log of this length: then the interval may be
	// too narrow. 0 where nothing is saved.
	SlowDrift         float64   `json:"slow_drift"`
	MonthlyCostBefore *float64  `json:"monthly_cost_before"`
	MonthlyCost       *float64  `json:"estimated_monthly_cost"`
	MonthlySavings    *float64  `json:"estimated_monthly_savings"`
	MonthlyInterval   *Interval `json:"monthly_interval_90"`
	// Steps are in the order in which the levers act on a call.
	Steps   []Step   `json:"steps"`
	Latency *Latency `json:"latency"`
	// Verdict says in one sentence whether the plan is worth it.
	Verdict string `json:"verdict"`
	// IfAccepted is the plan with the Optional levers too, replayed together; nil if
	// there are none.
	IfAccepted *Plan `json:"if_accepted,omitempty"`
}

// Step is one lever within the plan.
type Step struct {
	Lever string `json:"lever"`
	Title string `json:"title"`
	// AloneUSD is what the lever saves alone, MarginalUSD what it adds after the
	// steps before it. The marginals add up to the plan's saving.
	AloneUSD     float64 `json:"alone_usd"`
	MarginalUSD  float64 `json:"marginal_usd"`
	CostAfterUSD float64 `json:"cost_after_usd"`
	// Interval is the 90% interval of MarginalUSD.
	Interval Interval `json:"interval_90"`
}

// Backtest compares what the first part of the log promised with what the rest
// of it gave. Policies are learned on the first part only.
type Backtest struct {
	// ChosenUntil is the end of the first part, 70% of the span.
	ChosenUntil time.Time `json:"chosen_until"`
	// The figures are shares of the part's own cost, in percent.
	PredictedPercentage float64  `json:"predicted_percentage"`
	Interval            Interval `json:"interval_90"`
	MeasuredPercentage  float64  `json:"measured_percentage"`
	MeasuredUSD         float64  `json:"measured_usd"`
	PredictedUSD        float64  `json:"predicted_usd"`
	// Covered is whether the measured value lies in the interval: averaged over
	// runs it is the confidence accuracy.
	Covered bool `json:"covered"`
	// Levers is the same for each lever of the plan, alone.
	Levers []LeverBacktest `json:"levers"`
}

// LeverBacktest is the backtest of one lever alone.
type LeverBacktest struct {
	Lever               string   `json:"lever"`
	PredictedPercentage float64  `json:"predicted_percentage"`
	Interval            Interval `json:"interval_90"`
	MeasuredPercentage  float64  `json:"measured_percentage"`
	Covered             bool     `json:"covered"`
}

// ConfidenceAccuracy is the share of intervals, of the plan and of each lever,
// that covered what was measured later, and how many there were.
func (b *Backtest) ConfidenceAccuracy() (share float64, n int) {
	if b == nil {
		return 0, 0
	}
	covered := 0
	if b.Covered {
		covered++
	}
	for _, l := range b.Levers {
		if l.Covered {
			covered++
		}
	}
	n = 1 + len(b.Levers)
	return float64(covered) / float64(n), n
}
