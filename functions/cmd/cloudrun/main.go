// Command cloudrun serves one function, the one that FUNCTION_TARGET names, on
// Cloud Run and on the local cloud.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"netra/functions"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := functions.Serve(ctx, os.LookupEnv, os.Stdout, functions.All()); err != nil {
		fmt.Fprintln(os.Stderr, "netra:", err)
		os.Exit(1)
	}
}
