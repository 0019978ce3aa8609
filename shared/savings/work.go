package savings

import (
	"math"
	"slices"

	"netra/shared/pricing"
)

// work is a batch under way through levers: what each call would have been. A
// lever changes rows through touch, which records them; the engine prices the
// touched rows anew.
type work struct {
	b       *batch
	classes *classes
	cursor  cursor
	hist    *history

	// gone calls would not have been made.
	gone  []bool
	class []int32
	tier  []uint8
	in    []int64
	read  []int64
	w5    []int64
	w1    []int64
	out   []int64
	// cold calls read and refresh no cached prefix: they moved to another model or
	// their prompt was trimmed.
	cold []bool
	cost []float64
	// late is the latency of changed calls in milliseconds, asLogged for all others.
	late []float64

	touched []int32
	// changed are the rows with a known latency that were touched by any lever since
	// the batch was loaded, some more than once.
	changed []int32
	// prices are the new costs of the touched rows.
	prices []float64
}

// load makes the work that of a batch no lever has changed.
func (w *work) load(b *batch) {
	w.b = b
	w.gone, w.cold = cleared(w.gone, b.N), cleared(w.cold, b.N)
	w.class, w.tier = copied(w.class, b.class), copied(w.tier, b.Tier)
	w.in, w.read = copied(w.in, b.Input), copied(w.read, b.CacheRead)
	w.w5, w.w1 = copied(w.w5, b.Write5m), copied(w.w1, b.Write1h)
	w.out, w.cost = copied(w.out, b.Output), copied(w.cost, b.cost)
	w.punctual()
	w.changed = w.changed[:0]
	w.fresh()
}

// restore takes back what was done to the touched rows. A batch that was changed
// in most rows is loaded anew.
func (w *work) restore() {
	b := w.b
	if len(w.touched) > b.N/4 {
		w.load(b)
		return
	}
	for _, i := range w.touched {
		w.gone[i], w.cold[i], w.class[i], w.tier[i] = false, false, b.class[i], b.Tier[i]
		w.in[i], w.read[i], w.w5[i], w.w1[i] = b.Input[i], b.CacheRead[i], b.Write5m[i], b.Write1h[i]
		w.out[i], w.cost[i] = b.Output[i], b.cost[i]
	}
	w.punctual()
	w.changed = w.changed[:0]
	w.fresh()
}

// asLogged stands for the latency of a call that no lever changed.
const asLogged = -1

// punctual takes back what was done to latencies.
func (w *work) punctual() {
	for len(w.late) < w.b.N {
		w.late = append(w.late, asLogged)
	}
	for _, i := range w.changed {
		w.late[i] = asLogged
	}
}

// latency is that of row i in milliseconds as it is now, negative if unknown.
func (w *work) latency(i int32) float64 {
	if w.late[i] != asLogged {
		return w.late[i]
	}
	return w.b.LatencyMS[i]
}

// touch records that the lever at work changed row i, and what it costs now.
func (w *work) touch(i int, usd float64) {
	w.touched, w.prices = append(w.touched, int32(i)), append(w.prices, usd)
}

// fresh forgets what was touched.
func (w *work) fresh() { w.touched, w.prices = w.touched[:0], w.prices[:0] }

// known returns the touched rows with a known latency, and notes them as changed.
func (w *work) known() []int32 {
	n := len(w.changed)
	w.changed = slices.Grow(w.changed, len(w.touched))
	to, k := w.changed[n:n+len(w.touched)], 0
	for _, i := range w.touched {
		to[k] = i
		k += 1 - int(math.Float64bits(w.b.LatencyMS[i])>>63) // it is negative if unknown
	}
	w.changed = w.changed[:n+k]
	return to[:k]
}

// fixed reports whether no lever may change row i any more.
func (w *work) fixed(i int) bool { return w.b.locked[i] || w.gone[i] }

// prompt is the whole prompt of row i as it is now.
func (w *work) prompt(i int) int64 { return w.in[i] + w.read[i] + w.w5[i] + w.w1[i] }

// price returns what row i would cost now. A call that has no price there costs
// infinitely much, so that no lever sends one there.
func (w *work) price(i int) float64 {
	if w.gone[i] {
		return 0
	}
	return w.priceAs(i, w.class[i], w.tier[i])
}

func (w *work) priceAs(i int, class int32, tier uint8) float64 {
	rates := w.cursor.rates(class, tier, w.b.Time[i])
	if rates == nil || w.b.scale[i] == 0 {
		return math.Inf(1)
	}
	return w.b.priced(i, rates, w.in[i], w.read[i], w.w5[i], w.w1[i], w.out[i])
}

// priced returns what row i would cost with other tokens at some rates.
func (b *batch) priced(i int, rates *pricing.Rates, in, read, w5, w1, out int64) float64 {
	if !b.rare {
		return plain(rates, in, read, w5, w1, out, b.Counts[i]) * b.scale[i]
	}
	t := bill{in: in, read: read, w5: w5, w1: w1, out: out}
	t.extras(&b.Columns, i)
	t.reasoning, t.audioIn, t.audioOut = min(t.reasoning, out), min(t.audioIn, in), min(t.audioOut, out)
	return t.cost(rates, b.Counts[i]) * b.scale[i]
}

func cleared(v []bool, n int) []bool {
	v = grow(v, n)
	clear(v)
	return v
}

func copied[T any](dst, src []T) []T {
	dst = grow(dst, len(src))
	copy(dst, src)
	return dst
}
