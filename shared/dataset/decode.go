package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// decoder reads the column chunks of one row group page by page: whole pages of
// one type, never rows. The first error sticks.
type decoder struct {
	chunks []parquet.ColumnChunk
	index  map[string]int
	buf    *scratch
	err    error
}

// scratch is memory that is used again for every page.
type scratch struct {
	ints   []int64
	floats []float64
	ids    []uint32
	table  []uint32
	codes  []uint32
	same   constants
}

// pages calls fn for each page of a column; the page is gone when fn returns.
func (d *decoder) pages(name string, fn func(p parquet.Page) error) {
	if d.err != nil {
		return
	}
	pages := d.chunks[d.index[name]].Pages()
	err := eachPage(pages, fn)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err := errors.Join(err, pages.Close()); err != nil {
		d.err = fmt.Errorf("read column %s of the data set: %w", name, err)
	}
}

func eachPage(pages parquet.Pages, fn func(p parquet.Page) error) error {
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		err = fn(p)
		parquet.Release(p)
		if err != nil {
			return err
		}
	}
}

// column reads n integers into dst, or returns a constant column.
func (d *decoder) column(name string, dst []int64, n int) []int64 {
	if d.err != nil {
		return dst
	}
	if c := d.constantInts(name, n); c != nil {
		return c
	}
	dst = own(d.buf.same.ints, dst, n)
	d.ints(name, dst)
	return dst
}

// floatColumn is column for doubles.
func (d *decoder) floatColumn(name string, dst []float64, null float64, n int) []float64 {
	if d.err != nil {
		return dst
	}
	if c := d.constantFloats(name, null, n); c != nil {
		return c
	}
	dst = own(d.buf.same.floats, dst, n)
	d.floats(name, dst, null)
	return dst
}

// flags is column for booleans, which a page holds as bits.
func (d *decoder) flags(name string, dst []bool, n int) []bool {
	if d.err != nil {
		return dst
	}
	if c := d.constantFlags(name, n); c != nil {
		return c
	}
	dst = own(d.buf.same.flags, dst, n)
	at := 0
	d.pages(name, func(p parquet.Page) error {
		out, err := window(dst, &at, p)
		if err != nil {
			return err
		}
		data := p.Data()
		bits := data.Boolean()
		for i := range out {
			out[i] = bits[i/8]>>(i%8)&1 == 1
		}
		return nil
	})
	d.complete(name, at, n)
	return dst
}

// names is column for strings, read as numbers of dict; NULL is 0.
func (d *decoder) names(name string, dst []uint32, dict *Dict, n int) []uint32 {
	if d.err != nil {
		return dst
	}
	if c := d.constantIDs(name, dict.known, n); c != nil {
		return c
	}
	dst = own(d.buf.same.ids, dst, n)
	d.strings(name, dst, func(s []byte) uint32 { return dict.known(string(s)) })
	return dst
}

// codes reads a column of strings as small numbers.
func (d *decoder) codes(name string, dst []uint8, code func(string) uint8) {
	if v, ok := d.only(name); ok && d.err == nil && !v.IsNull() {
		fill(dst, code(string(v.ByteArray())))
		return
	}
	d.buf.codes = sized(d.buf.codes, len(dst))
	d.strings(name, d.buf.codes, func(s []byte) uint32 { return uint32(code(string(s))) })
	for i, v := range d.buf.codes {
		dst[i] = uint8(v)
	}
}

// ints reads a column of 64-bit integers; NULL is 0.
func (d *decoder) ints(name string, dst []int64) {
	at := 0
	d.pages(name, func(p parquet.Page) error {
		out, err := window(dst, &at, p)
		if err != nil {
			return err
		}
		spread(out, p, func(n int) []int64 { return d.pageInts(p, n, out) }, 0)
		return nil
	})
	d.complete(name, at, len(dst))
}

// pageInts returns the page's n values that are not NULL, in out if it has that length.
func (d *decoder) pageInts(p parquet.Page, n int, out []int64) []int64 {
	dict := p.Dictionary()
	if dict == nil {
		return int64s(p)
	}
	values, dst := int64s(dict.Page()), out
	if n != len(out) {
		d.buf.ints = sized(d.buf.ints, n)
		dst = d.buf.ints
	}
	lookUp(dst, int32s(p), values)
	return dst
}

// floats reads a column of doubles.
func (d *decoder) floats(name string, dst []float64, null float64) {
	at := 0
	d.pages(name, func(p parquet.Page) error {
		out, err := window(dst, &at, p)
		if err != nil {
			return err
		}
		spread(out, p, func(n int) []float64 { return d.pageFloats(p, n) }, null)
		return nil
	})
	d.complete(name, at, len(dst))
}

func (d *decoder) pageFloats(p parquet.Page, n int) []float64 {
	dict := p.Dictionary()
	if dict == nil {
		return doubles(p)
	}
	d.buf.floats = sized(d.buf.floats, n)
	lookUp(d.buf.floats, int32s(p), doubles(dict.Page()))
	return d.buf.floats
}

func (d *decoder) strings(name string, dst []uint32, number func([]byte) uint32) {
	at := 0
	var table []uint32
	d.pages(name, func(p parquet.Page) error {
		out, err := window(dst, &at, p)
		if err != nil {
			return err
		}
		dict := p.Dictionary()
		if dict == nil {
			return errors.New("its strings are not in a dictionary")
		}
		if table == nil {
			d.buf.table = numbers(d.buf.table[:0], dict, number)
			table = d.buf.table
		}
		spread(out, p, func(n int) []uint32 {
			d.buf.ids = sized(d.buf.ids, n)
			lookUp(d.buf.ids, int32s(p), table)
			return d.buf.ids
		}, 0)
		return nil
	})
	d.complete(name, at, len(dst))
}

func numbers(dst []uint32, dict parquet.Dictionary, number func([]byte) uint32) []uint32 {
	page := dict.Page().Data()
	data, offsets := page.ByteArray()
	for i := range dict.Len() {
		dst = append(dst, number(data[offsets[i]:offsets[i+1]]))
	}
	return dst
}

func (d *decoder) complete(name string, got, want int) {
	if d.err == nil && got != want {
		d.err = fmt.Errorf("read column %s of the data set: %d values for %d rows", name, got, want)
	}
}

// lists reads a column of lists of integers, one for each of rows rows: list i is
// values[from[i]:from[i+1]].
func (d *decoder) lists(name string, from, values []int32, rows int) (starts, all []int32) {
	from, values = sized(from, rows+1), d.room(name, values)
	row, end := 0, int32(0)
	d.pages(name, func(p parquet.Page) error {
		reps, defs := p.RepetitionLevels(), p.DefinitionLevels()
		values = append(values, int32s(p)...)
		reps = reps[:len(defs)]
		for i, level := range defs {
			if row >= len(from) {
				return errors.New("it has more lists than rows")
			}
			from[row] = end // overwritten unless a list begins here: cheaper than to ask
			row += 1 - int(reps[i])
			end += int32(level)
		}
		return nil
	})
	d.complete(name, row, rows)
	if d.err == nil {
		from[rows] = end
	}
	return from, values
}

// listed reads the values of a column of lists that are as long as those of
// another column.
func (d *decoder) listed(name string, values []int32) []int32 {
	values = d.room(name, values)
	d.pages(name, func(p parquet.Page) error {
		values = append(values, int32s(p)...)
		return nil
	})
	return values
}

// room returns an empty slice with room for a column's values.
func (d *decoder) room(name string, values []int32) []int32 {
	chunk := d.chunks[d.index[name]]
	n := chunk.NumValues()
	if c, ok := chunk.(*parquet.FileColumnChunk); ok {
		n -= c.NullCount()
	}
	return slices.Grow(values[:0], int(n))
}
