package savings_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/usage"
)

func TestThePlansTotalEqualsABruteForceReplayToTheCent(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			calls := busyLog(seed, 4000, []time.Duration{20 * time.Hour, 40 * time.Hour, 16 * 24 * time.Hour}[seed%3])
			opts := savings.Options{BatchTags: []string{"report"}}
			if seed%2 == 1 {
				opts.Accept = []string{savings.NewerModel, savings.Context, savings.Output, savings.ServiceTier}
			}
			if seed%4 == 2 {
				opts.ExcludeTags = []string{"search"}
			}
			a := analyse(t, calls, opts)
			// Over 16 days prefixes come back too late to be cached.
			require.GreaterOrEqual(t, len(a.Plan.Levers), []int{3, 3, 2}[seed%3], "%v", a.Plan.Levers)
			equalsNaive(t, a, calls)
			marginals := 0.0
			for _, s := range a.Plan.Steps {
				marginals += s.MarginalUSD
			}
			assert.InDelta(t, a.Plan.SavingsUSD, marginals, 1e-9, "the shares add up to the plan")
		})
	}
}

// gradedLog is a busy log whose calls to one model carry the grades of a learned
// router, but for those of one class and a few without prompt text.
func gradedLog(seed uint64, n int, span time.Duration) []usage.Call {
	calls := busyLog(seed, n, span)
	r := rand.New(rand.NewPCG(seed, 31))
	for i := range calls {
		c := &calls[i]
		if c.Model != "gpt-4o" {
			continue
		}
		if c.Tag != "search" && r.IntN(20) > 0 {
			c.Grade = uint8(1 + r.IntN(routing.Grades))
		}
		if c.CacheRead == 0 && len(c.Blocks) > 3 && r.IntN(2) == 0 {
			c.CacheRead = 512 * int64(1+r.IntN(len(c.Blocks)-2))
			c.Input -= c.CacheRead
		}
		if r.IntN(10) == 0 { // some prompts are known by their hash only
			c.Blocks, c.Grade = nil, 0
		}
	}
	return calls
}

// learnedRouting routes prompts of the first grades, and a class as a whole.
func learnedRouting(grade int, tag string) *savings.RoutingPolicy {
	from, to := savings.Model{Model: "gpt-4o"}, savings.Model{Provider: "openai", Model: "gpt-4o-mini"}
	p := &savings.RoutingPolicy{LossBound: 0.02, Confidence: 0.9, Rules: []savings.RoutingRule{{From: from, To: to, MaxGrade: grade}}}
	if tag != "" {
		p.Rules = append(p.Rules, savings.RoutingRule{Tag: tag, From: from, To: to})
	}
	return p
}

func TestALearnedPolicysTotalEqualsABruteForceReplayToTheCent(t *testing.T) {
	for seed := range uint64(9) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			calls := gradedLog(seed, 4000, []time.Duration{2 * time.Hour, 40 * time.Hour, 16 * 24 * time.Hour}[seed%3])
			opts := savings.Options{Routing: learnedRouting(20+10*int(seed), []string{"", "search"}[seed%2]), BatchTags: []string{"report"}}
			if seed%3 == 1 {
				opts.Accept = []string{savings.NewerModel, savings.Context, savings.Output}
			}
			alone := opts
			alone.Levers = []string{savings.Routing}
			for _, o := range []savings.Options{opts, alone} {
				a := analyse(t, calls, o)
				require.Contains(t, a.Plan.Levers, savings.Routing)
				equalsNaive(t, a, calls)
			}
		})
	}
}

func TestALearnedPolicyMovesGradedCallsOnlyAndNothingWithoutGrades(t *testing.T) {
	calls := gradedLog(5, 4000, 40*time.Hour)
	routed := int64(0)
	for _, c := range calls {
		if c.Grade > 0 && c.Grade <= 30 {
			routed++
		}
	}
	p := proposal(t, analyse(t, calls, savings.Options{Routing: learnedRouting(30, ""), Levers: []string{savings.Routing}}), savings.Routing)
	require.Equal(t, savings.Proposed, p.Status, p.Reason)
	assert.Contains(t, p.Summary, "prompt by prompt")
	all := proposal(t, analyse(t, calls, savings.Options{Routing: learnedRouting(routing.Grades, ""), Levers: []string{savings.Routing}}), savings.Routing)
	assert.Greater(t, all.SavingsUSD, p.SavingsUSD)
	assert.Less(t, p.Evidence.Calls, 2*routed, "calls without a grade stay, but some pay for what is no longer cached")

	for i := range calls {
		calls[i].Grade = 0
	}
	p = proposal(t, analyse(t, calls, savings.Options{Routing: learnedRouting(30, "")}), savings.Routing)
	assert.Equal(t, savings.NeedsData, p.Status)
	assert.Contains(t, p.Reason, "no prompt of this log was graded")
}

func TestALogThatIsNotKeptInMemoryGivesTheSameAnswer(t *testing.T) {
	calls := gradedLog(3, 20_000, 5*24*time.Hour)
	calls[7].ReportedCost, calls[7].HasCost = 1e7, true // a corrupt row is counted once
	f := normalise(t, func() (dataset.Source, error) { return &slice{calls}, nil })
	opts := savings.Options{Routing: learnedRouting(40, "")}
	kept, err := savings.Analyse(t.Context(), f, book(t), opts)
	require.NoError(t, err)
	large, err := savings.AnalyseLarge(t.Context(), f, book(t), opts)
	require.NoError(t, err)
	assert.EqualValues(t, 1, large.Pricing.CorruptRows)
	assert.Equal(t, kept, large)
}

func TestNoLeverEverProposesALoss(t *testing.T) {
	logs := []func(seed uint64) []usage.Call{
		func(seed uint64) []usage.Call {
			return busyLog(100+seed, 1200, time.Duration(1+seed%5*37)*time.Hour)
		},
		known,
		func(seed uint64) []usage.Call { return similar(seed, 1000) },
		func(seed uint64) []usage.Call { return bursty().log(rand.New(rand.NewPCG(seed, 1))) },
		func(seed uint64) []usage.Call { return together().log(rand.New(rand.NewPCG(seed, 1))) },
		func(seed uint64) []usage.Call { // prefixes that come back too late, more or less
			return prefixed(200, time.Duration(1+seed*7)*time.Minute, "claude-sonnet-4-5", int(seed%12))
		},
	}
	for seed := range uint64(36) {
		opts := savings.Options{Accept: []string{savings.NearRepeats, savings.NewerModel, savings.Context, savings.Output}, BatchTags: []string{"report", "chat"}}
		if seed%5 == 0 {
			opts.PromptCacheTTL = "1h"
		}
		a := analyse(t, logs[seed%6](seed), opts)
		for _, p := range a.Proposals {
			if p.Status == savings.Proposed || p.Status == savings.Optional {
				assert.Positive(t, p.SavingsUSD, "seed %d: %s", seed, p.Lever)
				assert.LessOrEqual(t, p.CostAfterUSD, p.CostBeforeUSD)
			} else {
				assert.Zero(t, p.SavingsUSD, "seed %d: %s", seed, p.Lever)
				assert.NotEmpty(t, p.Reason)
			}
			assert.GreaterOrEqual(t, p.MarginalUSD, -0.01, "seed %d: %s in the plan", seed, p.Lever)
			assert.False(t, math.IsNaN(p.SavingsUSD) || math.IsInf(p.SavingsUSD, 0))
		}
	}
}
