package savings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/sample"
	"netra/shared/savings"
	"netra/shared/usage"
)

func TestTheSampleLogIsReconciledAndItsCorruptRowLeftOut(t *testing.T) {
	f := normalise(t, func() (dataset.Source, error) {
		in, err := sample.Coding().Open()
		require.NoError(t, err)
		return usage.Open(in, usage.Options{})
	})
	a, err := savings.Analyse(t.Context(), f, book(t), savings.Options{})
	require.NoError(t, err)
	assert.EqualValues(t, 5320, a.Before.Rows, "one row is left out")
	assert.EqualValues(t, 69_231_073-10_023, a.Before.InputTokens)
	assert.EqualValues(t, 2_862_673-10, a.Before.OutputTokens)
	assert.InDelta(t, 183.711767246, a.Pricing.ReportedUSD, 5e-10)
	assert.InDelta(t, 9990.01252875, a.Pricing.CorruptUSD, 1e-9)
	require.Len(t, a.Pricing.Corrupt, 1)
	corrupt := a.Pricing.Corrupt[0]
	assert.Equal(t, time.Unix(1746631772, 0).UTC(), corrupt.Time)
	assert.Equal(t, "gemini/gemini-2.5-pro-preview-03-25", corrupt.Model)
	assert.InDelta(t, 0.01262875, corrupt.ComputedUSD, 1e-12)
	assert.EqualValues(t, 4966, corrupt.Line)
	r := a.Pricing.Reconciliation
	assert.InDelta(t, r.ReportedUSD-r.ComputedUSD, r.ResidualUSD, 1e-9)
	assert.Greater(t, float64(r.Matching), 0.95*float64(r.Rows), "nearly all rows match tokens times prices")
	assert.NotEmpty(t, a.Pricing.Unpriced)
	assert.Positive(t, a.Pricing.UnpricedTokenShare)
	assert.Less(t, a.Plan.Percentage, 2.0)
	assert.Equal(t, "Nothing saves money on this log without a decision of yours.", a.Plan.Verdict, "an honest report")
}

func hourly(n int, change func(i int, c *usage.Call)) []usage.Call {
	var calls []usage.Call
	for i := range n {
		c := call(time.Duration(i)*time.Hour, "gpt-4o", 1_000_000, 0) // $2.50
		change(i, &c)
		calls = append(calls, c)
	}
	return calls
}

func TestWhatACallCosts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(int, *usage.Call)
		usd    float64
	}{
		"tokens times prices":             {func(int, *usage.Call) {}, 25},
		"the reported cost wins":          {func(_ int, c *usage.Call) { c.ReportedCost, c.HasCost = 1, true }, 10},
		"another currency is not dollars": {func(_ int, c *usage.Call) { c.ReportedCost, c.HasCost, c.Currency = 1, true, "EUR" }, 25},
		"the served tier is billed":       {func(_ int, c *usage.Call) { c.Tier = usage.Batch }, 12.5},
		"the user's own cache is free":    {func(i int, c *usage.Call) { c.Status = usage.Status(3 * (i % 2)) }, 12.5},
		"a sample is scaled":              {func(_ int, c *usage.Call) { c.Weight = 4 }, 100},
		"an impossible cost is left out":  {func(i int, c *usage.Call) { c.ReportedCost, c.HasCost = 1e5, i == 0 }, 22.5},
		"also of a model without a price": {func(i int, c *usage.Call) {
			if i == 0 {
				c.Model, c.ReportedCost, c.HasCost = "mystery", 1e6, true
			}
		}, 22.5},
		"a minimum fee is believed":       {func(_ int, c *usage.Call) { c.Input, c.Output, c.ReportedCost, c.HasCost = 1, 0, 0.005, true }, 0.05},
		"an unknown model is not counted": {func(i int, c *usage.Call) { c.Model = []string{"gpt-4o", "mystery"}[i%2] }, 12.5},
		"reasoning is in the output":      {func(_ int, c *usage.Call) { c.Input, c.Output, c.Reasoning = 0, 100_000, 90_000 }, 10},
	} {
		t.Run(name, func(t *testing.T) {
			a := analyse(t, hourly(10, c.change), savings.Options{})
			assert.InDelta(t, c.usd, a.Before.CostUSD, 1e-9)
			total := 0.0
			for _, s := range a.Spend.ByModel {
				total += s.CostUSD
			}
			assert.InDelta(t, c.usd, total, 1e-9)
		})
	}
}

func TestALongPromptIsRepricedWhole(t *testing.T) {
	calls := hourly(10, func(i int, c *usage.Call) {
		c.Provider, c.Model = "google", "gemini-2.5-pro"
		c.Input, c.CacheRead, c.Output = 100_000, 100_001, 1000
	})
	a := analyse(t, calls, savings.Options{})
	assert.InDelta(t, 10*(100_000*2.5e-6+100_001*0.25e-6+1000*15e-6), a.Before.CostUSD, 1e-6)
}

func TestUnpricedModelsAreNamedAndNeverFree(t *testing.T) {
	a := analyse(t, hourly(10, func(i int, c *usage.Call) {
		if i < 3 {
			c.Model, c.Provider = "mystery", ""
		}
	}), savings.Options{})
	require.Len(t, a.Pricing.Unpriced, 1)
	assert.Equal(t, "mystery", a.Pricing.Unpriced[0].Model)
	assert.EqualValues(t, 3, a.Pricing.Unpriced[0].Calls)
	assert.InDelta(t, 0.3, a.Pricing.UnpricedCallShare, 1e-12)
	assert.InDelta(t, 0.3, a.Pricing.UnpricedTokenShare, 1e-12)
	assert.Contains(t, a.Caveats[len(a.Caveats)-1]+a.Caveats[0]+a.Caveats[1], "no price")
}

func TestMonthlyFiguresNameTheirExtrapolation(t *testing.T) {
	day := analyse(t, hourly(25, func(int, *usage.Call) {}), savings.Options{})
	require.NotNil(t, day.Extrapolation)
	assert.InDelta(t, 30, day.Extrapolation.Factor, 1e-9)
	assert.Contains(t, day.Extrapolation.Basis, "less than a week")
	assert.InDelta(t, 30*62.5, *day.Plan.MonthlyCostBefore, 1e-6)

	short := hourly(50, func(i int, c *usage.Call) { c.Time = start.Add(time.Duration(i) * time.Minute).UnixMicro() })
	a := analyse(t, short, savings.Options{})
	assert.Nil(t, a.Extrapolation)
	assert.Nil(t, a.Plan.MonthlyCostBefore)
	for _, p := range a.Proposals {
		assert.Nil(t, p.EstimatedMonthlySavings, p.Lever)
	}
}

func TestALogWithoutTimesOrCallsIsAnsweredPlainly(t *testing.T) {
	a := analyse(t, hourly(20, func(_ int, c *usage.Call) { c.Time = 0; c.PromptHash = 7 }), savings.Options{})
	assert.InDelta(t, 50, a.Before.CostUSD, 1e-9)
	assert.Nil(t, a.Backtest)
	assert.Equal(t, savings.NeedsData, proposal(t, a, savings.ResponseCache).Status)
	empty := analyse(t, nil, savings.Options{})
	assert.Zero(t, empty.Before.Rows)
	assert.Empty(t, empty.Plan.Levers)
	assert.Contains(t, empty.Caveats[0], "no calls")
}

func TestExcludedTagsAreLeftAsTheyAre(t *testing.T) {
	calls := office(func(int, *usage.Call) {})
	a := analyse(t, calls, savings.Options{ExcludeTags: []string{"digest"}})
	assert.NotEqual(t, savings.Proposed, proposal(t, a, savings.BatchTier).Status)
	all := analyse(t, calls, savings.Options{})
	assert.InDelta(t, all.Before.CostUSD, a.Before.CostUSD, 1e-9, "they stay in the bill")
}

func TestCallsOutsideOfTheTimeRangeAreLeftOutOfEverything(t *testing.T) {
	calls := busyLog(8, 3000, 10*24*time.Hour)
	from, to := start.Add(3*24*time.Hour), start.Add(8*24*time.Hour)
	var inside []usage.Call
	for _, c := range calls {
		if at := time.UnixMicro(c.Time); !at.Before(from) && !at.After(to) {
			inside = append(inside, c)
		}
	}
	ranged := analyse(t, calls, savings.Options{From: from, To: to})
	want := analyse(t, inside, savings.Options{})
	assert.InDelta(t, want.Before.CostUSD, ranged.Before.CostUSD, 1e-9)
	assert.EqualValues(t, len(inside), ranged.Before.Rows)
	assert.InDelta(t, want.Plan.SavingsUSD, ranged.Plan.SavingsUSD, 1e-9, "what lies before the range fills no cache")
	assert.Contains(t, ranged.Caveats[0], "time range")

	last := analyse(t, calls, savings.Options{Last: 24 * time.Hour})
	assert.Less(t, last.Span.Hours, 24.01)
	none := analyse(t, calls, savings.Options{From: start.Add(90 * 24 * time.Hour)})
	assert.Zero(t, none.Before.Rows)
	assert.Empty(t, none.Plan.Levers)
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	f := normalise(t, func() (dataset.Source, error) { return &slice{hourly(2, func(int, *usage.Call) {})}, nil })
	for says, o := range map[string]savings.Options{
		"unknown lever":  {Levers: []string{"magic"}},
		"5m or 1h":       {PromptCacheTTL: "1d"},
		"negative":       {ResponseCacheTTL: -1},
		"time range":     {From: start, To: start.Add(-1)},
		"above 0":        {Offers: []savings.Offer{{From: savings.Model{Model: "gpt-4o"}}}},
		"names no model": {Offers: []savings.Offer{{TokensPerHour: 1, USDPerHour: 1}}},
	} {
		_, err := savings.Analyse(t.Context(), f, book(t), o)
		assert.ErrorContains(t, err, says)
	}
}
