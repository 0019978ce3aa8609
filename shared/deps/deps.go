//go:build deps

// Package deps keeps modules in go.mod until the code that needs them lands.
package deps

import (
	_ "cloud.google.com/go/firestore"
	_ "cloud.google.com/go/pubsub/v2"
	_ "cloud.google.com/go/secretmanager/apiv1"
	_ "firebase.google.com/go/v4/auth"
	_ "github.com/GoogleCloudPlatform/functions-framework-go/functions"
	_ "github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "github.com/aws/aws-lambda-go/lambdaurl"
	_ "github.com/hashicorp/hcl/v2/hclparse"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/parquet-go/parquet-go"
	_ "github.com/prometheus/common/expfmt"
	_ "github.com/stretchr/testify/require"
	_ "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	_ "go.opentelemetry.io/otel/sdk/trace"
	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"
	_ "golang.org/x/sync/errgroup"
	_ "google.golang.org/genai"
	_ "gopkg.in/yaml.v3"
)
