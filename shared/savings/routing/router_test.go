package routing

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// prompt makes a text of some words of a kind: easy ones are answered as well by
// the weak model, hard ones are not.
func prompt(rng *rand.Rand, easy bool) string {
	kind := "integral"
	if easy {
		kind = "greeting"
	}
	var b strings.Builder
	for range 3 + rng.IntN(5) {
		fmt.Fprintf(&b, "%s%d filler%d ", kind, rng.IntN(20), rng.IntN(50))
	}
	return b.String()
}

// worded makes labels whose words tell which model is needed: of each tag a share
// of prompts is easy. On easy ones the models are alike.
func worded(n int, easyShare []float64, seed uint64) *Labels {
	rng, words := rand.New(rand.NewPCG(seed, 4)), newCounter()
	labels := &Labels{Strong: "big", Weak: "small", Binary: true, Highest: 1, Tagged: true}
	for range n {
		tag := rng.IntN(len(easyShare))
		easy := rng.Float64() < easyShare[tag]
		text, right := prompt(rng, easy), 0.3
		if easy {
			right = 0.9
		}
		labels.Rows = append(labels.Rows, Label{Tag: fmt.Sprint("tag", tag), Length: len(text), Features: words.extract(text), Strong: flip(rng, 0.9), Weak: flip(rng, right)})
	}
	return labels
}

// lenient is a target that some thousand labels can show to be kept.
func lenient() Target { return Target{MaxLoss: 0.05, Confidence: 0.9} }

func learn(t *testing.T, labels *Labels) *Router {
	t.Helper()
	study, err := Evaluate(labels, Options{Seed: 1, Repeats: 1})
	require.NoError(t, err)
	r := Learn(labels, study, 1)
	require.NotNil(t, r, "%+v", study)
	return r
}

// asked are the calls of a log to the strong model, graded as at ingestion.
func asked(r *Router, n int, tag string, easyShare float64, seed uint64) Traffic {
	rng, traffic := rand.New(rand.NewPCG(seed, 5)), Traffic{}
	for range n {
		text, grade := prompt(rng, rng.Float64() < easyShare), uint8(0)
		if r.Covers(tag) {
			grade = r.Grade(text, tag)
		}
		traffic.Add(tag, grade, 1)
	}
	return traffic
}

func TestALearnedRouterMovesCallsThatNoBaselineCan(t *testing.T) {
	r := learn(t, worded(6000, []float64{0.5, 0.5}, 1))
	d, err := r.Decide(asked(r, 3000, "tag0", 0.5, 2), lenient())
	require.NoError(t, err)
	require.True(t, d.Proposed, d.Reason)
	assert.Equal(t, LearnedPolicy, d.Policy)
	assert.InDelta(t, 0.53, d.WeakShare, 0.05, "the easy half and what else the bound allows")
	assert.InDelta(t, 0.53, d.LogShare, 0.05)
	assert.LessOrEqual(t, d.Chosen.Bound, d.MaxLoss)
	assert.LessOrEqual(t, d.Measured.Mean, d.Chosen.Bound)
	assert.Equal(t, 1.0, d.CallShare)
	require.NotNil(t, d.Moved, "the baselines are always shown")
	assert.Less(t, max(d.Moved.Length, d.Moved.Tag), d.WeakShare)
}

func TestARouterThatMovesNoMoreThanABaselineIsNotProposed(t *testing.T) {
	r := learn(t, worded(6000, []float64{0.5, 0.5}, 1))
	// All calls are of a class in which every prompt is easy: its tag says it all.
	for i := range r.parts.choose {
		r.parts.choose[i].Strong = r.parts.choose[i].Weak
	}
	for i := range r.parts.later {
		r.parts.later[i].Strong = r.parts.later[i].Weak
	}
	d, err := r.Decide(nil, DefaultTarget())
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "a baseline moves 100%")
	assert.Zero(t, d.MaxGrade)
}

func TestOnlyClassesThatTheLabelsStandForAreCovered(t *testing.T) {
	labels := worded(6000, []float64{0.5, 0.5}, 1)
	for i := range 20 {
		labels.Rows[i].Tag = "rare"
	}
	r := learn(t, labels)
	assert.True(t, r.Covers("tag1"))
	assert.False(t, r.Covers("rare"), "20 labels are too few")
	assert.False(t, r.Covers("unknown"))
	traffic := asked(r, 3000, "tag0", 0.5, 2)
	for tag, grades := range asked(r, 1000, "unknown", 0.5, 3) {
		traffic[tag] = grades
	}
	d, err := r.Decide(traffic, DefaultTarget())
	require.NoError(t, err)
	require.True(t, d.Proposed, d.Reason)
	assert.InDelta(t, 0.75, d.CallShare, 1e-9)

	d, err = r.Decide(asked(r, 1000, "unknown", 0.5, 3), DefaultTarget())
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "no call to big is of a class with labels enough")

	labels.Tagged = false
	assert.True(t, learn(t, labels).Covers("unknown"), "labels without tags stand for all calls")
}

func TestPromptsUnlikeTheLabelledOnesAreNamedAndNotRouted(t *testing.T) {
	r := learn(t, worded(6000, []float64{0.5, 0.5}, 1))
	d, err := r.Decide(asked(r, 3000, "tag0", 0.9, 2), lenient())
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "the log's prompts are not like the labelled ones")
	assert.InDelta(t, 0.9, d.LogShare, 0.05)
}

// TestTheBoundHoldsForTheMixOfTheLog decides for a log whose calls are mixed
// otherwise than the labels: the loss there is known for generated labels.
func TestTheBoundHoldsForTheMixOfTheLog(t *testing.T) {
	weakRight := []float64{0.9, 0.87, 0.8, 0.6, 0.3}
	mix := Mix{"tag0": 10, "tag1": 500, "tag2": 400, "tag3": 30, "tag4": 60, "unlabelled": 9999}
	const trials = 60
	proposed, broken, unweighted := 0, 0, 0
	lossOf := func(d Decision) (loss float64) {
		for _, r := range d.Rules {
			var tag int
			_, err := fmt.Sscanf(r.Tag, "tag%d", &tag)
			require.NoError(t, err)
			loss += (0.9 - weakRight[tag]) * mix[r.Tag] / 1000
		}
		return loss
	}
	for seed := range uint64(trials) {
		labels := made(12000, weakRight, seed)
		labels.Tagged = true
		d, err := DecideByTag(labels.In(mix), Target{MaxLoss: 0.05, Confidence: 0.9}, seed)
		require.NoError(t, err)
		if d.Proposed {
			proposed++
			if lossOf(d) > d.Chosen.Bound {
				broken++
			}
		}
		if d, err = DecideByTag(labels, Target{MaxLoss: 0.05, Confidence: 0.9}, seed); err == nil && lossOf(d) > d.Chosen.Bound {
			unweighted++
		}
	}
	assert.Greater(t, proposed, trials/2)
	assert.LessOrEqual(t, broken, trials/10)
	assert.Greater(t, unweighted, broken, "a bound for the labels' own mix does not hold for the log's")
}

func TestAWeakModelThatIsAsGoodTakesOnlyTheClassesOfTheLogWithLabels(t *testing.T) {
	labels := made(8000, []float64{0.93, 0.93}, 3)
	labels.Tagged = true
	d, err := DecideByTag(labels.In(Mix{"tag0": 5, "other": 100}), DefaultTarget(), 1)
	require.NoError(t, err)
	assert.Equal(t, []Rule{{"tag0", "big", "small"}, {"tag1", "big", "small"}}, d.Rules)
	assert.InDelta(t, 5.0/105, d.CallShare, 1e-9)
	assert.Equal(t, 1.0, d.LogShare)

	d, err = DecideByTag(labels.In(Mix{"other": 100}), DefaultTarget(), 1)
	require.NoError(t, err)
	assert.False(t, d.Proposed)
	assert.Contains(t, d.Reason, "no call to big is of a class with labels enough")
}

func TestGradesAreTheSameEveryTimeAndOrderPromptsByGain(t *testing.T) {
	labels := worded(4000, []float64{0.5}, 1)
	r, again := learn(t, labels), learn(t, labels)
	rng := rand.New(rand.NewPCG(7, 7))
	var easy, hard float64
	for range 200 {
		e, h := prompt(rng, true), prompt(rng, false)
		assert.Equal(t, r.Grade(e, "tag0"), again.Grade(e, "tag0"))
		easy, hard = easy+float64(r.Grade(e, "tag0")), hard+float64(r.Grade(h, "tag0"))
	}
	assert.Less(t, easy/200, 40.0)
	assert.Greater(t, hard/200, 60.0)
	raw, err := r.File(Decision{MaxGrade: 7})
	require.NoError(t, err)
	same, err := again.File(Decision{MaxGrade: 7})
	require.NoError(t, err)
	assert.Equal(t, raw, same, "and so is the file that is handed over")
	assert.Less(t, len(raw), 1<<20)
	var f policyFile
	require.NoError(t, json.Unmarshal(raw, &f))
	assert.Equal(t, []string{"tag0"}, f.Tags)
	assert.NotContains(t, string(raw), "greeting", "no word of a prompt is in it")
}

func TestOfTwoPoliciesTheOneThatMovesMoreIsPickedAndBothShareTheDoubt(t *testing.T) {
	r := learn(t, worded(6000, []float64{0.5, 0.5}, 1))
	traffic := asked(r, 3000, "tag0", 0.5, 2)
	alone, err := r.Decide(traffic, lenient())
	require.NoError(t, err)
	picked, err := Best(r.labels, r, traffic, lenient(), 1)
	require.NoError(t, err)
	require.True(t, picked.Proposed, picked.Reason)
	assert.Equal(t, LearnedPolicy, picked.Policy)
	assert.Less(t, picked.MaxGrade, alone.MaxGrade, "half of the doubt each allows less")
	assert.Equal(t, 0.9, picked.Confidence)

	easy := worded(6000, []float64{0.5, 1}, 1)
	for i := range easy.Rows {
		if row := &easy.Rows[i]; row.Tag == "tag1" {
			row.Weak = row.Strong
		}
	}
	r = learn(t, easy)
	traffic = Traffic{}
	traffic.Add("tag1", 0, 700)
	traffic.Add("tag0", 20, 300)
	picked, err = Best(easy, r, traffic, lenient(), 1)
	require.NoError(t, err)
	assert.Equal(t, TagPolicy, picked.Policy, "calls without a known prompt move by their class: %s", picked.Reason)
	assert.Equal(t, []Rule{{"tag1", "big", "small"}}, picked.Rules)
}
