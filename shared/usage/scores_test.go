package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// scoredRow is an answer of a model to prompt n.
func scoredRow(model string, n int, score string) string {
	return fmt.Sprintf(`{"model":%q,"prompt":"question %d","prompt_tokens":10,"completion_tokens":5,"quality":%s}`+"\n", model, n, score)
}

func inspected(t *testing.T, log string) usage.Inspection {
	r, err := usage.Open(strings.NewReader(log), usage.Options{})
	require.NoError(t, err)
	found, err := usage.Inspect(r)
	require.NoError(t, err)
	return found
}

func TestScoresTellWhichModelsAnsweredTheSamePrompts(t *testing.T) {
	var log strings.Builder
	for n := range 10 {
		log.WriteString(scoredRow("big", n, "1"))
		log.WriteString(scoredRow("big", n, "0.5")) // once more: no further prompt
		if n < 6 {
			log.WriteString(scoredRow("small", n, "0.5"))
		}
		if n < 2 {
			log.WriteString(scoredRow("tiny", n, "0"))
		}
		log.WriteString(scoredRow("unscored", n, "null"))
	}
	assert.Equal(t, &usage.Scores{
		Models:  []usage.ModelScore{{Model: "big", Calls: 20, Mean: 0.75}, {Model: "small", Calls: 6, Mean: 0.5}, {Model: "tiny", Calls: 2, Mean: 0}},
		Prompts: 10,
		Pairs: []usage.ScorePair{{Models: [2]string{"big", "small"}, Prompts: 6}, {Models: [2]string{"big", "tiny"}, Prompts: 2},
			{Models: [2]string{"small", "tiny"}, Prompts: 2}},
	}, inspected(t, log.String()).Scores)
	assert.Nil(t, inspected(t, goodLine).Scores)
}

func TestScoresWithoutPromptsPairNothing(t *testing.T) {
	row := `{"model":"%s","prompt_tokens":10,"completion_tokens":5,"quality":1}` + "\n"
	s := inspected(t, fmt.Sprintf(row, "a")+fmt.Sprintf(row, "b")).Scores
	require.Len(t, s.Models, 2)
	assert.Zero(t, s.Prompts)
	assert.Empty(t, s.Pairs)
}
