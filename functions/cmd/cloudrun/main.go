// Command cloudrun serves one function, the one that FUNCTION_TARGET names, on
// Cloud Run and on the local cloud.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	framework "github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	gcf "github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"netra/functions"
	"netra/shared/config"
	"netra/shared/platform"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "netra:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) error {
	c, err := config.Read(os.LookupEnv)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	p, err := platform.New(ctx, c, os.Stdout)
	if err != nil {
		return err
	}
	guard, err := functions.Handler(ctx, p, c.Function)
	if err != nil {
		return err
	}
	// functions.HTTP and never functions.CloudEvent: its receiver deadlocks under
	// load (cloudevents/sdk-go #1224, #1332).
	gcf.HTTP(c.Function, guard.ServeHTTP)
	failed := make(chan error, 1)
	go func() { failed <- framework.StartHostPort(c.Host(), strconv.Itoa(c.Port)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		guard.Drain(context.WithoutCancel(ctx))
		return p.Close()
	}
}
