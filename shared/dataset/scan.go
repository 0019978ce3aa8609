package dataset

import (
	"context"

	"github.com/parquet-go/parquet-go"
)

// keepRows is the size of a file up to which its decoded batches are kept for the
// next Scan: 300 bytes a row and the lists, so under 300 MB.
const keepRows = 1_100_000

// Scan calls fn for the file's batches in order. While fn works on one batch the
// next is read. fn must be done with a batch when it returns. Scan stops at the
// first error. A small file is decoded only once, however often it is scanned.
func (f *File) Scan(ctx context.Context, fn func(*Columns) error) error {
	groups := f.parquet.RowGroups()
	if f.Rows() <= keepRows {
		return f.scanKept(ctx, groups, fn)
	}
	free := make(chan *Columns, 2)
	free <- new(Columns)
	free <- new(Columns)
	next := func(ctx context.Context) *Columns {
		select {
		case <-ctx.Done():
			return nil
		case c := <-free:
			return c
		}
	}
	return f.scan(ctx, groups, 0, next, func(c *Columns) error {
		defer func() { free <- c }()
		return fn(c)
	})
}

// scanKept serves batches that were kept, then decodes and keeps the rest.
func (f *File) scanKept(ctx context.Context, groups []parquet.RowGroup, fn func(*Columns) error) error {
	for _, c := range f.kept {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	var row int64
	for _, c := range f.kept {
		row += int64(c.N)
	}
	fresh := func(context.Context) *Columns { return new(Columns) }
	return f.scan(ctx, groups[len(f.kept):], row, fresh, func(c *Columns) error {
		f.kept = append(f.kept, c)
		return fn(c)
	})
}

type read struct {
	columns *Columns
	err     error
}

// scan decodes row groups in a goroutine of its own, into the Columns that next
// gives (nil stops it), and calls fn for each.
func (f *File) scan(ctx context.Context, groups []parquet.RowGroup, row int64, next func(context.Context) *Columns, fn func(*Columns) error) error {
	full := make(chan read, 2)
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	defer func() { stop(); <-done }()
	go func() {
		defer close(done)
		defer close(full)
		f.readAhead(ctx, groups, row, next, full)
	}()
	for r := range full {
		if r.err != nil {
			return r.err
		}
		if err := fn(r.columns); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (f *File) readAhead(ctx context.Context, groups []parquet.RowGroup, row int64, next func(context.Context) *Columns, full chan<- read) {
	buf := new(scratch)
	for _, group := range groups {
		c := next(ctx)
		if c == nil {
			return
		}
		err := f.decode(group, c, buf)
		c.Row = row
		row += int64(c.N)
		select {
		case <-ctx.Done():
			return
		case full <- read{c, err}:
		}
		if err != nil {
			return
		}
	}
}
