package report

import (
	"encoding/json"
	"slices"
	"time"

	"netra/shared/answer"
	"netra/shared/goal"
	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/sufficiency"
	"netra/shared/usage"
	"netra/shared/words"
)

// Input is everything that a report is made from.
type Input struct {
	RunID  string
	Goal   string
	Status run.Status
	// Plan is the user's: its strategy orders the levers. The zero plan orders none.
	Plan plan.Plan
	// Targets are the figures that the goal names.
	Targets goal.Targets
	// Sufficiency is how far the data carries the goal; nil if it was not judged.
	Sufficiency *run.Sufficiency
	// Logs say how each log was read, Coverage what is in all of them; it may be nil.
	Logs     []usage.Report
	Coverage *usage.Coverage
	// Analysis is nil where the data carries none. Spend is then what the log cost,
	// nil without a log, and Sample the analysis of a public log, shown as an
	// example and marked as one.
	Analysis *savings.Analysis
	Spend    *savings.Analysis
	Sample   *savings.Analysis
	// Chances bound what a bill could fall by; none where the log holds calls.
	Chances []sufficiency.Chance
	// SampleAbout says what that log is, to follow "a".
	SampleAbout string
	// Answer says what the message did to the plan, or nil.
	Answer *answer.Answer
	// Caveats belong beside the figures, as those of the analysis do.
	Caveats []string
	// Tried are other policies that were replayed beside the plan, Remark what a
	// language model says of them.
	Tried  []savings.Trial
	Remark string
	// Difference is what changed against the run that this one follows up, or nil.
	Difference *savings.Difference
	// Notes say what of the goal could not be followed.
	Notes []string
	// Narrative is a summary in words, "" for none. It may come from a model and is
	// shown as plain text beside the figures, never instead of them.
	Narrative string
	// Files are the names of the files to apply.
	Files  []string
	Events Events
	// TimingMS is how long each stage took.
	TimingMS map[string]int64
	// Made is when the report is made.
	Made time.Time
}

// Report is report.json. Money is USD over the log's own span unless the name
// says monthly; an interval is [low, high] at 90%.
type Report struct {
	RunID    string     `json:"run_id"`
	Status   run.Status `json:"status"`
	Goal     string     `json:"goal"`
	Headline string     `json:"headline"`
	// Targets answer the figures that the user named.
	Targets     []Target    `json:"targets"`
	Narrative   string      `json:"narrative,omitempty"`
	Made        time.Time   `json:"made"`
	Sufficiency Sufficiency `json:"sufficiency"`
	Log         Log         `json:"log"`
	// Recommendations are the levers of the plan, by what they add to it, and then
	// those that the user has to decide on (status optional).
	Recommendations []Recommendation `json:"recommendations"`
	// NotRecommended are the other levers, with the reason.
	NotRecommended []Declined `json:"not_recommended"`
	Plan           Plan       `json:"plan"`
	// Order says with which levers to begin.
	Order     *Order            `json:"order,omitempty"`
	Spend     Spend             `json:"spend"`
	CacheHits CacheHits         `json:"cache_hits"`
	Findings  []savings.Finding `json:"findings"`
	Caveats   []string          `json:"caveats"`
	// Notes say what of the goal could not be followed.
	Notes []string `json:"notes"`
	// Answer says what the message did to the plan.
	Answer *answer.Answer `json:"answer,omitempty"`
	// Tried are other policies that were replayed beside the plan, Remark what a
	// language model says of them, every figure checked.
	Tried  []savings.Trial `json:"tried,omitempty"`
	Remark string          `json:"tried_remark,omitempty"`
	// Difference is what changed against the run that this one follows up.
	Difference *savings.Difference `json:"difference,omitempty"`
	// Chances bound, by list prices and lever by lever, what a bill without tokens could
	// fall by: from $0 to most_usd. They are no savings, overlap and must not be added.
	Chances []sufficiency.Chance `json:"chances,omitempty"`
	// Example is what the same analysis finds in a public log, where the user's own
	// data does not carry one yet; its figures are not the user's.
	Example  *Example         `json:"example,omitempty"`
	Files    []string         `json:"files"`
	Events   Events           `json:"events"`
	TimingMS map[string]int64 `json:"timing_ms"`
	// How says how each figure was computed, by the figure's field.
	How map[string]string `json:"how"`
}

// Range is [low, high].
type Range [2]float64

// Sufficiency is how much of what the goal needs the data gives.
type Sufficiency struct {
	Score   int           `json:"score"`
	State   string        `json:"state"`
	Missing []run.Missing `json:"missing"`
}

// Events are the events of the run so far.
type Events struct {
	Count   int64 `json:"count"`
	LastSeq int64 `json:"last_seq"`
}

// Spend breaks the log's cost down.
type Spend struct {
	// USD is the cost of all calls that have a price.
	USD     float64         `json:"usd"`
	ByModel []savings.Slice `json:"by_model"`
	ByDay   []Day           `json:"by_day"`
	ByTag   []savings.Slice `json:"by_tag"`
	// ByUser has pseudonyms.
	ByUser []savings.Slice `json:"by_user"`
	ByTier []savings.Slice `json:"by_tier"`
}

// Day is the spend of one day, UTC.
type Day struct {
	Day     string  `json:"day"`
	Calls   int64   `json:"calls"`
	CostUSD float64 `json:"cost_usd"`
}

// CacheHits are the shares of prompt tokens and of calls that caches of
// unlimited size would have answered, by lifetime.
type CacheHits struct {
	PromptTokens []savings.CurvePoint `json:"prompt_tokens"`
	Responses    []savings.CurvePoint `json:"responses"`
}

// Example is the plan of a public log, for a user whose own log carries none yet.
type Example struct {
	About           string           `json:"about"`
	Calls           int64            `json:"calls"`
	Plan            Plan             `json:"plan"`
	Recommendations []Recommendation `json:"recommendations"`
}

func newExample(a *savings.Analysis, about string) *Example {
	var r Report
	r.recommend(a.Proposals)
	return &Example{About: about, Calls: a.Before.Calls, Plan: newPlan(a), Recommendations: list(r.Recommendations)}
}

// New makes the report.
func New(in Input) Report {
	r := Report{
		RunID: in.RunID, Status: in.Status, Goal: in.Goal, Narrative: in.Narrative, Made: in.Made.UTC(),
		Log: newLog(in), Files: list(in.Files), Events: in.Events, TimingMS: in.TimingMS,
		Recommendations: []Recommendation{}, NotRecommended: []Declined{}, Findings: []savings.Finding{}, Caveats: []string{},
		Spend: Spend{ByModel: []savings.Slice{}, ByDay: []Day{}, ByTag: []savings.Slice{}, ByUser: []savings.Slice{}, ByTier: []savings.Slice{}},
		How:   how(in), Notes: list(in.Notes), Answer: in.Answer, Tried: in.Tried, Remark: in.Remark, Difference: in.Difference, Chances: in.Chances,
	}
	r.Sufficiency.Missing, r.Targets = []run.Missing{}, []Target{}
	if s := in.Sufficiency; s != nil {
		r.Sufficiency = Sufficiency{s.Score, s.State, list(s.Missing)}
	}
	switch {
	case in.Analysis != nil:
		r.analysis(in.Analysis)
		r.Targets = targets(in.Targets, r.Plan)
	case in.Spend != nil:
		r.spent(in.Spend)
	}
	if in.Analysis == nil && in.Sample != nil {
		r.Example = newExample(in.Sample, in.SampleAbout)
	}
	if r.Log.RelativeTime && r.Plan.Backtest != nil {
		r.Plan.Backtest.ChosenOn = "the first 70% of the log"
	}
	r.Caveats = append(slices.Clip(r.Caveats), in.Caveats...)
	r.Headline = headline(r, in)
	r.Order = r.order(in.Plan)
	return r
}

func (r *Report) analysis(a *savings.Analysis) {
	r.recommend(a.Proposals)
	r.Plan = newPlan(a)
	r.spent(a)
	r.CacheHits = CacheHits{list(a.Curves.PromptCache), list(a.Curves.ResponseCache)}
}

// spent takes over what the log cost and what was seen in it.
func (r *Report) spent(a *savings.Analysis) {
	r.Spend.USD = a.Before.CostUSD
	r.Findings, r.Caveats = list(a.Findings), list(a.Caveats)
	if r.Log.BillLines > 0 {
		r.Caveats = billCaveats(a)
	}
	r.Spend.ByModel, r.Spend.ByTag, r.Spend.ByTier = list(a.Spend.ByModel), list(a.Spend.ByTag), list(a.Spend.ByTier)
	r.Spend.ByUser = list(a.Spend.ByUser)
	for _, d := range a.Spend.ByDay {
		r.Spend.ByDay = append(r.Spend.ByDay, Day{d.Key, d.Calls, d.CostUSD})
	}
}

// JSON returns report.json, indented; it may be shown in a terminal.
func (r Report) JSON() ([]byte, error) {
	raw, err := json.MarshalIndent(r, "", "  ")
	return words.JSON(raw), err
}

// list turns nil into an empty list, so that JSON has [] and never null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
