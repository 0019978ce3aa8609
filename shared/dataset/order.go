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

// held is a batch of calls, used again once all of them are passed on.
type held struct {
	calls []usage.Call
	left  int
	err   error
}

// dated is a call with the time to sort it by: its own, or that of the call
// before it if it has none. seq keeps calls of one time in the order of the log.
type dated struct {
	key  int64
	seq  int64
	call *usage.Call
	from *held
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
	free chan *held
}

func newIntake(src Source, s Settings) *intake {
	return &intake{src: src, free: make(chan *held, s.Window/readBatch+8)}
}

// each calls fn for every call of the source until an error. The next batch is
// read while fn works on one. A call holds until it is passed to done.
func (in *intake) each(ctx context.Context, fn func(dated) error) error {
	ctx, stop := context.WithCancel(ctx)
	full, stopped := make(chan *held, 3), make(chan struct{})
	defer func() { stop(); <-stopped }()
	go func() {
		defer close(stopped)
		defer close(full)
		in.read(ctx, full)
	}()
	for b := range full {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := b.err // fn may pass on the whole batch
		for i := range b.calls {
			if err := fn(in.date(&b.calls[i], b)); err != nil {
				return err
			}
		}
		if err != nil {
			return notEOF(err)
		}
	}
	return ctx.Err()
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// read fills batches until an error.
func (in *intake) read(ctx context.Context, full chan<- *held) {
	for {
		b := in.batch()
		n, err := in.src.Read(b.calls[:readBatch])
		b.calls, b.left, b.err = b.calls[:n], n, err
		select {
		case <-ctx.Done():
			return
		case full <- b:
		}
		if err != nil {
			return
		}
	}
}

// batch returns a batch that nothing is held of.
func (in *intake) batch() *held {
	select {
	case b := <-in.free:
		return b
	default:
		return &held{calls: make([]usage.Call, readBatch)}
	}
}

// done gives back a call that is passed on.
func (in *intake) done(d dated) {
	if d.from.left--; d.from.left > 0 {
		return
	}
	select {
	case in.free <- d.from:
	default: // more were in use than a window holds
	}
}

func (in *intake) date(c *usage.Call, from *held) dated {
	in.seq++
	if c.Time != 0 {
		in.last = c.Time
	}
	return dated{key: in.last, seq: in.seq, call: c, from: from}
}

// waiting are calls that are to be put in order.
type waiting struct {
	calls []dated
	// mixed is true if they are not in order as they came.
	mixed bool
}

func (w *waiting) add(d dated) {
	if n := len(w.calls); n > 0 && d.key < w.calls[n-1].key {
		w.mixed = true
	}
	w.calls = append(w.calls, d)
}

func (w *waiting) sort() {
	if w.mixed {
		slices.SortFunc(w.calls, byTime)
	}
	w.mixed = false
}

// drop takes the first n calls away.
func (w *waiting) drop(n int) { w.calls = w.calls[:copy(w.calls, w.calls[n:])] }

// inOrder writes a log that is nearly sorted: it holds a window of calls and
// passes on the older half whenever the window is full. It returns errLate at a
// call that should have been written already.
func inOrder(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) error {
	var held waiting
	var written int64
	in := newIntake(src, s)
	pass := func(n int) error {
		held.sort()
		for _, d := range held.calls[:n] {
			if err := sink(d.call); err != nil {
				return err
			}
			written = d.key
			in.done(d)
		}
		held.drop(n)
		return nil
	}
	err := in.each(ctx, func(d dated) error {
		if d.key < written {
			return errLate
		}
		held.add(d)
		if len(held.calls) < s.Window {
			return nil
		}
		return pass(s.Window / 2)
	})
	if err != nil {
		return err
	}
	return pass(len(held.calls))
}
