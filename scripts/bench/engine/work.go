package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"netra/shared/dataset"
	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/usage"
)

// took is what a piece of work took.
type took struct {
	Seconds float64 `json:"seconds"`
	PeakMB  float64 `json:"peak_mb"`
}

// workAlone does one piece of work in this process and prints what it took.
func workAlone(ctx context.Context, work string, args []string) error {
	var seconds float64
	var err error
	switch {
	case work == "normalise" && len(args) == 2:
		seconds, err = timed(func() error { return normalise(ctx, args[0], args[1]) })
	case work == "generate" && len(args) == 2:
		n, convErr := strconv.Atoi(args[0])
		if convErr != nil {
			return convErr
		}
		seconds, err = timed(func() error {
			return writeData(ctx, func() (dataset.Source, error) { return newTraffic(n, 1), nil }, args[1])
		})
	case work == "replay" && len(args) == 1:
		seconds, err = replay(ctx, args[0])
	default:
		return fmt.Errorf("no work %q with %d arguments", work, len(args))
	}
	if err != nil {
		return err
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(took{seconds, float64(usage.Maxrss) / 1024})
}

func timed(fn func() error) (float64, error) {
	start := time.Now()
	err := fn()
	return time.Since(start).Seconds(), err
}

func normalise(ctx context.Context, log, data string) error {
	file, err := os.Open(log)
	if err != nil {
		return err
	}
	defer file.Close()
	return writeData(ctx, func() (dataset.Source, error) {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return usage.Open(file, usage.Options{Name: log})
	}, data)
}

func writeData(ctx context.Context, open func() (dataset.Source, error), data string) error {
	_, err := dataset.Write(ctx, func(context.Context) (dataset.Source, error) { return open() },
		func(context.Context) (io.WriteCloser, error) { return os.Create(data) }, dataset.Settings{})
	return err
}

// replay opens a data set and runs the whole engine on it, twice as DuckDB does
// with its query, and times the second run. Loading the price book is not part of
// it: a function does that once.
func replay(ctx context.Context, data string) (float64, error) {
	book, err := pricing.Embedded()
	if err != nil {
		return 0, err
	}
	once := func() error { return replayOnce(ctx, data, book) }
	if err := once(); err != nil {
		return 0, err
	}
	return timed(once)
}

func replayOnce(ctx context.Context, data string, book *pricing.Book) error {
	file, err := os.Open(data)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	set, err := dataset.Open(file, info.Size())
	if err != nil {
		return err
	}
	a, err := savings.Analyse(ctx, set, book, savings.Options{BatchTags: []string{"nightly", "digest"}})
	if err == nil && len(a.Plan.Levers) < 3 {
		err = fmt.Errorf("only %v are in the plan: the benchmark would measure nothing", a.Plan.Levers)
	}
	return err
}
