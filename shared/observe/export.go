package observe

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/oauth"
)

// traceScope is what Google's Telemetry API asks of a token that brings spans.
const traceScope = "https://www.googleapis.com/auth/trace.append"

// exporterOptions say how to reach an OTLP endpoint: a collector beside the
// function in plain text, and Cloud Trace (telemetry.googleapis.com:443) with
// TLS and the function's own credentials. Google wants the resource attribute
// gcp.project_id, which OTEL_RESOURCE_ATTRIBUTES sets.
func exporterOptions(ctx context.Context, endpoint string) ([]otlptracegrpc.Option, error) {
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
