package intelligence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"netra/shared/dataset"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/sample"
	"netra/shared/savings"
	"netra/shared/sufficiency"
	"netra/shared/tools"
	"netra/shared/usage"
)

type assessIn struct {
	Calls  int64  `json:"calls"`
	Format string `json:"format,omitempty"`
}

// assess is the tool that scores the data for the goal.
func (w *work) assess(ctx context.Context, out handover.Intelligence) (run.Sufficiency, error) {
	format := ""
	if len(out.Reports) > 0 {
		format = out.Reports[0].Format
	}
	tool := tools.Tool[assessIn, run.Sufficiency]{
		Name: "assess_data", Purpose: "score what the data can carry for your goal, and price what is missing",
		Permission: plan.ReadLog, Timeout: 3 * time.Minute,
		Run: func(ctx context.Context, _ assessIn) (run.Sufficiency, error) { return w.score(ctx, out) },
		Summary: func(s run.Sufficiency) string {
			return fmt.Sprintf("%d of 100, %s, %d parts missing", s.Score, s.State, len(s.Missing))
		},
	}
	return tools.Call(ctx, w.tools, tool, assessIn{calls(out), format})
}

func (w *work) score(ctx context.Context, out handover.Intelligence) (run.Sufficiency, error) {
	evidence := sufficiency.Evidence{
		Goal: w.triage.Goal, Coverage: out.Coverage, Labels: out.Routing != nil, LabelsPlan: out.LabelsPlan,
		PriceModel: w.in.Run.PriceModel != "" || w.terms != nil && w.terms.PricesEvery(), Provider: w.provider(out),
	}
	if out.Object == "" || out.Coverage.IsBill() { // a bill has no tokens to bound
		return w.addressed(sufficiency.Assess(evidence)), nil
	}
	object, err := w.objects.ReaderAt(ctx, out.Object)
	if err != nil {
		return run.Sufficiency{}, fmt.Errorf("open the normalised log: %w", err)
	}
	data, err := dataset.Open(object, object.Size())
	if err != nil {
		return run.Sufficiency{}, err
	}
	book := w.book()
	fallback, _ := book.Resolve("", w.in.Run.PriceModel)
	if evidence.Bounds, err = sufficiency.Survey(ctx, data, book, fallback); err != nil {
		return run.Sufficiency{}, fmt.Errorf("bound what is missing: %w", err)
	}
	return w.addressed(sufficiency.Assess(evidence)), nil
}

// addressed puts the user's own id into the steps.
func (w *work) addressed(s run.Sufficiency) run.Sufficiency {
	for _, m := range s.Missing {
		for i, step := range m.Export {
			m.Export[i] = strings.ReplaceAll(step, sufficiency.UserID, w.in.Run.UserID)
		}
	}
	return s
}

// provider is where the user can export more from: one that the message names,
// else the source of the log.
func (w *work) provider(out handover.Intelligence) string {
	if named := w.triage.Goal.Providers; len(named) > 0 {
		return named[0]
	}
	if out.Coverage != nil && len(out.Coverage.Charges) > 0 { // a table of costs names the provider in its rows
		return out.Coverage.Charges[0].Provider
	}
	if len(out.Reports) > 0 {
		return out.Reports[0].Format
	}
	return ""
}

type sampleIn struct{}

type sampleOut struct {
	Analysis *savings.Analysis `json:"-"`
	Plan     savings.Plan      `json:"plan"`
}

// compareSample is the tool that shows what Netra finds on a real public log.
func (w *work) compareSample() tools.Tool[sampleIn, sampleOut] {
	return tools.Tool[sampleIn, sampleOut]{
		Name: "compare_sample", Purpose: "replay a real public log, to show what your own would give",
		Permission: plan.Replay, Timeout: 2 * time.Minute,
		Run: func(ctx context.Context, _ sampleIn) (sampleOut, error) {
			analysis, err := w.analyseSample(ctx)
			if err != nil {
				return sampleOut{}, fmt.Errorf("replay the sample log: %w", err)
			}
			return sampleOut{analysis, analysis.Plan}, nil
		},
		Summary: func(out sampleOut) string { return "On a " + sample.Chat().About + ": " + out.Plan.Verdict },
	}
}

func (out sampleOut) partial() run.PartialResultData {
	raw, err := json.Marshal(map[string]any{"sample": sample.Chat().Name, "savings_percentage": out.Plan.Percentage})
	if err != nil {
		raw = json.RawMessage("{}") // a figure that JSON cannot hold, such as NaN
	}
	return run.PartialResultData{Title: "What Netra finds on a public log, not yours", Summary: out.Plan.Verdict, Data: raw}
}

// file collects a small data set in memory.
type file struct{ bytes.Buffer }

// Close does nothing: the bytes are kept.
func (*file) Close() error { return nil }

func (w *work) analyseSample(ctx context.Context) (*savings.Analysis, error) {
	var data *file
	open := func(context.Context) (dataset.Source, error) {
		log, err := sample.Chat().Open()
		if err != nil {
			return nil, err
		}
		return usage.Open(log, usage.Options{Name: sample.Chat().Name, PriceModel: sample.Chat().PriceModel})
	}
	create := func(context.Context) (io.WriteCloser, error) {
		data = &file{}
		return data, nil
	}
	if _, err := dataset.Write(ctx, open, create, dataset.Settings{}); err != nil {
		return nil, err
	}
	f, err := dataset.Open(bytes.NewReader(data.Bytes()), int64(data.Len()))
	if err != nil {
		return nil, err
	}
	return savings.Analyse(ctx, f, w.Prices, savings.Options{})
}
