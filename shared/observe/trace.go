package observe

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer makes the spans of one function. Spans are made even when none are
// exported, so that log lines of one run always share a trace id.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	exports  bool
}

// NewTracer exports to an OTLP collector at endpoint, host:port for gRPC or a
// URL for HTTP, or to Cloud Trace at telemetry.googleapis.com:443; with "" spans
// go nowhere. Every span is exported, whatever a caller's traceparent says of
// sampling: Cloud Run's front end samples one request in ten seconds, and a run
// without its first span is of no use to whoever looks for it.
func NewTracer(ctx context.Context, endpoint, function string) (*Tracer, error) {
	options := []sdktrace.TracerProviderOption{sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "netra-"+function)))}
	if endpoint != "" {
		exporter, err := newExporter(ctx, endpoint)
		if err != nil {
			return nil, err
		}
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	provider := sdktrace.NewTracerProvider(options...)
	return &Tracer{provider, provider.Tracer("netra"), endpoint != ""}, nil
}

// Start begins a span that follows the W3C traceparent, or a new trace for "".
func (t *Tracer) Start(ctx context.Context, traceparent, name string) (context.Context, trace.Span) {
	if traceparent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
	}
	return t.tracer.Start(ctx, name)
}

// Parent returns the W3C traceparent of the context's span, or "".
func Parent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// flushLimit bounds how long an invocation waits for its spans to be taken.
const flushLimit = time.Second

// Flush sends the spans that have ended. A function calls it before it answers:
// afterwards it has no processor until the next request, and Lambda may kill it
// unasked.
func (t *Tracer) Flush(ctx context.Context) error {
	if !t.exports {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	if err := t.provider.ForceFlush(ctx); err != nil {
		return fmt.Errorf("export spans: %w", err)
	}
	return nil
}

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return t.provider.Shutdown(ctx)
}
