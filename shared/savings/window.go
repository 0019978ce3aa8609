package savings

import (
	"math"
	"time"

	"netra/shared/dataset"
)

// window is the range of times, in microseconds, that the user asked for; calls
// outside of it, and calls without a time, are left out of everything.
type window struct {
	from, to int64
	bounded  bool
}

// window returns the range that the options ask for of a log that ends at last.
func (o Options) window(last time.Time) window {
	w := window{from: math.MinInt64, to: math.MaxInt64}
	if !o.From.IsZero() {
		w.from, w.bounded = o.From.UnixMicro(), true
	}
	if !o.To.IsZero() {
		w.to, w.bounded = o.To.UnixMicro(), true
	}
	if o.Last > 0 && !last.IsZero() {
		w.from, w.bounded = max(w.from, last.Add(-o.Last).UnixMicro()), true
	}
	return w
}

// Rows says which rows of a batch, from the first to before the last, are in the
// range of times that the options ask for of a log that ends at last.
func (o Options) Rows(last time.Time) func(*dataset.Columns) (first, end int) {
	return o.window(last).part
}

// clip returns the part of a span that lies in the window, zero if none does.
func (w window) clip(from, to time.Time) (time.Time, time.Time) {
	if !w.bounded || from.IsZero() {
		return from, to
	}
	low, high := max(from.UnixMicro(), w.from), min(to.UnixMicro(), w.to)
	if low > high {
		return time.Time{}, time.Time{}
	}
	return time.UnixMicro(low).UTC(), time.UnixMicro(high).UTC()
}

// part returns the range of a batch's rows that lie in the window. Rows are in
// order of time, but for those without one.
func (w window) part(c *dataset.Columns) (lo, hi int) {
	if !w.bounded {
		return 0, c.N
	}
	lo, hi = 0, c.N
	for lo < hi && (c.Time[lo] == 0 || c.Time[lo] < w.from) {
		lo++
	}
	for hi > lo && (c.Time[hi-1] == 0 || c.Time[hi-1] > w.to) {
		hi--
	}
	return lo, hi
}
