package dataset

import (
	"context"
	"errors"
	"io"
	"slices"

	"netra/shared/usage"
)

// readBatch is how many calls are asked of a source at once.
const readBatch = 1024

// dated is a call with the time to sort it by: its own, or that of the call
// before it if it has none. seq keeps calls of one time in the order of the log.
type dated struct {
	key  int64
	seq  int64
	call usage.Call
}

func byTime(a, b dated) int {
	switch {
	case a.key != b.key:
		if a.key < b.key {
			return -1
		}
		return 1
	case a.seq < b.seq:
		return -1
	}
	return 1
}

// intake reads a source ahead of its use and gives each call its sorting key.
type intake struct {
	src  Source
	last int64
	seq  int64
}

// batch is what one Read of a source gave.
type batch struct {
	calls []usage.Call
	n     int
	err   error
}

// each calls fn for every call of the source until an error. The next batch is
// read while fn works on one.
func (in *intake) each(ctx context.Context, fn func(*usage.Call) error) error {
	ctx, stop := context.WithCancel(ctx)
	free, full := make(chan []usage.Call, 3), make(chan batch, 3)
	for range cap(free) {
		free <- make([]usage.Call, readBatch)
	}
	done := make(chan struct{})
	defer func() { stop(); <-done }()
	go func() {
		defer close(done)
		defer close(full)
		in.read(ctx, free, full)
	}()
	for b := range full {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range b.calls[:b.n] {
			if err := fn(&b.calls[i]); err != nil {
				return err
			}
		}
		if b.err != nil {
			return notEOF(b.err)
		}
		free <- b.calls
	}
	return ctx.Err()
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// read fills batches until an error. It copies what the source may use again.
func (in *intake) read(ctx context.Context, free <-chan []usage.Call, full chan<- batch) {
	for {
		select {
		case <-ctx.Done():
			return
		case calls := <-free:
			n, err := in.src.Read(calls)
			for i := range calls[:n] {
				calls[i].Blocks, calls[i].Sketch = slices.Clone(calls[i].Blocks), slices.Clone(calls[i].Sketch)
			}
			full <- batch{calls, n, err}
			if err != nil {
				return
			}
		}
	}
}

func (in *intake) date(c *usage.Call) dated {
	in.seq++
	if c.Time != 0 {
		in.last = c.Time
	}
	return dated{key: in.last, seq: in.seq, call: *c}
}

// inOrder writes a log that is nearly sorted: it holds a window of calls and
// passes on the older half whenever the window is full. It returns errLate at a
// call that should have been written already.
func inOrder(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) error {
	window := make([]dated, 0, min(s.Window, 1<<12))
	var written int64
	pass := func(n int) error {
		if !slices.IsSortedFunc(window, byTime) {
			slices.SortFunc(window, byTime)
		}
		for i := range window[:n] {
			if err := sink(&window[i].call); err != nil {
				return err
			}
			written = window[i].key
		}
		window = slices.Delete(window, 0, n)
		return nil
	}
	in := &intake{src: src}
	err := in.each(ctx, func(c *usage.Call) error {
		d := in.date(c)
		if d.key < written {
			return errLate
		}
		window = append(window, d)
		if len(window) < s.Window {
			return nil
		}
		return pass(s.Window / 2)
	})
	if err != nil {
		return err
	}
	return pass(len(window))
}
