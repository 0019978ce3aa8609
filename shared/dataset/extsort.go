package dataset

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"netra/shared/usage"
)

// Sorted passes the calls of a log to sink in order of time. A log of more than
// a window of calls is sorted through Settings.Scratch.
func Sorted(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) error {
	return externally(ctx, src, sink, s.withDefaults())
}

// externally writes a log in any order: windows of calls are sorted and put into
// files, and the files are merged.
func externally(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) (err error) {
	scratch := s.Scratch
	if scratch == nil {
		dir, err := os.MkdirTemp("", "netra-sort-")
		if err != nil {
			return fmt.Errorf("make room to sort the log: %w", err)
		}
		scratch = Folder(dir)
	}
	defer func() { // also what a cancelled sort left behind
		clean, done := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
		defer done()
		err = errors.Join(err, scratch.Clear(clean))
	}()
	return sortRuns(ctx, src, sink, s, scratch)
}

// cleanUp is how long removing the files of a sort may take.
const cleanUp = 30 * time.Second

func sortRuns(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings, scratch Scratch) error {
	var held waiting
	var runs []*run
	in := newIntake(src, s)
	spill := func() error {
		held.sort()
		r, err := writeRun(ctx, scratch, len(runs), held.calls)
		if err != nil {
			return fmt.Errorf("sort the log: write a run: %w", err)
		}
		runs = append(runs, r)
		for _, d := range held.calls {
			in.done(d)
		}
		held.drop(len(held.calls))
		return nil
	}
	err := in.each(ctx, func(d dated) error {
		held.add(d)
		if len(held.calls) < s.Window {
			return nil
		}
		return spill()
	})
	switch {
	case err != nil:
		return err
	case len(runs) == 0:
		return passOn(held, sink)
	case len(held.calls) > 0:
		if err := spill(); err != nil {
			return err
		}
	}
	held.calls, in.free = nil, nil
	return merge(ctx, scratch, runs, sink)
}

// passOn sorts calls that fit in memory.
func passOn(held waiting, sink func(*usage.Call) error) error {
	held.sort()
	for _, d := range held.calls {
		if err := sink(d.call); err != nil {
			return err
		}
	}
	return nil
}

// merge passes on the calls of sorted runs in order. A run is opened when its
// first call is the next one: the runs of a log that is newest first, as many
// exports are, are read one after the other.
func merge(ctx context.Context, scratch Scratch, runs []*run, sink func(*usage.Call) error) (err error) {
	q := queue(runs)
	heap.Init(&q)
	defer func() {
		for _, r := range q {
			err = errors.Join(err, r.close())
		}
	}()
	for n := 0; len(q) > 0; n++ {
		if n%readBatch == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r := q[0]
		if r.dec == nil {
			if err := r.open(ctx, scratch); err != nil {
				return err
			}
		}
		if err := sink(&r.head.Call); err != nil {
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

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	a, b := &q[i].head, &q[j].head
	return a.Key < b.Key || a.Key == b.Key && a.Seq < b.Seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*run)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func (q *queue) advance() error {
	err := (*q)[0].next()
	if errors.Is(err, io.EOF) {
		return heap.Pop(q).(*run).close()
	}
	if err != nil {
		return err
	}
	heap.Fix(q, 0)
	return nil
}
