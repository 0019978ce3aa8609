package llm

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/tools"
)

// ofTwoLevers is what is known of a plan of $100 with two levers.
func ofTwoLevers() *Evidence {
	e := NewEvidence([]tools.Result{{Output: json.RawMessage(`{"cost_before_usd": 400, "savings_usd": 100, "savings_percentage": 25}`)}})
	e.AddSubjects([]Subject{
		{"cache", map[string]any{"title": "Cache prefixes", "model": "claude-sonnet-4-5", "savings_usd": 80, "savings_percentage": 20}},
		{"batch", map[string]any{"title": "Use the batch tier", "savings_usd": 30, "savings_percentage": 7.5}},
	}, func(sentence string) (names []string) {
		for _, name := range []string{"cache", "batch", "routing"} {
			if strings.Contains(strings.ToLower(sentence), name) {
				names = append(names, name)
			}
		}
		return names
	})
	return e
}

func TestWhatIsTrueOfASubjectMayBeSaidOfIt(t *testing.T) {
	for _, sentence := range []string{
		"The plan saves $100, a quarter of $400.",
		"The first step saves $80.",
		"The cache saves $80 of the bill of $400.",
		"Cache first: it saves 20%.",
		"The cache saves $80 and the batch tier $30.",
		"The cache for claude-sonnet-4-5 comes first.",
		"Routing needs quality labels.",
		"Neither the cache nor routing changes an answer: $80 saved.",
	} {
		assert.True(t, ofTwoLevers().holds(sentence), sentence)
	}
}

func TestNothingElseMayBeSaidOfASubject(t *testing.T) {
	for _, sentence := range []string{
		"The cache saves $30.",                     // the other's
		"The batch tier cuts the bill by 20%.",     // the other's
		"The cache saves $100.",                    // the plan's
		"Batch calls and cut the bill by 25%.",     // the plan's
		"Routing saves $80.",                       // nothing is known of it
		"Routing would cut the bill.",              // a promise without a figure
		"With routing you pay less: costs lower.",  //
		"It is guaranteed to work.",                // nobody can
		"The cache is risk-free.",                  //
		"This will definitely pay.",                //
		"You save $100 without any risk.",          //
		"There is no risk in the cache: $80 less.", //
	} {
		assert.False(t, ofTwoLevers().holds(sentence), sentence)
	}
}

func TestTheModelSeesTheSubjectsApart(t *testing.T) {
	task := Task{Data: map[string]int{"calls": 7}, Subjects: []Subject{{"cache", map[string]int{"savings_usd": 80}}}}
	text, err := Data(task.shown())
	assert.NoError(t, err)
	assert.Equal(t, `<data>{"all":{"calls":7},"parts":[{"data":{"savings_usd":80},"name":"cache"}]}</data>`, text)
}
