package sufficiency_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/savings/routing"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

func TestScoresInALogAreTakenForWhatTheyAre(t *testing.T) {
	one := usage.ModelScore{Model: "big", Calls: 800, Mean: 0.91}
	two := usage.ModelScore{Model: "small", Calls: 400, Mean: 0.88}
	needed := routing.LabelsNeeded(routing.DefaultTarget())
	pair := func(n int64) []usage.ScorePair {
		return []usage.ScorePair{{Models: [2]string{"big", "small"}, Prompts: n}}
	}
	for name, tc := range map[string]struct {
		scores usage.Scores
		says   []string
		not    string
	}{
		"one model":         {usage.Scores{Models: []usage.ModelScore{one}, Prompts: 800}, []string{"800 answers, all of big", "about 4752 prompts"}, "means"},
		"no prompts":        {usage.Scores{Models: []usage.ModelScore{one, two}}, []string{"1200 answers of 2 models and no prompts", "big 0.91 of 800, small 0.88 of 400", "do not compare them"}, "labels"},
		"different prompts": {usage.Scores{Models: []usage.ModelScore{one, two}, Prompts: 1200}, []string{"no prompt on two of them", "do not compare the models", "about 4752 prompts"}, "labels"},
		"some pairs":        {usage.Scores{Models: []usage.ModelScore{one, two}, Prompts: 1200, Pairs: pair(752)}, []string{"752 prompts on both big and small", "quality labels", "about 4000 prompts more"}, "means"},
		"enough pairs":      {usage.Scores{Models: []usage.ModelScore{one, two}, Prompts: 9000, Pairs: pair(needed)}, []string{"4752 prompts on both", "hand it over beside the log"}, "needed"},
	} {
		got := sufficiency.Scored(&tc.scores)
		for _, part := range tc.says {
			assert.Contains(t, got, part, name)
		}
		assert.NotContains(t, got, tc.not, name)
	}
}
