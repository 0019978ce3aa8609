package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// grace is how long a tool may take to notice that its context has ended.
const grace = 500 * time.Millisecond

type answer[Out any] struct {
	out Out
	err error
}

// runLimited runs the tool in a goroutine of its own, so that neither a panic
// nor a tool that ignores its context takes the stage with it. The call's
// span is marked if the tool had not returned when the call ended.
func runLimited[In, Out any](ctx context.Context, tool Tool[In, Out], in In) (out Out, err error) {
	limit := cmp.Or(tool.Timeout, DefaultTimeout)
	limited, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeLimit)
	defer cancel()
	done := make(chan answer[Out], 1)
	go func() { done <- guarded(limited, tool, in) }()
	select {
	case a := <-done:
		return a.out, ended(ctx, limited, limit, a.err)
	case <-limited.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		trace.SpanFromContext(ctx).SetAttributes(attribute.Bool("netra.abandoned", true))
	}
	return out, ended(ctx, limited, limit, context.Cause(limited))
}

// ended turns an error that came from the end of the context into its cause: the
// stage's own end, or the tool's time limit.
func ended(ctx, limited context.Context, limit time.Duration, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil && (errors.Is(err, ErrTimeLimit) || errors.Is(err, context.DeadlineExceeded)):
		return fmt.Errorf("%w: over %s", ErrTimeLimit, limit)
	}
	return err
}

func guarded[In, Out any](ctx context.Context, tool Tool[In, Out], in In) (a answer[Out]) {
	defer func() {
		if broken := recover(); broken != nil {
			a.err = fmt.Errorf("%w: %v", ErrPanicked, broken)
		}
	}()
	a.out, a.err = tool.Run(ctx, in)
	return a
}
