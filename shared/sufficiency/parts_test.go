package sufficiency

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/goal"
)

func TestEveryColumnOfWeightsAddsUpTo100(t *testing.T) {
	var cost, latency, quality float64
	for _, p := range parts() {
		cost += p.cost
		latency += p.latency
		quality += p.quality
		assert.NotEmpty(t, p.why, p.field)
	}
	assert.InDelta(t, 100, cost, 1e-9)
	assert.InDelta(t, 100, latency, 1e-9)
	assert.InDelta(t, 100, quality, 1e-9)
}

func TestWeightsOfAnyGoalAddUpTo100(t *testing.T) {
	for _, g := range []goal.Goal{{}, {Focus: []goal.Focus{goal.Cost, goal.Latency}, NoSlower: true}, {NoQualityRisk: true}, {Levers: []string{"batch"}}} {
		var sum float64
		for _, w := range weights(g) {
			sum += w
		}
		assert.InDelta(t, 100, sum, 1e-9, "%+v", g)
	}
}

func TestThresholds(t *testing.T) {
	for score, want := range map[int]State{0: Insufficient, 39: Insufficient, 40: Minimal, 79: Minimal, 80: Sufficient, 94: Sufficient, 95: Optimal, 100: Optimal} {
		assert.Equal(t, want, stateOf(score), score)
	}
}
