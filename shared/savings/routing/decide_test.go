package routing

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// made generates labels of n prompts in tags where the strong model is right
// nine times in ten, and the weak one as often as given.
func made(n int, weakRight []float64, seed uint64) *Labels {
	rng, words := rand.New(rand.NewPCG(seed, 9)), newCounter()
	labels := &Labels{Strong: "big", Weak: "small", Binary: true, Highest: 1}
	for range n {
		tag := rng.IntN(len(weakRight))
		row := Label{Tag: fmt.Sprint("tag", tag), Length: rng.IntN(500), Features: words.extract(fmt.Sprint("word", rng.IntN(200)))}
		row.Strong, row.Weak = flip(rng, 0.9), flip(rng, weakRight[tag])
		labels.Rows = append(labels.Rows, row)
	}
	return labels
}

func flip(rng *rand.Rand, p float64) float64 {
	if rng.Float64() < p {
		return 1
	}
	return 0
}

func TestTheBoundHoldsAtItsConfidence(t *testing.T) {
	const trials, truth = 400, 0.03
	misses := 0
	for seed := range uint64(trials) {
		rng := rand.New(rand.NewPCG(seed, 1))
		values := make([]float64, 300)
		for i := range values {
			values[i] = flip(rng, 0.05) - flip(rng, 0.02)
		}
		if bound(values, 2, 0.9).Bound < truth {
			misses++
		}
	}
	assert.LessOrEqual(t, misses, trials/10)
	assert.Greater(t, bound([]float64{0.1}, 2, 0.9).Bound, 1.0, "one value bounds nothing")
}

// TestThePolicyKeepsItsBound decides on many label sets and looks at the true
// expected loss of the rules, which is known for generated labels.
func TestThePolicyKeepsItsBound(t *testing.T) {
	weakRight := []float64{0.9, 0.89, 0.8, 0.6, 0.3}
	const trials = 60
	proposed, broken, laterBroken := 0, 0, 0
	for seed := range uint64(trials) {
		d, err := DecideByTag(made(6000, weakRight, seed), Target{MaxLoss: 0.03, Confidence: 0.9}, seed)
		require.NoError(t, err)
		if !d.Proposed {
			continue
		}
		proposed++
		var loss float64
		for _, r := range d.Rules {
			var tag int
			_, err := fmt.Sscanf(r.Tag, "tag%d", &tag)
			require.NoError(t, err)
			loss += (0.9 - weakRight[tag]) / float64(len(weakRight))
		}
		if loss > d.Chosen.Bound {
			broken++
		}
		if d.Measured.Mean > d.Chosen.Bound {
			laterBroken++
		}
	}
	assert.Greater(t, proposed, trials*9/10, "two tags of five lose nothing: there is always something to route")
	assert.LessOrEqual(t, broken, trials/10)
	assert.LessOrEqual(t, laterBroken, trials/10)
}

// TestTheBoundHoldsOnLaterMMLULabels splits the real labels anew with each seed:
// the loss measured on the later part must stay under the bound from the
// earlier part nine times in ten.
func TestTheBoundHoldsOnLaterMMLULabels(t *testing.T) {
	labels := mmlu(t)
	const trials = 20
	held := 0
	for seed := range uint64(trials) {
		d, err := DecideByTag(labels, DefaultTarget(), seed)
		require.NoError(t, err)
		assert.LessOrEqual(t, d.Chosen.Bound, d.MaxLoss)
		if d.Measured.Mean <= d.Chosen.Bound {
			held++
		}
	}
	assert.GreaterOrEqual(t, held, trials*9/10)
}

func TestARouterThatDoesNotBeatTheBaselinesIsNotProposed(t *testing.T) {
	labels := made(3000, []float64{0.95, 0.5}, 7) // only the tag tells anything
	study, err := Evaluate(labels, Options{Seed: 1})
	require.NoError(t, err)
	assert.False(t, study.Beats, "words are noise here: %+v", study)
	d, err := Decide(labels, study, DefaultTarget(), 1)
	require.NoError(t, err)
	assert.Equal(t, TagPolicy, d.Policy)
	assert.True(t, d.Proposed)
	assert.Equal(t, []Rule{{"tag0", "big", "small"}}, d.Rules)
	assert.InDelta(t, 0.5, d.WeakShare, 0.05)
}

func TestNothingIsProposedWhereNothingTellsTheModelsApart(t *testing.T) {
	labels := made(3000, []float64{0.5}, 7)
	study, err := Evaluate(labels, Options{Seed: 1})
	require.NoError(t, err)
	d, err := Decide(labels, study, DefaultTarget(), 1)
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "no router beats chance")
	d, err = DecideByTag(labels, DefaultTarget(), 1)
	require.NoError(t, err)
	assert.False(t, d.Proposed)
}

func TestAWeakModelThatIsAsGoodTakesEveryCall(t *testing.T) {
	labels := made(8000, []float64{0.93}, 3)
	study, err := Evaluate(labels, Options{Seed: 1})
	require.ErrorIs(t, err, ErrNoGap)
	assert.Greater(t, study.WeakAccuracy, study.StrongAccuracy)
	d, err := Decide(labels, study, DefaultTarget(), 1)
	require.NoError(t, err)
	assert.True(t, d.Proposed, d.Reason)
	assert.Equal(t, WeakPolicy, d.Policy)
	assert.Equal(t, 1.0, d.WeakShare)
	assert.Equal(t, []Rule{{"", "big", "small"}}, d.Rules)
}

func TestCallsThatChangeAreNoticed(t *testing.T) {
	labels := made(8000, []float64{0.93, 0.5}, 5)
	labels.Ordered = true
	for i := range labels.Rows[6000:] { // the weak model gets worse on the tag that it served
		if row := &labels.Rows[6000+i]; row.Tag == "tag0" {
			row.Weak = 0
		}
	}
	d, err := DecideByTag(labels, DefaultTarget(), 1)
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "the calls are changing")
	assert.Empty(t, d.Rules)
}

func TestTooFewLabelsProposeNothing(t *testing.T) {
	d, err := DecideByTag(made(100, []float64{0.9, 0.5}, 5), DefaultTarget(), 1)
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "on 35 labels")
}

func TestImpossibleTargetsAreRefused(t *testing.T) {
	labels := made(100, []float64{0.9, 0.5}, 5)
	for _, target := range []Target{{MaxLoss: 0}, {MaxLoss: 1}, {MaxLoss: -0.1}, {MaxLoss: 0.1, Confidence: 1}, {MaxLoss: 0.1, Confidence: -1}} {
		_, err := DecideByTag(labels, target, 1)
		assert.ErrorIs(t, err, ErrLabels, "%+v", target)
	}
	labels.Lowest, labels.Highest = 1, 1
	_, err := DecideByTag(labels, DefaultTarget(), 1)
	assert.ErrorContains(t, err, "all scores are 1")
}
