package dataset

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"netra/shared/usage"
)

// Sorted passes the calls of a log to sink in order of time. A log of more than
// a window of calls is sorted through files in Settings.Scratch.
func Sorted(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) error {
	return externally(ctx, src, sink, s.withDefaults())
}

// externally writes a log in any order: windows of calls are sorted and put into
// files, and the files are merged.
func externally(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) error {
	dir, err := os.MkdirTemp(s.Scratch, "netra-sort-")
	if err != nil {
		return fmt.Errorf("make room to sort the log: %w", err)
	}
	err = sortRuns(ctx, src, sink, s, dir)
	return errors.Join(err, os.RemoveAll(dir))
}

func sortRuns(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings, dir string) error {
	window := make([]dated, 0, min(s.Window, 1<<12))
	var runs []string
	spill := func() error {
		slices.SortFunc(window, byTime)
		name, err := writeRun(dir, window)
		runs = append(runs, name)
		window = window[:0]
		return err
	}
	in := &intake{src: src}
	err := in.each(ctx, func(c *usage.Call) error {
		window = append(window, in.date(c))
		if len(window) < s.Window {
			return nil
		}
		return spill()
	})
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return passOn(window, sink)
	}
	if err := spill(); err != nil {
		return err
	}
	clear(window[:cap(window)])
	return merge(ctx, runs, sink)
}

// passOn sorts calls that fit in memory.
func passOn(window []dated, sink func(*usage.Call) error) error {
	slices.SortFunc(window, byTime)
	for i := range window {
		if err := sink(&window[i].call); err != nil {
			return err
		}
	}
	return nil
}

// merge passes on the calls of sorted runs in order.
func merge(ctx context.Context, names []string, sink func(*usage.Call) error) (err error) {
	var q queue
	for _, name := range names {
		r, openErr := openRun(name)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, r.close()) }()
		if err := q.start(r); err != nil {
			return err
		}
	}
	heap.Init(&q)
	for n := 0; len(q) > 0; n++ {
		if n%readBatch == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := sink(&q[0].head.call); err != nil {
			return err
		}
		if err := q.advance(); err != nil {
			return err
		}
	}
	return nil
}

// queue is a heap of runs by their next call.
type queue []*run

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return byTime(q[i].head, q[j].head) < 0 }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*run)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func (q *queue) start(r *run) error {
	err := r.next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	*q = append(*q, r)
	return nil
}

func (q *queue) advance() error {
	err := (*q)[0].next()
	if errors.Is(err, io.EOF) {
		heap.Pop(q)
		return nil
	}
	if err != nil {
		return err
	}
	heap.Fix(q, 0)
	return nil
}
