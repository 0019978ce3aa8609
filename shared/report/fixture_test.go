package report

import (
	"time"

	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/usage"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }

// proposal is a lever of the fixture: alone it saves usd of $4,000.
func proposal(lever, title string, status savings.Status, usd, marginal float64) savings.Proposal {
	return savings.Proposal{
		Lever: lever, Title: title, Status: status, Summary: title + " for the calls below.",
		CostBeforeUSD: 4000, CostAfterUSD: 4000 - usd, SavingsUSD: usd, MarginalUSD: marginal,
		Interval: savings.Interval{Low: usd * 0.8, High: usd * 1.15}, EstimatedSavingsPercentage: usd / 40,
		EstimatedMonthlySavings: ptr(usd * 2), MonthlyInterval: &savings.Interval{Low: usd * 1.6, High: usd * 2.3},
		Effort: "low", Risk: "low", RiskNote: "a change of the prompt's first block empties the cache", Rollback: "take the marks out again",
		Assumptions: []string{"prompts stay as they are"}, Steps: []string{"mark the system prompt", "deploy"},
		Evidence: savings.Evidence{Calls: 1200, Tokens: 9_000_000, CostUSD: usd * 3, Rows: []savings.EvidenceRow{
			{Line: 17, Time: at("2026-01-03T10:00:00Z"), Model: "anthropic/claude-sonnet-4-5", Tag: "support", InputTokens: 42_000, OutputTokens: 310, CostUSD: 0.13, SavedUSD: 0.11},
		}},
		Latency: &savings.Latency{Calls: 1200, Before: savings.Distribution{P50: 2100, P90: 6200}, After: savings.Distribution{P50: 1400, P90: 4800}},
		Verify:  "compare cache reads a day later",
	}
}

func analysis() *savings.Analysis {
	a := &savings.Analysis{
		Span:          savings.Span{From: at("2026-01-01T00:00:00Z"), To: at("2026-01-15T00:00:00Z"), Hours: 336, Block: "day", Blocks: 14},
		Extrapolation: &savings.Extrapolation{Factor: 2, Basis: "15 days of log, taken as typical, times 2"},
		Pricing: savings.Pricing{BookAsOf: "2026-08-03",
			Unpriced:          []savings.Unpriced{{Provider: "own", Model: "house-llama", Calls: 40, Tokens: 90_000}},
			UnpricedCallShare: 0.004, UnpricedTokenShare: 0.001,
			Reconciliation: savings.Reconciliation{Rows: 9000, ReportedUSD: 3900, ComputedUSD: 3950, ResidualUSD: -50, Matching: 8800},
			Corrupt:        []savings.CorruptRow{{Line: 4966, Model: "gemini/gemini-2.5-pro", ReportedUSD: 9990.01252875, ComputedUSD: 0.01262875}}, CorruptRows: 1,
			CorruptUSD: 9990.01252875, ReportedUSD: 183.711767246},
		Proposals: []savings.Proposal{
			proposal(savings.PromptCache, "Cache the prompts' common start", savings.Proposed, 900, 800),
			proposal(savings.BatchTier, "Move nightly work to the batch tier", savings.Proposed, 420, 300),
			proposal(savings.NewerModel, "Take the newer model of the family", savings.Optional, 600, 0),
			{Lever: savings.Routing, Title: "Send easy prompts to a cheaper model", Status: savings.NeedsData, Reason: "the log has no quality labels",
				Sampling: &savings.Sampling{Calls: 800, CostUSD: 12.5, Model: "openai/gpt-4o-mini", DetectableLoss: 0.02, Steps: []string{"draw 800 calls"}}},
		},
		Plan: savings.Plan{CostBeforeUSD: 4000, CostAfterUSD: 2900, SavingsUSD: 1100, Percentage: 27.5,
			Interval: savings.Interval{Low: 950, High: 1240}, PercentageInterval: savings.Interval{Low: 23.9, High: 30.8},
			MonthlyCostBefore: ptr(8000.0), MonthlyCost: ptr(5800.0), MonthlySavings: ptr(2200.0), MonthlyInterval: &savings.Interval{Low: 1900, High: 2480},
			Steps: []savings.Step{
				{Lever: savings.PromptCache, Title: "Cache the prompts' common start", AloneUSD: 900, MarginalUSD: 800, CostAfterUSD: 3200, Interval: savings.Interval{Low: 690, High: 905}},
				{Lever: savings.BatchTier, Title: "Move nightly work to the batch tier", AloneUSD: 420, MarginalUSD: 300, CostAfterUSD: 2900, Interval: savings.Interval{Low: 250, High: 340}},
			}},
		Backtest: &savings.Backtest{ChosenUntil: at("2026-01-10T19:00:00Z"), PredictedPercentage: 26, MeasuredPercentage: 28.1, MeasuredUSD: 320, PredictedUSD: 300,
			Interval: savings.Interval{Low: 22, High: 31}, Covered: true, Levers: []savings.LeverBacktest{{Lever: savings.BatchTier}}},
		Curves: savings.Curves{
			PromptCache:   []savings.CurvePoint{{LifetimeSeconds: 60, Hits: 15_257_089, Share: 0.105}, {LifetimeSeconds: 300, Hits: 42_480_677, Share: 0.293}, {LifetimeSeconds: 3600, Hits: 54_000_000, Share: 0.36}, {Hits: 54_098_411, Share: 0.374}},
			ResponseCache: []savings.CurvePoint{{LifetimeSeconds: 60, Hits: 3, Share: 0.001}, {LifetimeSeconds: 300, Hits: 60, Share: 0.02}, {LifetimeSeconds: 3600, Hits: 300, Share: 0.07}, {Hits: 500, Share: 0.1}},
		},
		Findings: []savings.Finding{{Lever: savings.Waste, Text: "Failed calls that were billed.", Calls: 31, CostUSD: 2, Estimated: true}},
		Caveats:  []string{"The log covers two weeks; a month's figure takes them as typical."},
	}
	a.Spend.ByModel = []savings.Slice{{Key: "anthropic/claude-sonnet-4-5", Calls: 6000, InputTokens: 60_000_000, OutputTokens: 2_000_000, CostUSD: 2600},
		{Key: "openai/gpt-4o", Calls: 3000, InputTokens: 20_000_000, OutputTokens: 1_000_000, CostUSD: 1100},
		{Key: "google/gemini-2.5-flash", Calls: 1000, InputTokens: 3_000_000, OutputTokens: 100_000, CostUSD: 300}}
	for day := 1; day <= 15; day++ {
		a.Spend.ByDay = append(a.Spend.ByDay, savings.Slice{Key: at("2026-01-01T00:00:00Z").AddDate(0, 0, day-1).Format(time.DateOnly), Calls: 700, CostUSD: 180 + float64(day*37%200)})
	}
	return a
}

func input() Input {
	coverage := &usage.Coverage{}
	for i := range int64(3) {
		coverage.Add(&usage.Call{Time: at("2026-01-01T00:00:00Z").UnixMicro() + i, Model: "m", Tokens: usage.Tokens{Input: 23_077_024 + i*333, Output: 954_224}, LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1, HasCost: true, ReportedCost: 3391.2414319986666})
	}
	coverage.Finish()
	return Input{
		RunID: "run-1", Goal: "cut our bill by 30%", Status: run.Completed, Analysis: analysis(), Coverage: coverage,
		Logs:        []usage.Report{{Format: "litellm", Rows: 10_050, Calls: 10_000, Unreadable: 2, FirstUnreadable: []usage.Unreadable{{Line: 7, Reason: "no tokens"}}}},
		Notes:       []string{"\"by Friday\" sets no limit that a replay could follow"},
		Sufficiency: &run.Sufficiency{Score: 72, State: "minimal", Missing: []run.Missing{{Field: "quality labels", Why: "Routing needs them.", Unlocks: "routing", Worth: "$100 to $300"}}},
		Files:       []string{"litellm.yaml"}, Events: Events{Count: 40, LastSeq: 40}, TimingMS: map[string]int64{"report": 12}, Made: at("2026-01-16T08:00:00Z"),
	}
}
