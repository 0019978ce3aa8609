package intelligence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"netra/shared/dataset"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/tools"
	"netra/shared/usage"
)

// isStrong reports whether calls went to the labels' strong model, however the log
// spells it, as the engine does.
func (w *work) isStrong(model string) func(provider, name string) bool {
	resolver := w.book().Resolver()
	want, known := resolver.Resolve("", model)
	return func(provider, name string) bool {
		if provider == "" && name == model {
			return true
		}
		ref, ok := resolver.Resolve(provider, name)
		return known && ok && ref == want
	}
}

// grader has the learned router judge the calls that it may decide, while their
// prompts are in memory; nil without one.
func (w *work) grader() usage.Grader {
	if w.lesson == nil || w.lesson.router == nil {
		return nil
	}
	router, strong := w.lesson.router, w.isStrong(w.lesson.labels.Strong)
	return func(c *usage.Call, question []byte) uint8 {
		if len(question) == 0 || !router.Covers(c.Tag) || !strong(c.Provider, c.Model) {
			return 0
		}
		return router.Grade(string(question), c.Tag)
	}
}

type settleIn struct {
	Router  string          `json:"router,omitempty"`
	Options savings.Options `json:"options"`
	object  string
}

// settleRouting is the tool that decides which of the log's calls may move.
func (w *work) settleRouting() tools.Tool[settleIn, handover.Routing] {
	return tools.Tool[settleIn, handover.Routing]{
		Name: "settle_routing", Purpose: "bound the loss of quality for the calls of your log as they are mixed, and decide which may move",
		Permission: plan.Route, Timeout: 3 * time.Minute, Run: w.settle,
		Summary: func(out handover.Routing) string { return out.Decision.Reason },
	}
}

func (w *work) settle(ctx context.Context, in settleIn) (handover.Routing, error) {
	l := w.lesson
	traffic, err := w.traffic(ctx, in)
	if err != nil {
		return handover.Routing{}, err
	}
	out := handover.Routing{Study: l.Study}
	if out.Decision, err = routing.Best(l.labels, l.router, traffic, routing.DefaultTarget(), routingSeed); err != nil {
		return handover.Routing{}, err
	}
	if out.Decision.MaxGrade > 0 {
		if out.File, err = w.keepRouter(ctx, out.Decision); err != nil {
			return handover.Routing{}, err
		}
	}
	out.Policy = policy(l, out)
	return out, nil
}

// traffic counts the log's calls to the strong model that may be changed at all: the
// bound is for their mix. It is nil without a log.
func (w *work) traffic(ctx context.Context, in settleIn) (routing.Traffic, error) {
	if in.object == "" {
		return nil, nil
	}
	at, err := w.objects.ReaderAt(ctx, in.object)
	if err != nil {
		return nil, fmt.Errorf("open the normalised log: %w", err)
	}
	file, err := dataset.Open(at, at.Size())
	if err != nil {
		return nil, err
	}
	_, last := file.Span()
	asked, grades, strong := in.Options.Rows(last), file.Grades(), w.isStrong(w.lesson.labels.Strong)
	traffic := routing.Traffic{}
	return traffic, file.Scan(ctx, func(c *dataset.Columns) error {
		for i, end := asked(c); i < end; i++ {
			tag := file.Tags.Name(c.Tag[i])
			if usage.Status(c.Status[i]) == usage.Served || slices.Contains(in.Options.ExcludeTags, tag) || !strong(file.Providers.Name(c.Provider[i]), file.Models.Name(c.Model[i])) {
				continue
			}
			grade, err := grades.At(c.Row + int64(i))
			if err != nil {
				return err
			}
			traffic.Add(tag, grade, float64(c.Counts[i])*c.Weight[i])
		}
		return nil
	})
}

// wanted are the options that the engine will have: those of the thread's last plan
// with what the message says.
func (w *work) wanted(ctx context.Context, tags []string) (savings.Options, error) {
	results, err := w.in.Earlier(ctx)
	if err != nil {
		return savings.Options{}, err
	}
	var before handover.Optimization
	if raw, ok := results["optimization"]; ok && w.tools.Allows(plan.WhatIf) {
		if err := json.Unmarshal(raw, &before); err != nil {
			return savings.Options{}, fmt.Errorf("decode the last plan: %w", err)
		}
	}
	previous := savings.Options{}
	if before.Analysis != nil {
		previous = before.Analysis.Options
	}
	options, _ := w.triage.Goal.Options(previous, tags)
	return options, nil
}

// keepRouter stores the router that was decided on, for the stage that hands it over.
func (w *work) keepRouter(ctx context.Context, d routing.Decision) (string, error) {
	raw, err := w.lesson.router.File(d)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("runs/%s/router.json", w.in.Run.ID)
	if err := w.objects.Put(ctx, name, bytes.NewReader(raw)); err != nil {
		return "", fmt.Errorf("keep the router: %w", err)
	}
	return name, nil
}

// policy turns a decision into the engine's; nil if nothing may be routed.
func policy(l *lesson, r handover.Routing) *savings.RoutingPolicy {
	d := r.Decision
	if !d.Proposed {
		return nil
	}
	p := &savings.RoutingPolicy{LossBound: d.Chosen.Bound, Confidence: d.Confidence, Study: &r.Study, Decision: &d}
	for _, rule := range d.Rules {
		p.Rules = append(p.Rules, savings.RoutingRule{Tag: rule.Tag, From: savings.Model{Model: rule.Strong}, To: savings.Model{Model: rule.Weak}})
	}
	if d.MaxGrade > 0 {
		p.Rules = append(p.Rules, savings.RoutingRule{From: savings.Model{Model: l.labels.Strong}, To: savings.Model{Model: l.labels.Weak}, MaxGrade: d.MaxGrade})
	}
	return p
}
