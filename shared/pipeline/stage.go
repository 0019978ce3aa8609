package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"netra/shared/run"
	"netra/shared/store"
)

// Stage is the work of one agent. It is a function of its input: it keeps
// nothing between calls and may be called again for the same input after a
// crash, so it must not act on anything but through its result.
type Stage interface {
	Run(ctx context.Context, in Input, emit Emitter) (Result, error)
}

// StageFunc makes a function a Stage.
type StageFunc func(ctx context.Context, in Input, emit Emitter) (Result, error)

// Run calls f.
func (f StageFunc) Run(ctx context.Context, in Input, emit Emitter) (Result, error) {
	return f(ctx, in, emit)
}

// Input is everything a stage may know.
type Input struct {
	// Run is the run's state when the stage was claimed; Run.Goal is the user's text.
	Run run.Run
	// Results are the results of the stages before, by stage.
	Results map[string]json.RawMessage
	// Documents reads the other documents of the run's user.
	Documents store.Reader
}

// Decode reads the result of an earlier stage into out.
func (in Input) Decode(stage string, out any) error {
	raw, ok := in.Results[stage]
	if !ok {
		return fmt.Errorf("the run has no result of %s", stage)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decode the result of %s: %w", stage, err)
	}
	return nil
}

// Earlier returns the stage results of the run that this one follows up, or nil
// if there is none. A run that had not ended when this one was accepted does not
// count: a retry of the stage must see what its first attempt saw.
func (in Input) Earlier(ctx context.Context) (map[string]json.RawMessage, error) {
	if in.Run.Previous == "" {
		return nil, nil
	}
	before, err := in.Documents.Run(ctx, in.Run.Previous)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the previous run: %w", err)
	}
	if ended := before.Value.EndedAt; ended.IsZero() || ended.After(in.Run.CreatedAt) {
		return nil, nil
	}
	results, err := in.Documents.Results(ctx, in.Run.Previous)
	if err != nil {
		return nil, fmt.Errorf("read the previous run's results: %w", err)
	}
	return results, nil
}

// Result is what a stage leaves behind; it is committed as a whole or not at all.
type Result struct {
	// Summary is one sentence for the user.
	Summary string
	// Body is the whole result for the stages after, stored as JSON of at most MaxResult bytes.
	Body any
	// Headline is a small JSON object of figures for agent_completed.
	Headline any
	// Route replaces the stages that are still to come; nil keeps them.
	Route []string
	// Ask makes the run wait for data.
	Ask         *run.DataRequest
	Sufficiency *run.Sufficiency
	// Saving says that the stage found a plan that saves money.
	Saving    bool
	Artifacts []store.Artifact
	// Counters are added to the product's metrics with the commit.
	Counters map[string]float64
}

// MaxResult bounds a stage result, under Firestore's limit of 1 MiB a document.
const MaxResult = 900_000

// Emitter tells the user what a stage is doing. Its calls return at once; the
// events are written in small batches, in order. They fail only when the
// invocation has lost its run, and the stage should then stop.
type Emitter interface {
	Think(ctx context.Context, step, thought string, progress float64) error
	ToolExecuting(ctx context.Context, data run.ToolExecutingData) error
	ToolCompleted(ctx context.Context, data run.ToolCompletedData) error
	Partial(ctx context.Context, data run.PartialResultData) error
}

// Refusal is an error that no retry can mend: the run fails with its reason.
type Refusal struct{ run.Failure }

// Error returns the reason.
func (r *Refusal) Error() string { return r.Kind + ": " + r.Reason }

// Refuse makes a Refusal.
func Refuse(kind, reason, advice string) error {
	return &Refusal{run.Failure{Kind: kind, Reason: reason, Advice: advice}}
}
