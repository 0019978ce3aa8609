package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"netra/shared/observe"
	"netra/shared/plan"
	"netra/shared/run"
)

// maxShown bounds the parameters in an event; larger ones are named by size.
const maxShown = 4 << 10

// Call runs a tool: it tells of the start, checks permission and limits, runs
// the tool, and tells of the end. The error is a *DeniedError (go on without
// the tool), one of the Err kinds, the context's error when the stage was
// cancelled, the emitter's error, or the tool's own.
func Call[In, Out any](ctx context.Context, d *Dispatcher, tool Tool[In, Out], in In) (Out, error) {
	var none Out
	params, err := json.Marshal(in)
	if err != nil {
		return none, fmt.Errorf("tool %s: write parameters: %w", tool.Name, err)
	}
	started := d.now()
	executing := run.ToolExecutingData{Tool: tool.Name, Purpose: tool.Purpose, Parameters: shown(params)}
	if err := d.emitter.ToolExecuting(ctx, executing); err != nil {
		return none, fmt.Errorf("tool %s: tell of the start: %w", tool.Name, err)
	}
	spanned, end := observe.Step(ctx, tool.Name)
	out, result, err := admitAndRun(spanned, d, tool, in, len(params))
	end(err, attribute.String("netra.outcome", string(outcomeOf(ctx, err))), attribute.String("netra.plan", d.plan.Name),
		attribute.Int("netra.in_bytes", len(params)), attribute.Int("netra.out_bytes", len(result)))
	if err != nil {
		err = fmt.Errorf("tool %s: %w", tool.Name, err)
	}
	summary := "done"
	if err == nil && tool.Summary != nil {
		summary = tool.Summary(out)
	}
	if emitErr := d.finish(ctx, started, Result{tool.Name, params, result}, summary, err); emitErr != nil {
		return none, errors.Join(err, fmt.Errorf("tool %s: tell of the end: %w", tool.Name, emitErr))
	}
	if err != nil {
		return none, err
	}
	return out, nil
}

// admitAndRun checks what can be checked before the tool runs, runs it, and
// returns its output with the output's JSON.
func admitAndRun[In, Out any](ctx context.Context, d *Dispatcher, tool Tool[In, Out], in In, size int) (Out, json.RawMessage, error) {
	var none Out
	if !d.Allows(tool.Permission) {
		lacks := &DeniedError{Tool: tool.Name, Permission: tool.Permission}
		if lowest, ok := plan.Lowest(tool.Permission); ok {
			lacks.Plan = lowest.Name
		}
		return none, nil, lacks
	}
	if limit := cmp.Or(tool.MaxIn, DefaultMaxBytes); size > limit {
		return none, nil, fmt.Errorf("%w: input has %d bytes, at most %d are allowed", ErrSizeLimit, size, limit)
	}
	out, err := runLimited(ctx, tool, in)
	if err != nil {
		return none, nil, err
	}
	result, err := json.Marshal(out)
	if err != nil {
		return none, nil, fmt.Errorf("write output: %w", err)
	}
	if limit := cmp.Or(tool.MaxOut, DefaultMaxBytes); len(result) > limit {
		return none, nil, fmt.Errorf("%w: output has %d bytes, at most %d are allowed", ErrSizeLimit, len(result), limit)
	}
	return out, result, nil
}

// finish keeps the result and tells of the end. When the stage itself was
// cancelled nothing is told: its run has ended, and no event may follow.
func (d *Dispatcher) finish(ctx context.Context, started time.Time, called Result, summary string, err error) error {
	o := outcomeOf(ctx, err)
	completed := run.ToolCompletedData{Tool: called.Tool, Success: err == nil, DurationMS: d.now().Sub(started).Milliseconds(), Summary: summary}
	if err != nil {
		completed.Summary = forUser(o, err)
	}
	var lacks *DeniedError
	if errors.As(err, &lacks) {
		completed.Denied = &run.DeniedData{Permission: string(lacks.Permission), Plan: lacks.Plan}
	}
	switch o {
	case cancelled:
		return nil
	case succeeded:
		d.keep(called)
	}
	return d.emitter.ToolCompleted(ctx, completed)
}

// outcome is how a call ended, as its span says.
type outcome string

const (
	succeeded outcome = "succeeded"
	denied    outcome = "denied"
	failed    outcome = "failed"
	timedOut  outcome = "timed_out"
	tooLarge  outcome = "too_large"
	cancelled outcome = "cancelled"
)

func outcomeOf(ctx context.Context, err error) outcome {
	switch {
	case err == nil:
		return succeeded
	case errors.Is(err, ErrDenied):
		return denied
	case ctx.Err() != nil:
		return cancelled
	case errors.Is(err, ErrTimeLimit):
		return timedOut
	case errors.Is(err, ErrSizeLimit):
		return tooLarge
	}
	return failed
}

// forUser is the error in words for the run's listeners. A tool's own error may
// hold internals (hosts, object names), so only known kinds are spelled out.
func forUser(o outcome, err error) string {
	var told interface{ UserMessage() string }
	var lacks *DeniedError
	switch {
	case errors.As(err, &lacks):
		return lacks.Error()
	case errors.As(err, &told):
		return told.UserMessage()
	case o == timedOut:
		return ErrTimeLimit.Error()
	case o == tooLarge:
		return ErrSizeLimit.Error()
	}
	return "the tool failed"
}

func shown(params json.RawMessage) json.RawMessage {
	if len(params) <= maxShown {
		return params
	}
	return json.RawMessage(fmt.Sprintf(`{"bytes":%d}`, len(params)))
}
