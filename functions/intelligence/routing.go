package intelligence

import (
	"bytes"
	"context"
	"fmt"
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
	Router string `json:"router,omitempty"`
	object string
}

// settleRouting is the tool that decides which of the log's calls may move.
func (w *work) settleRouting() tools.Tool[settleIn, handover.Routing] {
	return tools.Tool[settleIn, handover.Routing]{
		Name: "settle_routing", Purpose: "bound the loss of quality for the calls of your log as they are mixed, and decide which may move",
		Permission: plan.Route, Timeout: 3 * time.Minute, Run: w.settle,
		Summary: func(out handover.Routing) string { return out.Decision.Reason },
	}
}

// settle decides between the learned router and rules by tag: that which moves more
// of the log's calls within the same bound.
func (w *work) settle(ctx context.Context, in settleIn) (handover.Routing, error) {
	l := w.lesson
	traffic, err := w.traffic(ctx, in.object)
	if err != nil {
		return handover.Routing{}, err
	}
	labels := l.labels
	if traffic != nil {
		labels = labels.In(traffic.Calls())
	}
	decision, err := routing.DecideByTag(labels, routing.DefaultTarget(), routingSeed)
	if err != nil {
		return handover.Routing{}, err
	}
	out := handover.Routing{Study: l.Study}
	if l.router != nil {
		learned, err := l.router.Decide(traffic, routing.DefaultTarget())
		if err != nil {
			return handover.Routing{}, err
		}
		if !decision.Proposed || learned.Proposed && moved(learned) > moved(decision) {
			decision = learned
		}
	}
	out.Decision = decision
	if decision.MaxGrade > 0 {
		if out.File, err = w.keepRouter(ctx, decision); err != nil {
			return handover.Routing{}, err
		}
	}
	out.Policy = policy(l, out)
	return out, nil
}

// moved is the share of the log's calls to the strong model that a policy moves.
func moved(d routing.Decision) float64 { return d.CallShare * d.LogShare }

// traffic counts the log's calls to the strong model; nil without a log.
func (w *work) traffic(ctx context.Context, object string) (routing.Traffic, error) {
	if object == "" {
		return nil, nil
	}
	at, err := w.objects.ReaderAt(ctx, object)
	if err != nil {
		return nil, fmt.Errorf("open the normalised log: %w", err)
	}
	file, err := dataset.Open(at, at.Size())
	if err != nil {
		return nil, err
	}
	traffic, grades, strong := routing.Traffic{}, file.Grades(), w.isStrong(w.lesson.labels.Strong)
	return traffic, file.Scan(ctx, func(c *dataset.Columns) error {
		for i := range c.N {
			if usage.Status(c.Status[i]) == usage.Served || !strong(file.Providers.Name(c.Provider[i]), file.Models.Name(c.Model[i])) {
				continue
			}
			grade, err := grades.At(c.Row + int64(i))
			if err != nil {
				return err
			}
			traffic.Add(file.Tags.Name(c.Tag[i]), grade, float64(c.Counts[i])*c.Weight[i])
		}
		return nil
	})
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
