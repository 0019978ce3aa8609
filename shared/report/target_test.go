package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/savings"
)

func TestEveryNamedFigureIsAnswered(t *testing.T) {
	fast := &savings.Latency{Calls: 100, Before: savings.Distribution{P50: 1000, P90: 4000}, After: savings.Distribution{P50: 500, P90: 2500}}
	plan := func(percent, low float64) Plan {
		return Plan{SavingsPercentage: percent, PercentInterval: Range{low, percent + 5}}
	}
	month := &Monthly{BeforeUSD: 1000, AfterUSD: 700, SavingsUSD: 300, Interval: Range{250, 350}}
	for _, c := range []struct {
		goal    string
		plan    Plan
		outcome Outcome
		says    string
	}{
		{"cut cost by 30%", plan(35, 31), Reached, "That reaches the 30% you asked for."},
		{"cut cost by 30%", plan(35, 28), Uncertain, "begins short of it"},
		{"cut cost by 30%", plan(5, 3), Missed, "this log shows no way there"},
		{"cut cost by 30%", Plan{SavingsPercentage: 5, IfAccepted: &Plan{SavingsPercentage: 40}}, AfterDecisions, "with which the bill would fall by 40.0%"},
		{"keep it under $800 a month", Plan{Monthly: month}, Reached, "under the $800.00"},
		{"keep it under $720 a month", Plan{Monthly: month}, Uncertain, "ends above it"},
		{"keep it under $500 a month", Plan{Monthly: month}, Missed, "a month costs $700.00"},
		{"keep it under $500 a month", Plan{}, Unknown, "too short"},
		{"make answers 40% faster", Plan{Latency: fast}, Reached, "50.0% faster"},
		{"make answers 60% faster", Plan{Latency: fast}, Missed, "the median answer comes 50.0% faster"},
		{"make answers 60% faster", Plan{}, Unknown, "no latencies"},
		{"answers within 3 seconds", Plan{Latency: fast}, Reached, "within 2500 ms, under the 3000 ms"},
		{"answers within 2 seconds", Plan{Latency: fast}, Missed, "nine of ten answers come within 2500 ms"},
		{"answers within 2 seconds", Plan{}, Unknown, "no latencies"},
	} {
		g, err := goal.Read(c.goal)
		require.NoError(t, err)
		got := targets(g.Targets, c.plan)
		require.Len(t, got, 1, c.goal)
		assert.Equal(t, c.outcome, got[0].Outcome, c.goal)
		assert.Contains(t, got[0].Text, c.says, c.goal)
	}
	assert.Empty(t, targets(goal.Targets{}, plan(5, 3)))
}

func TestTheHeadlineAnswersTheGoal(t *testing.T) {
	in := input()
	in.Targets = goal.Targets{CostCut: 99}
	r := New(in)
	require.Len(t, r.Targets, 1)
	assert.Contains(t, r.Headline, r.Targets[0].Text)
}
