// Package triage is the first stage: it reads what the user wants and plans the
// run's way through the stages.
package triage

import (
	"context"
	"fmt"
	"time"

	"netra/shared/connector"
	"netra/shared/goal"
	"netra/shared/handover"
	"netra/shared/llm"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/tools"
)

// Stage is the triage stage. Model reads what rules cannot; nil for none.
type Stage struct {
	Table pipeline.Table
	Model llm.Model
	Now   func() time.Time
}

type readIn struct {
	Characters int `json:"characters"`
	text       string
}

type readOut struct {
	Goal goal.Goal `json:"goal"`
}

// readGoal is the tool that reads the user's text by rules.
func readGoal() tools.Tool[readIn, readOut] {
	return tools.Tool[readIn, readOut]{
		Name: "read_goal", Purpose: "find targets, models, time range and constraints in your message",
		Permission: plan.ReadLog,
		Run: func(_ context.Context, in readIn) (readOut, error) {
			g, err := goal.Read(in.text)
			return readOut{g}, err
		},
		Summary: func(out readOut) string { return out.Goal.Summary() },
	}
}

// withoutLog says how a run goes on to which no log was handed over.
func withoutLog(g goal.Goal, followUp bool) string {
	for _, provider := range g.Providers {
		if kind, ok := connector.Of(provider); ok {
			return fmt.Sprintf("No usage log is attached: it will be fetched from %s if you stored a credential for it, else Netra says what it needs.", kind)
		}
	}
	if followUp {
		return "No usage log is attached: Netra uses what it fetched for your last question, if it did, else it says what it needs."
	}
	return "There is no usage log yet: Netra will say what it needs and show what it can do meanwhile."
}

// Run reads the goal and chooses the first route: without data the run goes to
// intelligence and asks, with data it is planned in full.
func (s *Stage) Run(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	if err := emit.Think(ctx, "goal", "Reading what you want to reach, and what must not change.", 0.1); err != nil {
		return pipeline.Result{}, err
	}
	p := plan.Named(in.Run.Plan)
	d := tools.New(emit, p, s.Now)
	out, err := tools.Call(ctx, d, readGoal(), readIn{len([]rune(in.Run.Goal)), in.Run.Goal})
	if err != nil {
		return pipeline.Result{}, err
	}
	if out.Goal, err = s.refine(ctx, d, out.Goal); err != nil {
		return pipeline.Result{}, err
	}
	state, thought := "sufficient", "There is data to look at: planning all five agents, and the data will confirm or change that."
	if len(in.Run.Datasets) == 0 {
		state, thought = "insufficient", withoutLog(out.Goal, in.Run.Previous != "")
	}
	if err := emit.Think(ctx, "route", thought, 0.9); err != nil {
		return pipeline.Result{}, err
	}
	return pipeline.Result{
		Summary: out.Goal.Summary(),
		Body:    handover.Triage{Goal: out.Goal, FollowUp: in.Run.Previous != ""},
		Headline: map[string]any{
			"focus": out.Goal.Focus, "targets": out.Goal.Targets, "data_sets": len(in.Run.Datasets), "follow_up": in.Run.Previous != "",
		},
		Route: s.Table.After("triage", state),
	}, nil
}
