// Command cloudrun serves one function, the one that FUNCTION_TARGET names, on
// Cloud Run and on the local cloud.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	_ "gocloud.dev/blob/gcsblob" // gs:// buckets

	"netra/functions"
	"netra/shared/platform/framework"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	guard, p, err := functions.Open(ctx, os.LookupEnv, os.Stdout, functions.All())
	if err == nil {
		err = framework.Serve(ctx, guard, p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "netra:", err)
		os.Exit(1)
	}
}
