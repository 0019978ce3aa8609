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

// intake reads a source call by call and gives each its sorting key.
type intake struct {
	src   Source
	batch []usage.Call
	last  int64
	seq   int64
}

func newIntake(src Source) *intake {
	return &intake{src: src, batch: make([]usage.Call, readBatch)}
}

// each calls fn for every call of the source until an error.
func (in *intake) each(ctx context.Context, fn func(dated) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.src.Read(in.batch)
		for i := range in.batch[:n] {
			if err := fn(in.date(&in.batch[i])); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (in *intake) date(c *usage.Call) dated {
	in.seq++
	if c.Time != 0 {
		in.last = c.Time
	}
	d := dated{key: in.last, seq: in.seq, call: *c}
	d.call.Blocks = slices.Clone(c.Blocks)
	d.call.Sketch = slices.Clone(c.Sketch)
	return d
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
	err := newIntake(src).each(ctx, func(d dated) error {
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
