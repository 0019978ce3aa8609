// Command pipeline measures the pipeline on the local cloud: empty runs (five
// stages that tell one thought each and do nothing) and runs of the sample log.
// It appends one JSON line a figure to bench.jsonl.
//
// The emulators' latency is not the product's: the time that a stage spends on
// its own orchestration, and the reads and writes that a run costs, are figures
// of their own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"netra/scripts/internal/figures"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench pipeline:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) error {
	out := flag.String("out", "out/bench.jsonl", "file to append the figures to")
	quick := flag.Bool("quick", false, "few runs: to see that it works")
	only := flag.Int("users", 0, "only this many users at once")
	costs := flag.Bool("cost", false, "only what a run costs")
	flag.Parse()
	dir, err := os.MkdirTemp("", "netra-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, pkg := range map[string]string{"empty": "./scripts/probe", "real": "./functions/cmd/cloudrun", "smoke": "./scripts/smoke"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-tags=disable_grpc_modules", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, name), pkg)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	b := &bench{dir: dir, out: *out, quick: *quick, only: *only}
	parts := []func(context.Context) error{b.empty, b.real, b.cost}
	if *costs {
		parts = parts[2:]
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bench is one call of the program.
type bench struct {
	dir, out string
	quick    bool
	only     int
}

func (b *bench) report(all ...figures.Figure) error { return figures.Append(b.out, all...) }
