package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	record := Record{Tool: tool.Name, Permission: tool.Permission, Plan: d.plan.Name, Started: d.now(), InBytes: len(params)}
	executing := run.ToolExecutingData{Tool: tool.Name, Purpose: tool.Purpose, Parameters: shown(params)}
	if err := d.emitter.ToolExecuting(ctx, executing); err != nil {
		return none, fmt.Errorf("tool %s: tell of the start: %w", tool.Name, err)
	}
	out, result, err := admitAndRun(ctx, d, tool, in, &record)
	if err != nil {
		err = fmt.Errorf("tool %s: %w", tool.Name, err)
	}
	summary := "done"
	if err == nil && tool.Summary != nil {
		summary = tool.Summary(out)
	}
	if emitErr := d.finish(ctx, record, params, result, summary, err); emitErr != nil {
		return none, errors.Join(err, fmt.Errorf("tool %s: tell of the end: %w", tool.Name, emitErr))
	}
	if err != nil {
		return none, err
	}
	return out, nil
}

// admitAndRun checks what can be checked before the tool runs, runs it, and
// returns its output with the output's JSON.
func admitAndRun[In, Out any](ctx context.Context, d *Dispatcher, tool Tool[In, Out], in In, record *Record) (Out, json.RawMessage, error) {
	var none Out
	if !d.Allows(tool.Permission) {
		denied := &DeniedError{Tool: tool.Name, Permission: tool.Permission}
		if lowest, ok := plan.Lowest(tool.Permission); ok {
			denied.Plan = lowest.Name
		}
		return none, nil, denied
	}
	if limit := orDefault(tool.MaxIn, DefaultMaxBytes); record.InBytes > limit {
		return none, nil, fmt.Errorf("%w: input has %d bytes, at most %d are allowed", ErrSizeLimit, record.InBytes, limit)
	}
	out, abandoned, err := runLimited(ctx, tool, in)
	record.Abandoned = abandoned
	if err != nil {
		return none, nil, err
	}
	result, err := json.Marshal(out)
	if err != nil {
		return none, nil, fmt.Errorf("write output: %w", err)
	}
	record.OutBytes = len(result)
	if limit := orDefault(tool.MaxOut, DefaultMaxBytes); len(result) > limit {
		return none, nil, fmt.Errorf("%w: output has %d bytes, at most %d are allowed", ErrSizeLimit, len(result), limit)
	}
	return out, result, nil
}

// finish keeps the audit record and tells of the end. When the stage itself was
// cancelled nothing is told: its run has ended, and no event may follow.
func (d *Dispatcher) finish(ctx context.Context, record Record, in, out json.RawMessage, summary string, err error) error {
	record.Outcome = outcome(ctx, err)
	record.DurationMS = d.now().Sub(record.Started).Milliseconds()
	completed := run.ToolCompletedData{Tool: record.Tool, Success: err == nil, DurationMS: record.DurationMS, Summary: summary}
	if err != nil {
		record.Error = err.Error()
		completed.Summary = forUser(record.Outcome, err)
	}
	var denied *DeniedError
	if errors.As(err, &denied) {
		completed.Denied = &run.DeniedData{Permission: string(denied.Permission), Plan: denied.Plan}
	}
	d.keep(record, in, out)
	if record.Outcome == Cancelled {
		return nil
	}
	return d.emitter.ToolCompleted(ctx, completed)
}

func outcome(ctx context.Context, err error) Outcome {
	switch {
	case err == nil:
		return Succeeded
	case errors.Is(err, ErrDenied):
		return Denied
	case ctx.Err() != nil:
		return Cancelled
	case errors.Is(err, ErrTimeLimit):
		return TimedOut
	case errors.Is(err, ErrSizeLimit):
		return TooLarge
	}
	return Failed
}

// forUser is the error in words for the run's listeners. A tool's own error may
// hold internals (hosts, object names), so only known kinds are spelled out.
func forUser(o Outcome, err error) string {
	var told interface{ UserMessage() string }
	var denied *DeniedError
	switch {
	case errors.As(err, &denied):
		return denied.Error()
	case errors.As(err, &told):
		return told.UserMessage()
	case o == TimedOut:
		return ErrTimeLimit.Error()
	case o == TooLarge:
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

func orDefault[T int | int64](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}
