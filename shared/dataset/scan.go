package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// keepRows is the size of a file up to which its decoded batches are kept for the
// next Scan: 300 bytes a row and the lists, so under 300 MB.
const keepRows = 1_100_000

// decoders is how many row groups are decoded at once.
const decoders = 2

// Scan calls fn for the file's batches in order. While fn works on one batch the
// next ones are decoded. fn must be done with a batch when it returns. Scan stops
// at the first error. A small file is decoded only once, however often it is
// scanned.
func (f *File) Scan(ctx context.Context, fn func(*Columns) error) error {
	if err := f.number(); err != nil {
		return err
	}
	keep := f.Rows() <= f.keepRows
	var row int64
	for _, c := range f.kept {
		if err := ctx.Err(); err != nil {
			return err
		}
		row += int64(c.N)
		if err := fn(c); err != nil {
			return err
		}
	}
	return f.scan(ctx, f.parquet.RowGroups()[len(f.kept):], keep, func(c *Columns) error {
		c.Row = row
		row += int64(c.N)
		if keep {
			f.kept = append(f.kept, c)
		}
		return fn(c)
	})
}

// scan decodes row groups ahead, each decoder every so manieth, and calls fn for
// them in order. Unless they are kept, batches are used again.
func (f *File) scan(ctx context.Context, groups []parquet.RowGroup, keep bool, fn func(*Columns) error) error {
	ctx, stop := context.WithCancel(ctx)
	var lanes [decoders]lane
	for k := range lanes {
		lanes[k] = f.start(ctx, groups, k)
	}
	defer func() {
		stop()
		for _, l := range lanes {
			<-l.done
		}
	}()
	for k := range groups {
		l := lanes[k%decoders]
		r, ok := <-l.full
		if !ok {
			return ctx.Err()
		}
		if r.err != nil {
			return r.err
		}
		if err := fn(r.columns); err != nil {
			return err
		}
		if keep {
			r.columns = new(Columns)
		}
		l.free <- r.columns
	}
	return ctx.Err()
}

// lane is one decoder: it fills what comes from free and sends it to full.
type lane struct {
	free chan *Columns
	full chan decoded
	done chan struct{}
}

type decoded struct {
	columns *Columns
	err     error
}

// start runs a decoder for every decoders-th row group from the first on.
func (f *File) start(ctx context.Context, groups []parquet.RowGroup, first int) lane {
	l := lane{free: make(chan *Columns, 2), full: make(chan decoded, 2), done: make(chan struct{})}
	l.free <- new(Columns)
	go func() {
		defer close(l.done)
		defer close(l.full)
		buf := &scratch{same: newConstants(largest(groups))}
		for k := first; k < len(groups); k += decoders {
			select {
			case <-ctx.Done():
				return
			case c := <-l.free:
				err := f.decode(groups[k], c, buf)
				l.full <- decoded{c, err}
				if err != nil {
					return
				}
			}
		}
	}()
	return l
}

// largest is the number of rows of the largest row group.
func largest(groups []parquet.RowGroup) int64 {
	n := int64(0)
	for _, g := range groups {
		n = max(n, g.NumRows())
	}
	return n
}

// number gives the strings of the whole file their numbers, so that decoders only
// look them up and every scan finds the same ones.
func (f *File) number() error {
	if f.numbered {
		return nil
	}
	for _, group := range f.parquet.RowGroups() {
		d := decoder{chunks: group.ColumnChunks(), index: f.index, buf: new(scratch)}
		for name, dict := range f.dicts() {
			d.dictionary(name, func(s []byte) uint32 { return dict.id(string(s)) })
		}
		if d.err != nil {
			return d.err
		}
	}
	f.numbered = true
	return nil
}

// dictionary calls number for each string of a column's dictionary.
func (d *decoder) dictionary(name string, number func([]byte) uint32) {
	if d.err != nil {
		return
	}
	pages := d.chunks[d.index[name]].Pages()
	if r, ok := pages.(interface {
		ReadDictionary() (parquet.Dictionary, error)
	}); ok {
		dict, err := r.ReadDictionary()
		if dict != nil {
			d.buf.table = numbers(d.buf.table[:0], dict, number)
		}
		if err := errors.Join(err, pages.Close()); err != nil {
			d.err = fmt.Errorf("read column %s of the data set: %w", name, err)
		}
		if dict != nil {
			return
		}
	}
	d.pages(name, func(p parquet.Page) error {
		if dict := p.Dictionary(); dict != nil {
			d.buf.table = numbers(d.buf.table[:0], dict, number)
			return io.EOF // a chunk has one dictionary: its first page is enough
		}
		return errors.New("its strings are not in a dictionary")
	})
}
