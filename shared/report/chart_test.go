package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
)

func TestOddNumbersDoNotBreakAChart(t *testing.T) {
	in := input()
	in.Analysis.Spend.ByModel = []savings.Slice{{Key: "free", CostUSD: 0}}
	in.Analysis.Proposals[0].Interval = savings.Interval{Low: -50, High: 10}
	in.Analysis.Curves.PromptCache = []savings.CurvePoint{{Share: 1}}
	in.Analysis.Spend.ByDay = []savings.Slice{{Key: "2026-01-01"}, {Key: "2026-01-02"}}
	for _, c := range New(in).charts() {
		for _, s := range c.Shapes {
			for _, v := range []float64{s.X, s.Y, s.W, s.H, s.X2, s.Y2} {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s %+v", c.ID, s)
				require.GreaterOrEqual(t, v, -10.0, "%s %+v", c.ID, s)
			}
			require.LessOrEqual(t, s.X+s.W, chartWidth+1.0, "%s %+v", c.ID, s)
		}
	}
}

func TestACacheThatTheLogCannotTellOfIsNotDrawn(t *testing.T) {
	in := input()
	for i := range in.Analysis.Curves.PromptCache {
		in.Analysis.Curves.PromptCache[i].Hits, in.Analysis.Curves.PromptCache[i].Share = 0, 0
	}
	c, ok := cacheHits(New(in))
	require.True(t, ok, "whole answers are still told")
	assert.Equal(t, []string{"Lifetime", "Whole answers hit", "Share"}, c.Table.Head)
	in.Analysis.Curves.ResponseCache = nil
	r := New(in)
	_, ok = cacheHits(r)
	assert.False(t, ok)
	text, err := r.Markdown()
	require.NoError(t, err)
	assert.Contains(t, string(text), "carries neither prompts nor their blocks")
}

func TestTheCacheTableHasARowForEachLifetime(t *testing.T) {
	c, ok := cacheHits(New(input()))
	require.True(t, ok)
	assert.Equal(t, []string{"5 min", "42,480,677", "29.3%", "60", "2.0%"}, c.Table.Rows[1])
	assert.Len(t, c.Table.Rows, 4)
}

func TestALongLogShowsMonths(t *testing.T) {
	in := input()
	in.Analysis.Spend.ByDay = nil
	for i := range 200 {
		in.Analysis.Spend.ByDay = append(in.Analysis.Spend.ByDay, savings.Slice{Key: at("2025-06-01T00:00:00Z").AddDate(0, 0, i).Format("2006-01-02"), Calls: 1, CostUSD: 1})
	}
	c, ok := byDay(New(in))
	require.True(t, ok)
	assert.Equal(t, "Spend by month", c.Title)
	assert.Equal(t, []string{"2025-06", "$30.00", "30"}, c.Table.Rows[0])
}

func TestTheSecondWaterfallIsWhatIsPossible(t *testing.T) {
	in := input()
	_, ok := accepted(New(in))
	assert.False(t, ok, "without its own replay nothing is added up")
	more := in.Analysis.Plan
	more.CostAfterUSD, more.SavingsUSD, more.Percentage = 2400, 1600, 40
	more.Steps = append([]savings.Step{{Lever: savings.NewerModel, Title: "Take the newer model of the family", AloneUSD: 600, MarginalUSD: 500, CostAfterUSD: 3500}}, more.Steps...)
	in.Analysis.Plan.IfAccepted = &more
	r := New(in)
	c, ok := accepted(r)
	require.True(t, ok)
	classes := map[string]int{}
	for _, s := range c.Shapes {
		classes[s.Class]++
	}
	assert.Equal(t, 1, classes["possible"], "only the lever that waits is marked so")
	assert.Equal(t, 2, classes["saved"])
	assert.Contains(t, r.Headline, "the bill would fall by 40.0% to $2,400.00")
	assert.InDelta(t, 2900, r.Plan.CostAfterUSD, 1e-9, "the plan itself stays")
}

func TestAModelWithoutAPriceIsShownAsSuchAndNotAsFree(t *testing.T) {
	r := Report{Spend: Spend{ByModel: []savings.Slice{{Key: "openai/gpt-4o", CostUSD: 3, Calls: 2}, {Key: "house/tuned", Calls: 5},
		{Key: "openrouter/x:free", Calls: 1}, {Key: "house/paid", CostUSD: 1, Calls: 1}}},
		Log: Log{Unpriced: Unpriced{Models: []string{"tuned", "paid", ""}}}}
	c, ok := byModel(r)
	require.True(t, ok)
	var costs []string
	for _, row := range c.Table.Rows {
		costs = append(costs, row[0]+" "+row[1]+" "+row[2])
	}
	assert.Equal(t, []string{"openai/gpt-4o $3.00 75.0%", "house/tuned no price ", "openrouter/x:free $0 0.0%", "house/paid $1.00 25.0%"}, costs)
}

func TestSpendByClassAndTierIsShownWhereThereAreSeveral(t *testing.T) {
	r := Report{Spend: Spend{ByTag: []savings.Slice{{Key: "chat", CostUSD: 30, Calls: 3}, {Key: "", CostUSD: 10, Calls: 1}}, ByTier: []savings.Slice{{Key: "standard", CostUSD: 40, Calls: 4}}}}
	c, shown := byTag(r)
	assert.True(t, shown)
	assert.Equal(t, []string{"chat", "$30.00", "75.0%", "3", "0", "0"}, c.Table.Rows[0])
	assert.Equal(t, "no class named", c.Table.Rows[1][0])
	_, shown = byTier(r)
	assert.False(t, shown, "one part is the whole")
}
