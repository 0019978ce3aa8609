// Command start measures what a cold start of each function costs: the time from
// executing the program to its first answer, the processor time and the resident
// memory at that moment, and the size of the program, for both entry points:
// functions/cmd/cloudrun, and functions/cmd/lambda under a Lambda Runtime API
// server. One program starts at a time, several times; the emulators stand idle.
// It appends one JSON line a figure to bench.jsonl.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"netra/emulators/local"
	"netra/scripts/internal/figures"
	"netra/shared/pipeline"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench start:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) (err error) {
	out := flag.String("out", "out/bench.jsonl", "file to append the figures to")
	times := flag.Int("starts", 9, "starts of each function")
	only := flag.String("only", "", "measure this function alone")
	flag.Parse()
	dir, err := os.MkdirTemp("", "netra-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{dir: dir, out: *out, times: *times, only: *only}
	if err := b.build(ctx); err != nil {
		return err
	}
	b.cloud, err = local.Start(ctx, local.Options{ProjectID: "netra-bench", Functions: []string{}, Env: []string{"NETRA_API_URL=http://127.0.0.1:1"}})
	if err != nil {
		return err
	}
	return errors.Join(b.measure(ctx), b.cloud.Stop())
}

// bench is one call of the program.
type bench struct {
	dir, out, only string
	times          int
	cloud          *local.Cloud
}

// entries are the entry points and how each is started.
var entries = map[string]func(context.Context, *bench, pipeline.Function) (start, error){
	"cloudrun": cloudRun, "lambda": lambdaRuntime,
}

// build compiles the entry points as they are deployed, and tells their sizes.
func (b *bench) build(ctx context.Context) error {
	for _, name := range []string{"cloudrun", "lambda"} {
		file := filepath.Join(b.dir, name)
		cmd := exec.CommandContext(ctx, "go", "build", "-tags=disable_grpc_modules", "-trimpath", "-ldflags=-s -w", "-o", file, "./functions/cmd/"+name)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		err = figures.Append(b.out, figures.New("binary."+name+"_mb", float64(info.Size())/1e6, "MB", 1, "functions/cmd/"+name+", stripped, every function in it; at most 50"))
		if err != nil {
			return err
		}
	}
	return nil
}

// start is what one cold start cost.
type start struct {
	// answer is from executing the program to the end of its answer to GET
	// /health/live, work the first answer of GET /health, which asks Firestore and
	// the bucket, from then on.
	answer, work time.Duration
	// cpu is the processor time, and memory the resident set in bytes, at the first answer.
	cpu    time.Duration
	memory int64
}

func (b *bench) measure(ctx context.Context) error {
	table, err := pipeline.Load()
	if err != nil {
		return err
	}
	for _, entry := range []string{"cloudrun", "lambda"} {
		for _, f := range table.Functions() {
			if b.only != "" && b.only != f.Name {
				continue
			}
			var all []start
			for range b.times {
				one, err := entries[entry](ctx, b, f)
				if err != nil {
					return fmt.Errorf("start %s on %s: %w", f.Name, entry, err)
				}
				all = append(all, one)
			}
			if err := b.report(entry+"."+f.Name, all); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) report(name string, all []start) error {
	answer := func(s start) time.Duration { return s.answer }
	fastest := slices.MinFunc(all, func(a, b start) int { return cmp.Compare(a.answer, b.answer) })
	memory := middle(all, func(s start) time.Duration { return time.Duration(s.memory) })
	n := len(all)
	return figures.Append(b.out,
		figures.New("start."+name+"_ms", ms(middle(all, answer)), "ms", n, fmt.Sprintf("median from exec to the first answer, alone; the fastest was %.0f ms", ms(fastest.answer))),
		figures.New("start_cpu."+name+"_ms", ms(middle(all, func(s start) time.Duration { return s.cpu })), "ms", n, "processor time until then"),
		figures.New("start_work."+name+"_ms", ms(middle(all, func(s start) time.Duration { return s.work })), "ms", n, "from then to its first answer of GET /health"),
		figures.New("memory."+name+"_mb", float64(memory)/1e6, "MB", n, "resident at the first answer"))
}

// middle is the median of one part of the starts.
func middle(all []start, part func(start) time.Duration) time.Duration {
	values := make([]time.Duration, len(all))
	for i, s := range all {
		values[i] = part(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// env is the environment of a function on Cloud Run, without a port.
func (b *bench) env(name string) []string {
	return slices.DeleteFunc(b.cloud.FunctionEnv(name), func(v string) bool { return strings.HasPrefix(v, "PORT=") })
}
