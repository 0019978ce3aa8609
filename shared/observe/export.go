package observe

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/oauth"
)

// traceScope is what Google's Telemetry API asks of a token that brings spans.
const traceScope = "https://www.googleapis.com/auth/trace.append"

// newExporter reaches an OTLP endpoint: a collector by HTTP if it is a URL, such
// as http://127.0.0.1:4318, and else by gRPC.
func newExporter(ctx context.Context, endpoint string) (exporter sdktrace.SpanExporter, err error) {
	if strings.Contains(endpoint, "://") {
		exporter, err = otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"))
	} else {
		var options []otlptracegrpc.Option
		if options, err = grpcOptions(ctx, endpoint); err != nil {
			return nil, err
		}
		exporter, err = otlptracegrpc.New(ctx, options...)
	}
	if err != nil {
		return nil, fmt.Errorf("make the trace exporter: %w", err)
	}
	return exporter, nil
}

// grpcOptions say how to reach an OTLP endpoint by gRPC: a collector beside the
// function in plain text, and Cloud Trace (telemetry.googleapis.com:443) with
// TLS and the function's own credentials. Google wants the resource attribute
// gcp.project_id, which OTEL_RESOURCE_ATTRIBUTES sets.
func grpcOptions(ctx context.Context, endpoint string) ([]otlptracegrpc.Option, error) {
	options := []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(endpoint)}
	if !strings.HasSuffix(endpoint, ".googleapis.com:443") {
		return append(options, otlptracegrpc.WithInsecure()), nil
	}
	token, err := oauth.NewApplicationDefault(ctx, traceScope)
	if err != nil {
		return nil, fmt.Errorf("find credentials for %s: %w", endpoint, err)
	}
	return append(options,
		otlptracegrpc.WithTLSCredentials(credentials.NewClientTLSFromCert(nil, "")),
		otlptracegrpc.WithDialOption(grpc.WithPerRPCCredentials(token))), nil
}
