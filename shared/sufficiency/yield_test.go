package sufficiency_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

// analysed runs the engine over a log.
func analysed(t *testing.T, calls []usage.Call) *savings.Analysis {
	t.Helper()
	mini := savings.Model{Provider: "openai", Model: "gpt-4o-mini"}
	routing := &savings.RoutingPolicy{Confidence: 0.9, LossBound: 0.02, Rules: []savings.RoutingRule{
		{From: savings.Model{Model: "gpt-4o"}, To: mini}, {Tag: "chat", From: savings.Model{Model: "claude-sonnet-4-20250514"}, To: mini},
	}}
	a, err := savings.Analyse(t.Context(), opened(t, calls), book(t), savings.Options{
		Seed: 1, Routing: routing, BatchTags: []string{"nightly"},
	})
	require.NoError(t, err)
	return a
}

// assessed measures and surveys a log and assesses it for a cost goal.
func assessed(t *testing.T, calls []usage.Call) (score int, worth map[string][2]float64) {
	t.Helper()
	s := sufficiencyOf(t, calls)
	worth = map[string][2]float64{}
	for _, m := range s.Missing {
		worth[m.Field] = m.WorthUSD
	}
	return s.Score, worth
}

func sufficiencyOf(t *testing.T, calls []usage.Call) run.Sufficiency {
	t.Helper()
	coverage := &usage.Coverage{}
	for i := range calls {
		coverage.Add(&calls[i])
	}
	coverage.Finish()
	return sufficiency.Assess(sufficiency.Evidence{Goal: goal.Goal{}, Coverage: coverage, Bounds: surveyed(t, calls)})
}

// yields is what the full log gives for a part: the savings of the levers that
// it unlocks, each alone; for the model, which every lever needs, the whole plan.
func yields(full *savings.Analysis, part string) float64 {
	unlocks := map[string][]string{
		sufficiency.PromptHash: {savings.ResponseCache, savings.Waste}, sufficiency.Blocks: {savings.PromptCache},
		sufficiency.Session: {savings.Context, savings.BatchTier}, sufficiency.Tag: {savings.BatchTier, savings.ResponseCache},
		sufficiency.Quality: {savings.Routing}, sufficiency.Status: {savings.Waste},
	}
	if part == sufficiency.Model {
		return full.Plan.SavingsUSD
	}
	var sum float64
	for _, p := range full.Proposals {
		for _, lever := range unlocks[part] {
			if p.Lever == lever && (p.Status == savings.Proposed || p.Status == savings.Optional) {
				sum += p.SavingsUSD
			}
		}
	}
	return sum
}

// TestRemovingAFieldFromALogNamesItAndItsWorth removes every field in turn from
// 50 full logs: the score falls, the field is named, and its range contains what
// the engine makes of the full log in at least nine of ten.
func TestRemovingAFieldFromALogNamesItAndItsWorth(t *testing.T) {
	const logs = 50
	parts := []string{
		sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Session, sufficiency.Tag, sufficiency.Time, sufficiency.Model,
		sufficiency.Quality, sufficiency.Status, sufficiency.Latency, sufficiency.TTFT, sufficiency.User, sufficiency.Cost, sufficiency.Cache,
	}
	held, saved := map[string]int{}, map[string]float64{}
	for seed := range uint64(logs) {
		calls := generated(seed)
		fullScore, _ := assessed(t, calls)
		full := analysed(t, calls)
		for _, part := range parts {
			score, worth := assessed(t, without(calls, part))
			require.Less(t, score, fullScore, part)
			require.Contains(t, worth, part)
			yield := yields(full, part)
			if part == sufficiency.Time { // most levers do without
				yield = full.Plan.SavingsUSD - analysed(t, without(calls, part)).Plan.SavingsUSD
			}
			saved[part] += yield
			if yield >= worth[part][0] && yield <= worth[part][1]+1e-9 {
				held[part]++
			}
		}
	}
	for _, part := range parts {
		assert.GreaterOrEqual(t, held[part], logs*9/10, part)
	}
	for _, part := range []string{sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Session, sufficiency.Tag, sufficiency.Time, sufficiency.Quality, sufficiency.Status} {
		assert.Positive(t, saved[part], "the logs must have something to save by %s, or the test shows nothing", part)
	}
}
