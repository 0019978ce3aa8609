package savings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
	"netra/shared/usage"
)

// bill are lines of a bill, one a day, of a model of the book and one of nobody's.
func bill(days int) []usage.Call {
	var lines []usage.Call
	start := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	for d := range days {
		for _, model := range []string{"gpt-4o", "web search tool calls"} {
			lines = append(lines, usage.Call{Time: start.AddDate(0, 0, d).UnixMicro(), Provider: "openai", Model: model, Charge: usage.ChargeInput,
				LatencyMS: -1, TTFTMS: -1, Weight: 1, HasCost: true, ReportedCost: 500, Tag: "proj"})
		}
	}
	return lines
}

func TestALineOfABillIsSpendAndNoCall(t *testing.T) {
	a := analyse(t, bill(10), savings.Options{})
	assert.Zero(t, a.Before.Calls)
	assert.Zero(t, a.Before.EstimatedCalls)
	assert.Zero(t, a.Pricing.CorruptRows, "a line may cost any sum")
	assert.InDelta(t, 10_000, a.Before.CostUSD, 1e-9)
	require.Len(t, a.Spend.ByModel, 2)
	assert.InDelta(t, 5000, a.Spend.ByModel[0].CostUSD, 1e-9)
	require.Len(t, a.Spend.ByDay, 10)
	assert.InDelta(t, 1000, a.Spend.ByDay[0].CostUSD, 1e-9)
	assert.Zero(t, a.Plan.SavingsUSD)
	for _, p := range a.Proposals {
		assert.NotContains(t, []savings.Status{savings.Proposed, savings.Optional}, p.Status, p.Lever)
		assert.Zero(t, p.SavingsUSD, p.Lever)
	}
	assert.Empty(t, a.Findings)
	negative := bill(1)
	negative[0].ReportedCost = -1
	assert.EqualValues(t, 1, analyse(t, negative, savings.Options{}).Pricing.CorruptRows)
}
