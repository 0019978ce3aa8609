package dataset

import (
	"errors"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"

	"netra/shared/usage"
)

func nan() float64 { return math.NaN() }

// int64s, doubles and int32s return a page's values as they lie in memory.
func int64s(p parquet.Page) []int64 {
	data := p.Data()
	return data.Int64()
}

func doubles(p parquet.Page) []float64 {
	data := p.Data()
	return data.Double()
}

// int32s are the values of a page of 32-bit integers; of a page with a dictionary,
// the numbers of the values in it.
func int32s(p parquet.Page) []int32 {
	data := p.Data()
	return data.Int32()
}

// lookUp sets dst[i] to values[index[i]].
func lookUp[T any](dst []T, index []int32, values []T) {
	if len(values) == 1 {
		fill(dst, values[0])
		return
	}
	dst = dst[:len(index)]
	for i, k := range index {
		dst[i] = values[k]
	}
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// window returns the part of dst that a page fills, and moves on.
func window[T any](dst []T, at *int, p parquet.Page) ([]T, error) {
	n := int(p.NumValues())
	if *at+n > len(dst) {
		return nil, errors.New("it has more values than rows")
	}
	out := dst[*at : *at+n]
	*at += n
	return out, nil
}

// spread puts the page's values where they are not NULL, and null elsewhere.
func spread[T any](out []T, p parquet.Page, values func(n int) []T, null T) {
	nulls := int(p.NumNulls())
	switch {
	case nulls == len(out):
		fill(out, null)
		return
	case nulls == 0:
		copyOver(out, values(len(out)))
		return
	}
	packed, k := values(len(out)-nulls), 0
	levels := p.DefinitionLevels()[:len(out)]
	choice := [2]T{null, null} // a branch would be mispredicted
	for i := range out {
		choice[1] = packed[min(k, len(packed)-1)]
		out[i] = choice[levels[i]&1]
		k += int(levels[i])
	}
}

// copyOver copies unless the values are in place already.
func copyOver[T any](out, values []T) {
	if len(out) > 0 && &out[0] != &values[0] {
		copy(out, values)
	}
}

func tierCode(s string) uint8 {
	tiers := Tiers()
	i := slices.IndexFunc(tiers[:], func(t usage.Tier) bool { return s == tierName(t) })
	if i < 0 {
		i = len(tiers) - 1
	}
	return uint8(i)
}

func statusCode(s string) uint8 {
	return uint8(max(0, slices.Index(statusNames(), s)))
}
