package triage

import (
	"context"
	"errors"
	"time"

	"netra/shared/goal"
	"netra/shared/goal/refine"
	"netra/shared/llm"
	"netra/shared/plan"
	"netra/shared/tools"
)

type refineIn struct {
	Sentences int `json:"sentences"`
	goal      goal.Goal
}

// refineGoal is the tool that lets a model read what no rule could.
func (s *Stage) refineGoal() tools.Tool[refineIn, readOut] {
	return tools.Tool[refineIn, readOut]{
		Name: "refine_goal", Purpose: "read the sentences that no rule could, with a language model",
		Permission: plan.UseModel, Timeout: 30 * time.Second,
		Run: func(ctx context.Context, in refineIn) (readOut, error) {
			model := llm.NewBudget(s.Model, llm.DefaultLimits(), s.Now)
			g, err := refine.Goal(ctx, model, in.goal)
			return readOut{g}, err
		},
		Summary: func(out readOut) string { return out.Goal.Summary() },
	}
}

// refine reads the rest of the message with a model, if there is one, the plan
// allows it and rules left something unread. Without an answer the goal stays as
// the rules read it: the events tell why.
func (s *Stage) refine(ctx context.Context, d *tools.Dispatcher, g goal.Goal) (goal.Goal, error) {
	if s.Model == nil || len(g.Unread) == 0 {
		return g, nil
	}
	out, err := tools.Call(ctx, d, s.refineGoal(), refineIn{len(g.Unread), g})
	switch {
	case err == nil:
		return out.Goal, nil
	case ctx.Err() != nil:
		return g, err
	case errors.Is(err, tools.ErrDenied), silent(err):
		return g, nil
	}
	return g, err
}

// silent reports whether an error is a model's or the time limit's, which a run
// can do without. Errors of the emitter are not.
func silent(err error) bool {
	for _, kind := range []error{llm.ErrUnavailable, llm.ErrRateLimited, llm.ErrGarbage, llm.ErrRefused, llm.ErrBudget, llm.ErrOpen, tools.ErrTimeLimit} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
