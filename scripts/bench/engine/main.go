// Command engine measures how fast and in how much memory a log is normalised
// and replayed through all levers, beside DuckDB doing just the per-model token
// and cost sums over the same file in the same run. Machines differ and are
// noisy, so the figures are ratios: runs of both alternate, and the best of each
// are compared, because noise only ever adds time.
//
//	go run ./scripts/bench/engine [-calls 100000,1000000,10000000] [-out out/bench.jsonl]
//
// Each measurement is a process of its own, so that peak memory is that of the
// work alone. The calls are made up (traffic.go) and seeded.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"netra/scripts/internal/figures"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench engine:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) error {
	sizes := flag.String("calls", "100000,1000000,10000000", "numbers of calls")
	out := flag.String("out", "out/bench.jsonl", "file to append the figures to")
	repeat := flag.Int("repeat", 5, "runs of each side up to a million calls")
	work := flag.String("work", "", "do one piece of work and print what it took (used by the benchmark itself)")
	flag.Parse()
	if *work != "" {
		return workAlone(ctx, *work, flag.Args())
	}
	dir, err := os.MkdirTemp("", "netra-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, out: *out, repeat: *repeat}
	if err := b.buildDuckDB(ctx); err != nil {
		return err
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n <= 0 {
			return fmt.Errorf("-calls %q: want numbers above 0", *sizes)
		}
		if err := b.size(ctx, n); err != nil {
			return fmt.Errorf("%d calls: %w", n, err)
		}
	}
	return nil
}

// bench is a benchmark under way.
type bench struct {
	dir, out, duckdb string
	repeat           int
}

func (b *bench) print(all ...figures.Figure) error { return figures.Append(b.out, all...) }

// size measures n calls. Above a million the log is not written to disk but
// normalised as it is made, and DuckDB is left out.
func (b *bench) size(ctx context.Context, n int) error {
	if n > 1_000_000 {
		return b.large(ctx, n)
	}
	log, data := filepath.Join(b.dir, "calls.jsonl"), filepath.Join(b.dir, "calls.parquet")
	if err := writeLog(log, n); err != nil {
		return err
	}
	normalise, err := b.compare(ctx, []string{"normalise", log, data}, sumsOverLog(log), nil)
	if err != nil {
		return err
	}
	if _, err := b.alone(ctx, "generate", strconv.Itoa(n), data); err != nil { // the log format has no prompt blocks
		return err
	}
	setup, query, err := sumsOverData(data)
	if err != nil {
		return err
	}
	replay, err := b.compare(ctx, []string{"replay", data}, query, setup)
	if err != nil {
		return err
	}
	plain, err := b.compare(ctx, []string{"replay", data}, plainSums(data), nil)
	if err != nil {
		return err
	}
	all, err := b.compare(ctx, []string{"replay", data}, allSums(data), nil)
	if err != nil {
		return err
	}
	name := label(n)
	return b.print(
		figures.New("engine.normalise_over_duckdb_"+name, normalise.ratio(), "ratio", n, "JSON Lines to sorted Parquet over DuckDB summing tokens and cost per model in the same JSON Lines; best of each"),
		figures.New("engine.normalise_rows_per_s_"+name, float64(n)/normalise.ours, "rows/s", n, "from JSON Lines"),
		figures.New("engine.normalise_peak_mb_"+name, normalise.peakMB, "MB", n, "peak resident memory"),
		figures.New("engine.replay_over_duckdb_"+name, replay.ratio(), "ratio", n, "all levers, intervals and backtest over DuckDB summing tokens per model and pricing them from a table of prices where the log has no cost; same Parquet file; best of each"),
		figures.New("engine.replay_over_duckdb_plain_"+name, plain.ratio(), "ratio", n, "the same over DuckDB summing tokens and logged costs only"),
		figures.New("engine.replay_over_duckdb_columns_"+name, all.ratio(), "ratio", n, "the same over DuckDB adding up every column that a replay reads"),
		figures.New("engine.replay_rows_per_s_"+name, float64(n)/replay.ours, "rows/s", n, "all levers, intervals and backtest"),
		figures.New("engine.replay_peak_mb_"+name, replay.peakMB, "MB", n, "peak resident memory"),
	)
}

// large measures the memory and the speed of a log that does not fit in it.
func (b *bench) large(ctx context.Context, n int) error {
	data := filepath.Join(b.dir, "large.parquet")
	normalise, err := b.alone(ctx, "generate", strconv.Itoa(n), data)
	if err != nil {
		return err
	}
	replay, err := b.alone(ctx, "replay", data)
	if err != nil {
		return err
	}
	name := label(n)
	return errors.Join(b.print(
		figures.New("engine.normalise_rows_per_s_"+name, float64(n)/normalise.Seconds, "rows/s", n, "from calls made in memory"),
		figures.New("engine.replay_rows_per_s_"+name, float64(n)/replay.Seconds, "rows/s", n, "all levers, intervals and backtest"),
		figures.New("engine.peak_mb_"+name, max(normalise.PeakMB, replay.PeakMB), "MB", n, "peak resident memory, the larger of normalise and replay"),
	), os.Remove(data))
}

func label(n int) string {
	switch {
	case n%1_000_000 == 0:
		return fmt.Sprintf("%dm", n/1_000_000)
	case n%1000 == 0:
		return fmt.Sprintf("%dk", n/1000)
	}
	return strconv.Itoa(n)
}
