package observe

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
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
}

// NewTracer exports to an OTLP collector at endpoint (host:port), or to Cloud
// Trace at telemetry.googleapis.com:443; with "" spans go nowhere.
func NewTracer(ctx context.Context, endpoint, function string) (*Tracer, error) {
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "netra-"+function)))}
	if endpoint != "" {
		how, err := exporterOptions(ctx, endpoint)
		if err != nil {
			return nil, err
		}
		exporter, err := otlptracegrpc.New(ctx, how...)
		if err != nil {
			return nil, fmt.Errorf("make the trace exporter: %w", err)
		}
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	provider := sdktrace.NewTracerProvider(options...)
	return &Tracer{provider, provider.Tracer("netra")}, nil
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

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return t.provider.Shutdown(ctx)
}
