package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"netra/shared/tools"
)

// Writer writes explanations for one stage: a model's words where it has any
// that are true, else the template's.
type Writer struct {
	budget *Budget
	stats  Stats
}

// Stats say what the model was good for, kept with the run.
type Stats struct {
	// Used tells that at least one sentence of a model is in the result.
	Used bool `json:"used"`
	// Sentences of the model that were kept, and replaced because what they say has
	// no evidence.
	Kept     int `json:"kept"`
	Replaced int `json:"replaced"`
	// Fallbacks counts texts that are all template because no model answered,
	// and Reason says why the last one did not, in words for the user.
	Fallbacks int    `json:"fallbacks"`
	Reason    string `json:"reason,omitempty"`
	Tokens    int64  `json:"tokens"`
	Calls     int    `json:"calls"`
}

// NewWriter makes a writer for one stage; a nil model writes templates only.
func NewWriter(model Model, limits Limits, now func() time.Time) *Writer {
	if model == nil {
		return &Writer{}
	}
	return &Writer{budget: NewBudget(model, limits, now)}
}

// Task is one text to write.
type Task struct {
	// Instruction says what the text is about and how long it may be.
	Instruction string
	// Data are the aggregates to write about; prompts must not be in it.
	Data any
	// Subjects are what the text may promise something of, and Mentions lists the
	// names of those in a sentence; see Evidence.AddSubjects. Both may be nil.
	Subjects []Subject
	Mentions func(sentence string) []string
	// Template is the text without a model, sentence by sentence.
	Template []string
}

const style = "You write for the person who pays a company's LLM bill. Plain, short sentences, no markup, no lists, no links. " +
	"Every figure must stand in the data exactly or rounded; never add, subtract or estimate. Leave a figure out rather than guess it. " +
	"Say of each part only what the data says of it, promise no saving of anything else, and guarantee nothing. "

// maxAnswer bounds one text in tokens.
const maxAnswer = 700

// Explain writes a text. It never fails: without a model, or with one that is
// slow, down or lies, the template speaks, and Stats say so.
func (w *Writer) Explain(ctx context.Context, task Task, results []tools.Result) string {
	template := strings.Join(task.Template, " ")
	if w.budget == nil {
		return template
	}
	text, err := w.ask(ctx, task)
	if err != nil {
		w.stats.Fallbacks++
		w.stats.Reason = reason(err)
		return template
	}
	evidence := NewEvidence(results)
	if raw, err := json.Marshal(task.Data); err == nil {
		evidence.AddJSON(raw)
	}
	if task.Mentions != nil {
		evidence.AddSubjects(task.Subjects, task.Mentions)
	}
	grounded := Ground(text, evidence, task.Template)
	w.stats.Kept += grounded.Kept
	w.stats.Replaced += grounded.Replaced
	w.stats.Used = w.stats.Used || grounded.Kept > 0
	return grounded.Text
}

// shown is what the model gets to see.
func (t Task) shown() any {
	if len(t.Subjects) == 0 {
		return t.Data
	}
	return struct {
		All   any       `json:"all"`
		Parts []Subject `json:"parts"`
	}{t.Data, t.Subjects}
}

func (w *Writer) ask(ctx context.Context, task Task) (string, error) {
	data, err := Data(task.shown())
	if err != nil {
		return "", err
	}
	response, err := w.budget.Generate(ctx, Request{
		System:    style + DataRule,
		Messages:  []Message{{Role: User, Text: task.Instruction + "\n" + data}},
		MaxOutput: maxAnswer,
	})
	if err != nil {
		return "", err
	}
	if response.Cut || strings.TrimSpace(response.Text) == "" {
		return "", ErrGarbage
	}
	return response.Text, nil
}

// Model is the writer's model within its budget, for Structured and Converse;
// nil without one.
func (w *Writer) Model() Model {
	if w.budget == nil {
		return nil
	}
	return w.budget
}

// Stats returns what happened so far.
func (w *Writer) Stats() Stats {
	s := w.stats
	if w.budget != nil {
		s.Tokens, s.Calls = w.budget.Spent()
	}
	return s
}

// reason puts an error of a model into words for the user.
func reason(err error) string {
	if r := Reason(err); r != "" {
		return r
	}
	return ErrUnavailable.Error()
}

// Reason puts a model's error into words for the user; "" if it is none of a model's.
func Reason(err error) string {
	for _, kind := range []error{ErrBudget, ErrOpen, ErrRateLimited, ErrGarbage, ErrRefused, ErrUnavailable} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return ""
}

// Told wraps a model's error so that a tool's end says it in words for the user.
// What is of no kind is taken as ErrUnavailable.
func Told(err error) error {
	if Reason(err) == "" {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return &toldError{err}
}

type toldError struct{ error }

func (e *toldError) Unwrap() error       { return e.error }
func (e *toldError) UserMessage() string { return reason(e.error) }
