package routing

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLabelsNeededBringTheBoundDownToTheTarget(t *testing.T) {
	for _, target := range []Target{{MaxLoss: 0.02, Confidence: 0.9}, {MaxLoss: 0.05, Confidence: 0.95}, {MaxLoss: 0.1, Confidence: 0.8}} {
		n := LabelsNeeded(target)
		// prompts that differ as often as planned for, with no loss on average
		width := func(n int64) float64 {
			values := make([]float64, n)
			for i := range int(float64(n) * discord) {
				values[i] = float64(1 - 2*(i%2))
			}
			return bound(values, 2, target.Confidence).Bound
		}
		assert.LessOrEqual(t, width(n), target.MaxLoss*1.01, "%+v", target)
		assert.Greater(t, width(n*9/10), target.MaxLoss, "a tenth fewer would not do: %+v", target)
	}
}

func TestASamplingPlanClaimsNoSavingAndSaysWhatItCosts(t *testing.T) {
	uses := []Use{
		{Tag: "chat", Calls: 100_000, StrongUSD: 1000, WeakUSD: 100, JudgeUSD: 1100},
		{Tag: "triage", Calls: 50_000, StrongUSD: 2000, WeakUSD: 100, JudgeUSD: 2100},
		{Tag: "rare", Calls: 10, StrongUSD: 1, WeakUSD: 0.1, JudgeUSD: 1.1},
		{Tag: "cheap already", Calls: 10, StrongUSD: 1, WeakUSD: 1.5, JudgeUSD: 1},
		{Tag: "none"},
	}
	p := Sampling("big", "small", uses, Target{MaxLoss: 0.05})
	n := LabelsNeeded(Target{MaxLoss: 0.05, Confidence: 0.9})
	require.Len(t, p.Samples, 2)
	assert.Equal(t, "chat", p.Samples[0].Tag, "what could save most per dollar comes first")
	assert.Equal(t, n, p.Samples[0].Labels)
	assert.InDelta(t, 1200*float64(n)/100_000, p.Samples[0].CostUSD, 1e-9)
	assert.Equal(t, 900.0, p.Samples[0].AtStakeUSD)
	assert.Equal(t, 2*n, p.Labels)
	assert.InDelta(t, p.Samples[0].CostUSD+p.Samples[1].CostUSD, p.CostUSD, 1e-9)
	assert.Equal(t, 2800.0, p.AtStakeUSD)
	require.Len(t, p.Skipped, 1, "labels that cost more than they could save are not asked for")
	assert.Equal(t, "rare", p.Skipped[0].Tag)
}
