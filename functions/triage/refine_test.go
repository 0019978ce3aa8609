package triage

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/handover"
	"netra/shared/llm"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/run"
)

type reader struct {
	text  string
	err   error
	asked int
}

func (r *reader) Generate(context.Context, llm.Request) (llm.Response, error) {
	r.asked++
	return llm.Response{Text: r.text}, r.err
}

type told struct{ completed []run.ToolCompletedData }

func (*told) Think(context.Context, string, string, float64) error       { return nil }
func (*told) ToolExecuting(context.Context, run.ToolExecutingData) error { return nil }
func (*told) Partial(context.Context, run.PartialResultData) error       { return nil }
func (e *told) ToolCompleted(_ context.Context, d run.ToolCompletedData) error {
	e.completed = append(e.completed, d)
	return nil
}

const odd = "Cut cost by 20%. Hands off whatever the Lyon folks run, they are touchy"

// triaged runs the stage on a message.
func triaged(t *testing.T, model llm.Model, planName, text string) (handover.Triage, *told) {
	t.Helper()
	table, err := pipeline.Load()
	require.NoError(t, err)
	e := &told{}
	s := &Stage{Table: table, Model: model, Now: time.Now}
	result, err := s.Run(t.Context(), pipeline.Input{Run: run.Run{Goal: text, Plan: planName, Datasets: []string{"d"}}}, e)
	require.NoError(t, err)
	raw, err := json.Marshal(result.Body)
	require.NoError(t, err)
	var body handover.Triage
	require.NoError(t, json.Unmarshal(raw, &body))
	return body, e
}

func TestAModelReadsTheRestOfTheMessage(t *testing.T) {
	body, e := triaged(t, &reader{text: `{"exclude_tags":["lyon"]}`}, plan.Early, odd)
	assert.Equal(t, []string{"lyon"}, body.Goal.ExcludeTags)
	assert.Equal(t, 20.0, body.Goal.Targets.CostCut)
	require.Len(t, e.completed, 2)
	assert.Equal(t, "refine_goal", e.completed[1].Tool)
}

func TestTriageGoesOnWithoutTheModel(t *testing.T) {
	cases := map[string]struct {
		model  *reader
		plan   string
		events int
	}{
		"down":        {&reader{err: llm.ErrUnavailable}, plan.Early, 2},
		"garbage":     {&reader{text: "as you wish"}, plan.Early, 2},
		"not in plan": {&reader{}, plan.Free, 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			body, e := triaged(t, c.model, c.plan, odd)
			assert.Equal(t, 20.0, body.Goal.Targets.CostCut)
			assert.Len(t, body.Goal.Unread, 1)
			require.Len(t, e.completed, c.events)
			assert.False(t, e.completed[1].Success)
		})
	}
}

func TestRulesAloneNeedNoModel(t *testing.T) {
	model := &reader{}
	body, e := triaged(t, model, plan.Early, "cut cost by 20%")
	assert.Equal(t, 20.0, body.Goal.Targets.CostCut)
	assert.Len(t, e.completed, 1)
	assert.Zero(t, model.asked)

	_, e = triaged(t, nil, plan.Early, odd)
	assert.Len(t, e.completed, 1, "without a model there is nothing to tell")
}
