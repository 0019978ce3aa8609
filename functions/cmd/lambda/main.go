// Command lambda serves one function, the one that FUNCTION_TARGET names, on AWS
// Lambda behind a Function URL in the RESPONSE_STREAM mode. It is the bootstrap
// of the provided.al2023 runtime; infra/aws deploys it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambdaurl"
	_ "gocloud.dev/blob/gcsblob" // gs:// buckets, where the api runs on Google Cloud
	_ "gocloud.dev/blob/s3blob"  // s3:// buckets

	"netra/functions"
)

func main() {
	guard, _, err := functions.Open(context.Background(), os.LookupEnv, os.Stdout, functions.All())
	if err != nil {
		fmt.Fprintln(os.Stderr, "netra:", err)
		os.Exit(1)
	}
	// The guard answers panics, which would end the process here. The platform
	// stays open: Lambda ends a process by killing it.
	lambdaurl.Start(guard)
}
