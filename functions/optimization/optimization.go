// Package optimization is the stage that replays the log under other policies
// and makes the plan.
package optimization

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"netra/shared/answer"
	"netra/shared/bucket"
	"netra/shared/dataset"
	"netra/shared/handover"
	"netra/shared/llm"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/pricing"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/tools"
)

// Stage is the optimization stage.
type Stage struct {
	Bucket *bucket.Bucket
	Prices *pricing.Book
	// Model chooses what else to replay; nil for none.
	Model llm.Model
	Now   func() time.Time
}

type replayIn struct {
	Options savings.Options `json:"options"`
	object  string
	terms   *savings.Terms
}

type replayOut struct {
	Analysis *savings.Analysis `json:"-"`
	Plan     savings.Plan      `json:"plan"`
}

// Run replays the normalised log with all levers under the goal's constraints.
func (s *Stage) Run(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	var triage handover.Triage
	var data handover.Intelligence
	if err := errors.Join(in.Decode("triage", &triage), in.Decode("intelligence", &data)); err != nil {
		return pipeline.Result{}, err
	}
	if err := emit.Think(ctx, "replay", fmt.Sprintf("Replaying %d calls under each policy, then under all of them together.", data.Coverage.Calls), 0.1); err != nil {
		return pipeline.Result{}, err
	}
	previous, err := s.previous(ctx, in)
	if err != nil {
		return pipeline.Result{}, err
	}
	p := plan.Named(in.Run.Plan)
	d := tools.New(emit, p, s.Now)
	base := savings.Options{}
	if previous != nil && d.Allows(plan.WhatIf) {
		base = previous.Options
	}
	options, notes := triage.Goal.Options(base, data.Tags)
	if data.Terms != nil {
		options.Offers = data.Terms.Offers
	}
	if data.Routing != nil {
		options.Routing = data.Routing.Replayed()
		notes = append(notes, "Routing, from your quality labels: "+data.Routing.Decision.Reason+".")
	}
	began := s.Now()
	out, err := tools.Call(ctx, d, s.replay(in), replayIn{Options: options, object: data.Object, terms: data.Terms})
	if err != nil {
		return pipeline.Result{}, err
	}
	raw, err := json.Marshal(headline(out.Analysis))
	if err != nil {
		return pipeline.Result{}, fmt.Errorf("encode the first figures: %w", err)
	}
	first := run.PartialResultData{Title: "First figures", Summary: out.Analysis.Plan.Verdict, Data: raw}
	if err := emit.Partial(ctx, first); err != nil {
		return pipeline.Result{}, err
	}
	body := handover.Optimization{Analysis: out.Analysis, Notes: notes, Answer: answer.New(triage.Goal, notes, nil, out.Analysis)}
	if previous != nil {
		difference, err := tools.Call(ctx, d, comparePlans(), compareIn{in.Run.Previous, previous, out.Analysis})
		switch {
		case errors.Is(err, tools.ErrDenied):
			body.Notes = append(body.Notes, "Your plan does not compare with the last answer, so this one stands alone.")
		case err != nil:
			return pipeline.Result{}, err
		default:
			body.Difference, body.Answer = &difference, answer.New(triage.Goal, notes, previous, out.Analysis)
			body.Notes = nil // they are in the answer
		}
	}
	explore := explorer{stage: s, in: in, emit: emit, tools: d, goal: triage.Goal, trials: &trials{
		options: options, plan: out.Analysis, classes: classesOf(out.Analysis),
		replay: func(ctx context.Context, o savings.Options) (*savings.Analysis, error) {
			return s.analyse(ctx, in, replayIn{Options: o, object: data.Object, terms: data.Terms})
		}}}
	found, err := explore.run(ctx, s.Now().Sub(began))
	if err != nil {
		return pipeline.Result{}, err
	}
	body.Tried, body.Remark = found.trials, found.remark
	if found.note != "" {
		body.Caveats = append(body.Caveats, found.note)
	}
	c := counters(out.Analysis)
	c["netra_what_ifs_total"], c["netra_model_tokens_total"] = float64(len(found.trials)), float64(found.tokens)
	return pipeline.Result{Summary: out.Analysis.Plan.Verdict, Body: body, Headline: headline(out.Analysis),
		Saving: out.Analysis.Plan.SavingsUSD > 0, Counters: c}, nil
}

// replay is the tool that runs the engine.
func (s *Stage) replay(in pipeline.Input) tools.Tool[replayIn, replayOut] {
	return tools.Tool[replayIn, replayOut]{
		Name: "replay_log", Purpose: "price every call of your log under other policies",
		Permission: plan.Replay, Timeout: 8 * time.Minute,
		Run: func(ctx context.Context, r replayIn) (replayOut, error) {
			analysis, err := s.analyse(ctx, in, r)
			if err != nil {
				return replayOut{}, err
			}
			return replayOut{analysis, analysis.Plan}, nil
		},
		Summary: func(out replayOut) string { return out.Plan.Verdict },
	}
}

func (s *Stage) analyse(ctx context.Context, in pipeline.Input, r replayIn) (*savings.Analysis, error) {
	object, err := s.Bucket.User(in.Run.UserID).ReaderAt(ctx, r.object)
	if err != nil {
		return nil, fmt.Errorf("open the normalised log: %w", err)
	}
	file, err := dataset.Open(object, object.Size())
	if err != nil {
		return nil, err
	}
	book := s.Prices
	if r.terms != nil {
		book = book.With(r.terms.Prices)
	}
	return savings.Analyse(ctx, file, book, r.Options)
}

// previous is the analysis of the thread's previous run; nil if there is none.
func (s *Stage) previous(ctx context.Context, in pipeline.Input) (*savings.Analysis, error) {
	results, err := in.Earlier(ctx)
	if err != nil {
		return nil, err
	}
	if len(results["optimization"]) == 0 {
		return nil, nil
	}
	var o handover.Optimization
	err = pipeline.Input{Results: results}.Decode("optimization", &o)
	return o.Analysis, err
}

func headline(a *savings.Analysis) map[string]any {
	return map[string]any{
		"cost_before_usd": a.Plan.CostBeforeUSD, "cost_after_usd": a.Plan.CostAfterUSD,
		"savings_percentage": a.Plan.Percentage, "interval_90": a.Plan.PercentageInterval, "levers": a.Plan.Levers,
	}
}

// counters keep the product's own measures: how often intervals hold, and how
// much was found.
func counters(a *savings.Analysis) map[string]float64 {
	c := map[string]float64{}
	if share, n := a.Backtest.ConfidenceAccuracy(); n > 0 {
		c["netra_confidence_intervals_total"] = float64(n)
		c["netra_confidence_covered_total"] = share * float64(n)
	}
	if a.Plan.SavingsUSD > 0 {
		c["netra_savings_found_usd_total"] = a.Plan.SavingsUSD
	}
	return c
}

type compareIn struct {
	Run            string `json:"run"`
	earlier, later *savings.Analysis
}

// comparePlans is the tool that says what a follow-up question changed.
func comparePlans() tools.Tool[compareIn, savings.Difference] {
	return tools.Tool[compareIn, savings.Difference]{
		Name: "compare_plans", Purpose: "say what your question changed against the last plan",
		Permission: plan.WhatIf,
		Run: func(_ context.Context, in compareIn) (savings.Difference, error) {
			return savings.Diff(in.earlier, in.later), nil
		},
		Summary: func(d savings.Difference) string {
			return fmt.Sprintf("%+.2f USD of savings; %d levers added, %d removed, %d changed", d.SavingsUSD, len(d.Added), len(d.Removed), len(d.Changed))
		},
	}
}
