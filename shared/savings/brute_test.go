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
	"netra/shared/usage"
)

func TestThePlansTotalEqualsABruteForceReplayToTheCent(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			calls := busyLog(seed, 4000, []time.Duration{20 * time.Hour, 40 * time.Hour, 16 * 24 * time.Hour}[seed%3])
			opts := savings.Options{BatchTags: []string{"report"}}
			if seed%2 == 1 {
				opts.Accept = []string{savings.NewerModel, savings.Context, savings.Output}
			}
			if seed%4 == 2 {
				opts.ExcludeTags = []string{"search"}
			}
			a := analyse(t, calls, opts)
			// Over 16 days prefixes come back too late to be cached.
			require.GreaterOrEqual(t, len(a.Plan.Levers), []int{3, 3, 2}[seed%3], "%v", a.Plan.Levers)
			n := newNaive(t, a)
			var before, after float64
			for _, c := range calls {
				was, now := n.costs(c)
				before, after = before+was, after+now
			}
			assert.InDelta(t, before, a.Plan.CostBeforeUSD, 1e-6)
			assert.InDelta(t, after, a.Plan.CostAfterUSD, 1e-6)
			marginals := 0.0
			for _, s := range a.Plan.Steps {
				marginals += s.MarginalUSD
			}
			assert.InDelta(t, a.Plan.SavingsUSD, marginals, 1e-9, "the shares add up to the plan")
		})
	}
}

func TestALogThatIsNotKeptInMemoryGivesTheSameAnswer(t *testing.T) {
	calls := busyLog(3, 20_000, 5*24*time.Hour)
	calls[7].ReportedCost, calls[7].HasCost = 1e7, true // a corrupt row is counted once
	f := normalise(t, func() (dataset.Source, error) { return &slice{calls}, nil })
	kept, err := savings.Analyse(t.Context(), f, book(t), savings.Options{})
	require.NoError(t, err)
	large, err := savings.AnalyseLarge(t.Context(), f, book(t), savings.Options{})
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
