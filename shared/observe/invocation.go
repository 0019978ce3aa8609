package observe

import (
	"context"
	"errors"
	"log/slog"
	"runtime/metrics"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Invocation is one request on its way through a function: its span, and the
// log line that says what it took.
type Invocation struct {
	name   string
	began  time.Time
	span   trace.Span
	tracer *Tracer
	log    *slog.Logger
}

// Begin starts the span of an invocation, which follows the W3C traceparent, or a
// new trace for "", and returns the context of its work. Its log lines carry
// trace, user and run; see Tell.
func (t *Tracer) Begin(ctx context.Context, log *slog.Logger, traceparent, name, uid, runID string) (context.Context, *Invocation) {
	ctx, span := t.Start(With(ctx, uid, runID), traceparent, name)
	return ctx, &Invocation{name, time.Now(), span, t, log}
}

// End ends the span and logs how long the invocation took and how much memory
// the instance holds now. err is what it failed with, or nil. It is to be called
// with the context of Begin.
func (i *Invocation) End(ctx context.Context, err error) {
	memory := MemoryInUse()
	i.span.SetAttributes(attribute.Int64("netra.memory_bytes", int64(memory)))
	fail(ctx, i.span, err)
	i.span.End()
	i.log.InfoContext(ctx, "invocation", "name", i.name, "ok", err == nil,
		"duration_ms", time.Since(i.began).Milliseconds(), "memory_mb", memory>>20)
}

// Step begins a span for a part of an invocation, below the span of the context,
// and returns what ends it: with the error that the part failed with, or nil, and
// what is to be known of it.
func Step(ctx context.Context, name string) (context.Context, func(err error, about ...attribute.KeyValue)) {
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("netra").Start(ctx, name)
	return ctx, func(err error, about ...attribute.KeyValue) {
		span.SetAttributes(about...)
		fail(ctx, span, err)
		span.End()
	}
}

// Survived notes an error on the context's span that its work goes on without.
func Survived(ctx context.Context, err error) {
	trace.SpanFromContext(ctx).RecordError(errors.New(anonymous(ctx, err.Error())))
}

func fail(ctx context.Context, span trace.Span, err error) {
	if err != nil {
		span.RecordError(errors.New(anonymous(ctx, err.Error())))
		span.SetStatus(codes.Error, "")
	}
}

// Flush sends the spans of the invocation, and logs if nobody took them.
func (i *Invocation) Flush(ctx context.Context) {
	if err := i.tracer.Flush(ctx); err != nil {
		i.log.WarnContext(ctx, "spans not exported yet", "error", Line(err.Error()))
	}
}

// MemoryInUse is what the process holds of the system's memory, in bytes.
func MemoryInUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
