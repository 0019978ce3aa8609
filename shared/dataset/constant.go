package dataset

import (
	"math"
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

// constants are columns that hold one value in all rows: most logs have many, of
// zeros above all. They are not decoded, and never written to: all batches of a
// decoder share them, so that they stay in the processor's cache.
type constants struct {
	rows   int
	ints   map[int64][]int64
	floats map[uint64][]float64 // by bits
	ids    map[uint32][]uint32
	flags  map[bool][]bool
}

// maxConstants bounds the values of one type that are kept.
const maxConstants = 8

func newConstants(rows int64) constants {
	return constants{rows: int(rows), ints: map[int64][]int64{}, floats: map[uint64][]float64{}, ids: map[uint32][]uint32{}, flags: map[bool][]bool{}}
}

// constant returns the column of a value, nil if there are too many of them.
func constant[K comparable, T any](of map[K][]T, key K, v T, rows int) []T {
	if c, ok := of[key]; ok {
		return c
	}
	if len(of) == maxConstants {
		return nil
	}
	c := make([]T, rows)
	fill(c, v)
	of[key] = c
	return c
}

// holds reports whether v is one of the shared columns.
func holds[K comparable, T any](of map[K][]T, v []T) bool {
	for _, c := range of {
		if unsafe.SliceData(c) == unsafe.SliceData(v) {
			return true
		}
	}
	return false
}

// own returns n values to write to: v unless it is too small or shared.
func own[K comparable, T any](of map[K][]T, v []T, n int) []T {
	if cap(v) < n || holds(of, v) {
		return make([]T, n)
	}
	return v[:n]
}

// only returns the one value of a column chunk by the file's statistics: a NULL
// Value if all are NULL. It is false if there may be several.
func (d *decoder) only(name string) (parquet.Value, bool) {
	chunk, ok := d.chunks[d.index[name]].(*parquet.FileColumnChunk)
	if !ok {
		return parquet.Value{}, false
	}
	if chunk.NullCount() == chunk.NumValues() {
		return parquet.Value{}, true
	}
	low, high, ok := chunk.Bounds()
	if !ok || low.IsNull() || high.IsNull() || !parquet.Equal(low, high) {
		return parquet.Value{}, false
	}
	return low, chunk.NullCount() == 0 || low.Kind() == parquet.Int64 && low.Int64() == 0 // NULL is read as 0
}

// constantInts returns a column of integers that the statistics say to hold one
// value, nil if they do not.
func (d *decoder) constantInts(name string, n int) []int64 {
	v, ok := d.only(name)
	if !ok {
		return nil
	}
	value := int64(0)
	if !v.IsNull() {
		value = v.Int64()
	}
	if c := constant(d.buf.same.ints, value, value, d.buf.same.rows); c != nil {
		return c[:n]
	}
	return nil
}

// constantFloats is constantInts for doubles, with what NULL is read as.
func (d *decoder) constantFloats(name string, null float64, n int) []float64 {
	v, ok := d.only(name)
	if !ok {
		return nil
	}
	if !v.IsNull() {
		null = v.Double()
	}
	if c := constant(d.buf.same.floats, math.Float64bits(null), null, d.buf.same.rows); c != nil {
		return c[:n]
	}
	return nil
}

// constantFlags is constantInts for booleans.
func (d *decoder) constantFlags(name string, n int) []bool {
	v, ok := d.only(name)
	if !ok {
		return nil
	}
	value := !v.IsNull() && v.Boolean()
	if c := constant(d.buf.same.flags, value, value, d.buf.same.rows); c != nil {
		return c[:n]
	}
	return nil
}

// constantIDs is constantInts for strings, of which number gives the number.
func (d *decoder) constantIDs(name string, number func(string) uint32, n int) []uint32 {
	v, ok := d.only(name)
	if !ok {
		return nil
	}
	id := uint32(0)
	if !v.IsNull() {
		id = number(string(v.ByteArray()))
	}
	if c := constant(d.buf.same.ids, id, id, d.buf.same.rows); c != nil {
		return c[:n]
	}
	return nil
}
