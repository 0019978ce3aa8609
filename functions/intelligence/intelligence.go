// Package intelligence is the stage that reads the log, normalises it, says what
// it can carry, and asks for what is missing.
package intelligence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netra/shared/bucket"
	"netra/shared/handover"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/pricing"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/store"
	"netra/shared/sufficiency"
	"netra/shared/tools"
	"netra/shared/usage"
	"netra/shared/words"
)

// Stage is the data intelligence stage.
type Stage struct {
	Table  pipeline.Table
	Bucket *bucket.Bucket
	Prices *pricing.Book
	// Fetcher and Credential let the stage fetch a log by itself; nil for not.
	Fetcher    Fetcher
	Credential Credential
	Now        func() time.Time
}

// work is one invocation.
type work struct {
	*Stage
	in      pipeline.Input
	emit    pipeline.Emitter
	tools   *tools.Dispatcher
	objects bucket.Objects
	triage  handover.Triage
	// fetched are the logs that Netra fetched itself, by the ids that stand for them.
	fetched map[string]handover.Fetched
	// terms are the user's own prices, nil for none.
	terms *savings.Terms
	// lesson is what quality labels taught, nil without any; labelsPlan is the plan
	// that could have used them, "" if this one can.
	lesson     *lesson
	labelsPlan string
	// grade grades prompts as the log is read; nil for not.
	grade usage.Grader
}

// Run reads the run's logs and decides how the run goes on: to the optimization
// when the data can carry it, to a teaching report when not, and before that to
// a request for data as long as the user has not said to go on without.
func (s *Stage) Run(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	p := plan.Named(in.Run.Plan)
	w := &work{Stage: s, in: in, emit: emit, tools: tools.New(emit, p, s.Now), objects: s.Bucket.User(in.Run.UserID), fetched: map[string]handover.Fetched{}}
	if err := in.Decode("triage", &w.triage); err != nil {
		return pipeline.Result{}, err
	}
	out, err := w.look(ctx)
	if err != nil {
		return pipeline.Result{}, refused(err)
	}
	if out.Sufficiency, err = w.assess(ctx, out); err != nil {
		return pipeline.Result{}, err
	}
	return w.decide(ctx, out)
}

// look reads the logs, the user's own prices and the quality labels, if there are any.
func (w *work) look(ctx context.Context) (handover.Intelligence, error) {
	usageLogs, labels, terms, err := w.sorted(ctx)
	if err != nil {
		return handover.Intelligence{}, err
	}
	if err := w.useTerms(ctx, terms); err != nil {
		return handover.Intelligence{}, err
	}
	if len(usageLogs) == 0 {
		if usageLogs, err = w.gather(ctx); err != nil {
			return handover.Intelligence{}, err
		}
	}
	if w.lesson, err = w.useLabels(ctx, labels); err != nil { // before the log: its prompts are known only while it is read
		return handover.Intelligence{}, err
	}
	out := handover.Intelligence{Tags: []string{}}
	if len(usageLogs) == 0 {
		err = w.emit.Think(ctx, "data", "No usage log was handed over. Working out what would be needed.", 0.1)
	} else {
		out, err = w.readAll(ctx, usageLogs)
	}
	if err != nil {
		return handover.Intelligence{}, err
	}
	out.Terms = w.terms
	return out, w.route(ctx, &out)
}

// route decides, once the log is read, what the labels taught for it.
func (w *work) route(ctx context.Context, into *handover.Intelligence) error {
	if w.labelsPlan != "" {
		into.LabelsPlan = w.labelsPlan
		into.Notes = append(into.Notes, "Your quality labels were not used: the plan "+w.labelsPlan+" learns routing from them. All else is answered without them.")
	}
	if w.lesson == nil {
		return nil
	}
	options, err := w.wanted(ctx, into.Tags)
	if err != nil {
		return err
	}
	settled, err := tools.Call(ctx, w.tools, w.settleRouting(), settleIn{w.lesson.Router, savings.Options{ExcludeTags: options.ExcludeTags, From: options.From, To: options.To, Last: options.Last}, into.Object})
	if err != nil {
		return err
	}
	into.Routing = &settled
	return nil
}

// sorted tells usage logs from quality labels and the user's own prices, by what
// the upload was found to be.
func (w *work) sorted(ctx context.Context) (usageLogs []string, labels, terms []store.Dataset, err error) {
	for _, id := range w.in.Run.Datasets {
		d, err := w.in.Documents.Dataset(ctx, id)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("find the log: %w", err)
		}
		switch d.Value.Format {
		case routing.Format:
			labels = append(labels, d.Value)
		case savings.TermsFormat:
			terms = append(terms, d.Value)
		default:
			usageLogs = append(usageLogs, id)
		}
	}
	return usageLogs, labels, terms, nil
}

func logs(n int) string {
	if n == 1 {
		return "your log"
	}
	return fmt.Sprintf("your %d logs", n)
}

// decide sets the route and, if the data is not enough, the request for more.
func (w *work) decide(ctx context.Context, out handover.Intelligence) (pipeline.Result, error) {
	suf := out.Sufficiency
	thought := fmt.Sprintf("The data scores %d of 100 for this goal: %s.", suf.Score, suf.State)
	if err := w.emit.Think(ctx, "decide", thought, 0.9); err != nil {
		return pipeline.Result{}, err
	}
	result := pipeline.Result{
		Summary: summary(out), Sufficiency: &suf, Route: w.Table.After("intelligence", suf.State),
		Headline: map[string]any{"score": suf.Score, "state": suf.State, "calls": calls(out), "missing": len(suf.Missing)},
	}
	if suf.State == "insufficient" {
		if err := w.teach(ctx, &out, &result); err != nil {
			return pipeline.Result{}, err
		}
	}
	result.Body = out
	return result, nil
}

// teach shows what Netra does on a comparable log, and asks for data.
func (w *work) teach(ctx context.Context, out *handover.Intelligence, result *pipeline.Result) error {
	example, err := tools.Call(ctx, w.tools, w.compareSample(), sampleIn{})
	if err != nil {
		return err
	}
	out.Sample = example.Analysis
	if out.Spend, err = w.priced(ctx, *out); err != nil {
		return err
	}
	if out.Coverage != nil && out.Coverage.IsBill() {
		out.Chances = sufficiency.Chances(out.Coverage.Charges, w.book(), w.triage.Goal)
	}
	if err := w.emit.Partial(ctx, example.partial()); err != nil {
		return err
	}
	r := w.in.Run
	if r.Round >= run.MaxRounds || r.Answer == run.AnswerContinue || r.Answer == run.AnswerExpired || w.triage.Goal.GoOn {
		return nil
	}
	result.Summary = "The data cannot carry an answer yet. " + result.Summary
	result.Ask = &run.DataRequest{
		Round: r.Round + 1, RoundsLeft: run.MaxRounds - r.Round - 1, Items: out.Sufficiency.Missing,
		Resume: "intelligence", ExpiresAt: w.Now().Add(pipeline.DataLimit).UTC(),
	}
	return nil
}

func calls(out handover.Intelligence) int64 {
	if out.Coverage == nil {
		return 0
	}
	return out.Coverage.Calls
}

func summary(out handover.Intelligence) string {
	if out.Coverage == nil {
		return "There is no usage log yet."
	}
	unreadable := int64(0)
	for _, r := range out.Reports {
		unreadable += r.Unreadable
	}
	if out.Coverage.IsBill() {
		return fmt.Sprintf("A bill of %s in %s, without calls or tokens, %d unreadable rows; the data is %s (%d of 100).",
			words.USD(out.Coverage.ReportedCost), words.Count(int(out.Coverage.Rows), "line", "lines"), unreadable, out.Sufficiency.State, out.Sufficiency.Score)
	}
	return fmt.Sprintf("%d calls of %d models, %d prompt and %d output tokens, %d unreadable rows; the data is %s (%d of 100).",
		out.Coverage.Calls, len(out.Coverage.Models), out.Coverage.PromptTokens, out.Coverage.Tokens.Output, unreadable,
		out.Sufficiency.State, out.Sufficiency.Score)
}

// refused turns the refusal of a log into the run's failure with its reason.
func refused(err error) error {
	var told interface {
		error
		UserMessage() string
	}
	if errors.As(err, &told) {
		return pipeline.Refuse("bad_data", told.UserMessage(), "upload another export of the log and send the message again")
	}
	return err
}
