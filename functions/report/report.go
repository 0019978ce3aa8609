// Package report is the last stage: it writes what the run found for people and
// for machines.
package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"netra/shared/handover"
	"netra/shared/llm"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/report"
	"netra/shared/run"
	"netra/shared/sample"
	"netra/shared/store"
	"netra/shared/tools"
)

// Stage is the report stage. Model writes the summary's words; nil for none.
type Stage struct {
	Model llm.Model
	Now   func() time.Time
}

type writeIn struct {
	Kind string `json:"kind"`
	in   report.Input
}

type writeOut struct {
	Headline string `json:"headline"`
	files    []store.Artifact
}

// writeReport is the tool that renders the report in its three forms.
func writeReport() tools.Tool[writeIn, writeOut] {
	return tools.Tool[writeIn, writeOut]{
		Name: "write_report", Purpose: "write the report for people (HTML, Markdown) and machines (JSON)",
		Permission: plan.WriteReport,
		Run:        func(_ context.Context, in writeIn) (writeOut, error) { return render(in.in) },
		Summary: func(out writeOut) string {
			names := make([]string, len(out.files))
			for i, f := range out.files {
				names[i] = f.Name
			}
			return strings.Join(names, ", ")
		},
	}
}

func render(in report.Input) (writeOut, error) {
	doc := report.New(in)
	out := writeOut{Headline: doc.Headline}
	forms := []struct {
		name, mediaType string
		render          func() ([]byte, error)
	}{
		{"report.json", "application/json", doc.JSON},
		{"report.md", "text/markdown; charset=utf-8", doc.Markdown},
		{"report.html", "text/html; charset=utf-8", doc.HTML},
	}
	for _, f := range forms {
		body, err := f.render()
		if err != nil {
			return writeOut{}, fmt.Errorf("write %s: %w", f.name, err)
		}
		out.files = append(out.files, store.Artifact{Name: f.name, MediaType: f.mediaType, Bytes: int64(len(body)), Body: body})
	}
	return out, nil
}

// Run writes the report: the plan where there is one, else what was learned,
// what is missing, and what a public log shows.
func (s *Stage) Run(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	input, err := s.gather(in)
	if err != nil {
		return pipeline.Result{}, err
	}
	kind, thought := "plan", "Putting the plan, its evidence and its caveats into words and pictures."
	if input.Analysis == nil {
		kind, thought = "teaching", "Writing what can be said now, what is missing, and how to get it."
	}
	if err := emit.Think(ctx, "write", thought, 0.3); err != nil {
		return pipeline.Result{}, err
	}
	p := plan.Named(in.Run.Plan)
	d := tools.New(emit, p, s.Now)
	counters, err := s.speak(ctx, d, &input)
	if err != nil {
		return pipeline.Result{}, err
	}
	out, err := tools.Call(ctx, d, writeReport(), writeIn{kind, input})
	if err != nil {
		return pipeline.Result{}, err
	}
	counters[fmt.Sprintf("netra_reports_total{kind=%q}", kind)] = 1
	return pipeline.Result{Summary: heard(input, out.Headline), Body: map[string]string{"headline": out.Headline},
		Headline: map[string]any{"kind": kind, "headline": out.Headline}, Artifacts: out.files,
		Counters: counters}, nil
}

// heard is what the user hears at the end of the run: the answer, where the
// message was a question about an earlier plan.
func heard(in report.Input, headline string) string {
	if in.Answer == nil || in.Difference == nil {
		return headline
	}
	return strings.Join(in.Answer.Lines, " ")
}

// gather collects what the stages before left. A stage that was not on the
// run's route left nothing; the intelligence always ran.
func (s *Stage) gather(in pipeline.Input) (report.Input, error) {
	var triage handover.Triage
	var data handover.Intelligence
	var found handover.Optimization
	var files handover.Actions
	err := errors.Join(in.Decode("triage", &triage), in.Decode("intelligence", &data), optional(in, "optimization", &found), optional(in, "actions", &files))
	if err != nil {
		return report.Input{}, err
	}
	users := plan.Named(in.Run.Plan)
	out := report.Input{
		RunID: in.Run.ID, Goal: in.Run.Goal, Targets: triage.Goal.Targets, Status: run.Completed, Plan: users, Sufficiency: &data.Sufficiency, Logs: data.Reports,
		Coverage: data.Coverage, Analysis: found.Analysis, Spend: data.Spend, Chances: data.Chances, Sample: data.Sample, SampleAbout: sample.Chat().About, Answer: found.Answer, Tried: found.Tried, Remark: found.Remark, Caveats: found.Caveats, Difference: found.Difference,
		Notes: slices.Concat(data.Notes, found.Notes), Made: s.Now(),
	}
	if in.Run.Answer == run.AnswerExpired {
		out.Status = run.Expired
	}
	for _, f := range files.Files {
		out.Files = append(out.Files, f.Name)
	}
	return out, nil
}

// optional decodes the result of a stage of this round's route, if there is one.
func optional(in pipeline.Input, stage string, into any) error {
	if len(in.Results[stage]) == 0 {
		return nil
	}
	return in.Decode(stage, into)
}
