package refine_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/goal/refine"
	"netra/shared/llm"
	"netra/shared/savings"
)

// oracle is a model that gives one answer.
type oracle struct {
	text  string
	err   error
	asked []llm.Request
}

func (o *oracle) Generate(_ context.Context, r llm.Request) (llm.Response, error) {
	o.asked = append(o.asked, r)
	return llm.Response{Text: o.text}, o.err
}

// goalOf reads a text of which the second sentence is beyond the rules.
func goalOf(t *testing.T, text string) goal.Goal {
	t.Helper()
	g, err := goal.Read(text)
	require.NoError(t, err)
	require.NotEmpty(t, g.Unread)
	return g
}

const odd = "Cut cost by 20%. Hands off whatever the Lyon folks run, they are touchy"

func TestAModelReadsWhatNoRuleDid(t *testing.T) {
	model := &oracle{text: `{"exclude_tags":["Lyon"],"exclude_levers":["routing"]}`}
	g, err := refine.Goal(t.Context(), model, goalOf(t, odd))
	require.NoError(t, err)
	assert.Equal(t, []string{"lyon"}, g.ExcludeTags)
	assert.Equal(t, []string{savings.Routing}, g.ExcludeLevers)
	assert.Equal(t, 20.0, g.Targets.CostCut, "what rules read stays")
	assert.Empty(t, g.Unread)
	assert.Len(t, g.Notes, 1, "the user is told")
	assert.NotContains(t, model.asked[0].Messages[0].Text, "20%", "only unread sentences are shown")
}

func TestAModelMayNotInvent(t *testing.T) {
	for name, answer := range map[string]string{
		"tags nobody wrote":         `{"exclude_tags":["payments","everything"]}`,
		"levers that do not exist":  `{"exclude_levers":["sell-the-data"],"accept_levers":["all"]}`,
		"a tag as long as a speech": `{"exclude_tags":["whatever the lyon folks run"]}`,
		"nothing":                   `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			before := goalOf(t, odd)
			g, err := refine.Goal(t.Context(), &oracle{text: answer}, before)
			require.NoError(t, err)
			assert.Equal(t, before.Summary(), g.Summary())
			assert.NotEmpty(t, g.Unread)
		})
	}
}

func TestFiguresAreNotPartOfAReading(t *testing.T) {
	before := goalOf(t, odd)
	g, err := refine.Goal(t.Context(), &oracle{text: `{"targets":{"cost_cut_percent":99}}`}, before)
	require.ErrorIs(t, err, llm.ErrGarbage)
	assert.Equal(t, before, g)
}

func TestAModelThatFailsChangesNothing(t *testing.T) {
	before := goalOf(t, odd)
	for _, err := range []error{llm.ErrUnavailable, llm.ErrRateLimited, llm.ErrOpen} {
		g, got := refine.Goal(t.Context(), &oracle{err: err}, before)
		assert.ErrorIs(t, got, err)
		assert.Equal(t, before, g)
	}
}

func TestNoModelIsAskedWhereRulesReadEverything(t *testing.T) {
	g, err := goal.Read("cut cost by 20%")
	require.NoError(t, err)
	model := &oracle{}
	got, err := refine.Goal(t.Context(), model, g)
	require.NoError(t, err)
	assert.Equal(t, g, got)
	assert.Empty(t, model.asked)
}
