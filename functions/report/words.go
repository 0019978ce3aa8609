package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netra/shared/goal"
	"netra/shared/llm"
	"netra/shared/plan"
	"netra/shared/report"
	"netra/shared/savings"
	"netra/shared/tools"
	"netra/shared/words"
)

// wording is what the model made of the findings.
type wording struct {
	Text  string    `json:"text"`
	Stats llm.Stats `json:"stats"`
}

// about is what the model gets to see: aggregates, nothing of a prompt.
type about struct {
	Before    float64   `json:"cost_before_usd"`
	After     float64   `json:"cost_after_usd"`
	Saved     float64   `json:"savings_usd"`
	Percent   float64   `json:"savings_percentage"`
	Calls     int64     `json:"calls"`
	Hours     float64   `json:"hours"`
	Score     int       `json:"data_score"`
	Steps     []finding `json:"steps,omitempty"`
	Missing   []string  `json:"missing_fields"`
	Confident float64   `json:"interval_level_percent"`
}

// finding is one lever as the model sees it.
type finding struct {
	Lever   string  `json:"lever"`
	Title   string  `json:"title"`
	Status  string  `json:"status"`
	Saved   float64 `json:"savings_usd"`
	Percent float64 `json:"savings_percentage"`
	Low     float64 `json:"interval_low_usd"`
	High    float64 `json:"interval_high_usd"`
	Risk    string  `json:"risk"`
	Effort  string  `json:"effort"`
}

// subjects are the levers, of each of which only its own figures may be said.
func (a about) subjects() []llm.Subject {
	var out []llm.Subject
	for _, f := range a.Steps {
		out = append(out, llm.Subject{Name: f.Lever, Data: f})
	}
	return out
}

// maxFindings bounds what is shown of the levers.
const maxFindings = 5

// speak lets the model, if there is one, write the report's summary. Its figures
// are checked against those of the run; where it is silent or lies, the report
// says so and keeps to its own words. It returns counters for the metrics.
func (s *Stage) speak(ctx context.Context, d *tools.Dispatcher, in *report.Input) (map[string]float64, error) {
	if s.Model == nil || in.Analysis == nil {
		return map[string]float64{}, nil
	}
	shown, template := summarise(in)
	out, err := tools.Call(ctx, d, s.writeWords(template), shown)
	if errors.Is(err, tools.ErrDenied) {
		return map[string]float64{}, nil // the event tells which plan has it
	}
	if err != nil {
		return nil, err
	}
	if out.Stats.Used {
		in.Narrative = out.Text
	}
	if out.Stats.Reason != "" {
		in.Caveats = append(in.Caveats, "No words of a language model are in this report: "+out.Stats.Reason+".")
	}
	if out.Stats.Replaced > 0 {
		in.Caveats = append(in.Caveats, words.Count(out.Stats.Replaced, "sentence", "sentences")+" of the language model said what was not computed here, and gave way to Netra's own.")
	}
	return map[string]float64{
		`netra_model_sentences_total{outcome="kept"}`:     float64(out.Stats.Kept),
		`netra_model_sentences_total{outcome="replaced"}`: float64(out.Stats.Replaced),
		"netra_model_fallbacks_total":                     float64(out.Stats.Fallbacks),
		"netra_model_tokens_total":                        float64(out.Stats.Tokens),
	}, nil
}

// writeWords is the tool that asks the model.
func (s *Stage) writeWords(template []string) tools.Tool[about, wording] {
	return tools.Tool[about, wording]{
		Name: "write_words", Purpose: "put the findings into words, every figure checked",
		Permission: plan.UseModel, Timeout: time.Minute,
		Run: func(ctx context.Context, in about) (wording, error) {
			w := llm.NewWriter(s.Model, llm.DefaultLimits(), s.Now)
			all := in
			all.Steps = nil // they are the subjects
			text := w.Explain(ctx, llm.Task{
				Instruction: "Summarise for the reader, in at most six sentences: what the bill is, what can be saved and how sure that is, what to do first, and what needs a decision.",
				Data:        all, Subjects: in.subjects(), Mentions: goal.Levers, Template: template,
			}, nil)
			return wording{text, w.Stats()}, ctx.Err()
		},
		Summary: func(out wording) string {
			if !out.Stats.Used {
				return "the report keeps to its own words"
			}
			return fmt.Sprintf("%d sentences kept, %d replaced", out.Stats.Kept, out.Stats.Replaced)
		},
	}
}

// summarise collects what may be said, and says it without a model.
func summarise(in *report.Input) (about, []string) {
	a := in.Analysis
	shown := about{
		Before: a.Plan.CostBeforeUSD, After: a.Plan.CostAfterUSD, Saved: a.Plan.SavingsUSD, Percent: a.Plan.Percentage,
		Calls: a.Before.Calls, Hours: a.Span.Hours, Confident: 90, Steps: []finding{}, Missing: []string{},
	}
	template := []string{a.Plan.Verdict}
	for _, p := range a.Proposals {
		if len(shown.Steps) == maxFindings || p.Status != savings.Proposed && p.Status != savings.Optional {
			continue
		}
		shown.Steps = append(shown.Steps, finding{
			p.Lever, p.Title, string(p.Status), p.SavingsUSD, p.EstimatedSavingsPercentage, p.Interval.Low, p.Interval.High, p.Risk, p.Effort,
		})
		template = append(template, fmt.Sprintf("%s: $%.2f, or %.1f%% of the bill.", p.Title, p.SavingsUSD, p.EstimatedSavingsPercentage))
	}
	if in.Sufficiency != nil {
		shown.Score = in.Sufficiency.Score
		for _, m := range in.Sufficiency.Missing {
			shown.Missing = append(shown.Missing, m.Field)
		}
	}
	return shown, template
}
