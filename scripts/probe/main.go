// Command probe serves the same functions as functions/cmd/cloudrun, with agent
// stages that only tell one thought and sleep for PROBE_STAGE_MS milliseconds.
// What a run then takes is the pipeline's own time: for benchmarks and the
// fault suite.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"netra/functions"
	"netra/shared/pipeline"
	"netra/shared/platform"
	"netra/shared/platform/framework"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) error {
	ms, err := strconv.Atoi(os.Getenv("PROBE_STAGE_MS"))
	if err != nil {
		return fmt.Errorf("PROBE_STAGE_MS is no number of milliseconds: %w", err)
	}
	agents := func(p *platform.Platform) (map[string]pipeline.Stage, error) {
		all := map[string]pipeline.Stage{}
		for _, name := range p.Table.StageNames() {
			all[name] = pipeline.StageFunc(sleepy(time.Duration(ms) * time.Millisecond))
		}
		return all, nil
	}
	guard, p, err := functions.Open(ctx, os.LookupEnv, os.Stdout, functions.WithAgents(agents))
	if err != nil {
		return err
	}
	return framework.Serve(ctx, guard, p)
}

// sleepy tells one thought and sleeps.
func sleepy(d time.Duration) pipeline.StageFunc {
	return func(ctx context.Context, _ pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		if err := emit.Think(ctx, "sleep", "sleeping", 0.5); err != nil {
			return pipeline.Result{}, err
		}
		if d > 0 {
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return pipeline.Result{}, context.Cause(ctx)
			}
		}
		return pipeline.Result{Summary: "slept"}, nil
	}
}
