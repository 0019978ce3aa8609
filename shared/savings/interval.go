package savings

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is the number of bootstrap resamples.
const resamples = 1000

// bootstrap gives 90% intervals by resampling blocks of time. They are for the figure
// that logs like this one have in the long run, not for what one month will bring.
// All series are resampled together, so that sums and ratios of them stay
// consistent, and from sums per block, so that it does not matter how many calls
// there are.
type bootstrap struct {
	design design
	counts [][]uint16 // per resample, how often each block was drawn
	blocks int
	// mix is how often each place of the cycle comes in the time that the intervals
	// are for: equally often in the long run.
	mix []float64
}

// newBootstrap draws the resamples of a log of n blocks of a unit of the clock.
func newBootstrap(n int, unit string, seed uint64) *bootstrap {
	r := rand.New(rand.NewPCG(seed, 0x6e65747261))
	b := &bootstrap{design: designOf(n, unit), counts: make([][]uint16, resamples)}
	b.blocks, b.mix = b.design.blocks(n), b.design.mix(0, b.design.strata*b.design.join)
	flat := make([]uint16, resamples*b.blocks)
	for k := range b.counts {
		b.counts[k] = flat[k*b.blocks : (k+1)*b.blocks]
		for j := range b.counts[k] { // a block at the same place of the cycle
			place := j % b.design.strata
			b.counts[k][place+b.design.strata*r.IntN(b.design.in(b.blocks, place))]++
		}
	}
	return b
}

// sums returns the sum of a series of joined blocks in each resample.
func (b *bootstrap) sums(series []float64) []float64 {
	out := make([]float64, len(b.counts))
	for k, counts := range b.counts {
		sum := 0.0
		for j, n := range counts {
			sum += float64(n) * series[j]
		}
		out[k] = sum
	}
	return out
}

// total returns the interval of the sum of a series.
func (b *bootstrap) total(series []float64) Interval {
	joined := b.design.joined(series)
	return b.interval(estimate{value: sum(joined), mixed: b.design.mixed(joined, b.mix), drawn: b.sums(joined), residuals: joined}, 1)
}

// ratio returns the interval of sum(part) / sum(whole) in percent, widened for a
// second sample that is spread times as variable as this one.
func (b *bootstrap) ratio(part, whole []float64, spread float64) Interval {
	part, whole = b.design.joined(part), b.design.joined(whole)
	e := estimate{value: percent(sum(part), sum(whole)), mixed: percent(b.design.mixed(part, b.mix), b.design.mixed(whole, b.mix)),
		drawn: b.sums(part), residuals: residuals(part, whole)}
	for k, w := range b.sums(whole) {
		e.drawn[k] = percent(e.drawn[k], w)
	}
	return b.interval(e, spread)
}

// residuals are what each block adds to the error of sum(part) / sum(whole): to
// first order, that is their mean.
func residuals(part, whole []float64) []float64 {
	share, out := percent(sum(part), sum(whole))/100, make([]float64, len(part))
	for j := range part {
		if x := part[j] - share*whole[j]; math.Abs(x) > rounding*math.Abs(part[j]) {
			out[j] = x
		}
	}
	return out
}

// dependence is that of sum(part) / sum(whole).
func (b *bootstrap) dependence(part, whole []float64) dependence {
	return b.design.dependence(residuals(b.design.joined(part), b.design.joined(whole)), b.mix)
}

// estimate is a figure of the log with what its interval is made from.
type estimate struct {
	value float64
	// mixed is the figure if the places of the cycle came in the mix.
	mixed float64
	// drawn are the figure's values in the resamples.
	drawn []float64
	// residuals are what each block adds to the figure's error.
	residuals []float64
}

// interval turns resampled values into an interval around the estimate. Resampling
// tells how much further it reaches to one side than to the other; how wide it is in
// all, for few blocks and for blocks that depend on each other, dependence tells. It
// lies around the figure for the mix, and holds the log's own one too.
func (b *bootstrap) interval(e estimate, spread float64) Interval {
	if b.blocks < 2 {
		return Interval{Low: math.Min(0, e.value), High: math.Max(2*e.value, 0)}
	}
	slices.Sort(e.drawn)
	widen := math.Sqrt(spread) * b.design.dependence(e.residuals, b.mix).wider
	low := e.drawn[int(0.05*float64(len(e.drawn)))]
	high := e.drawn[int(0.95*float64(len(e.drawn)))-1]
	return Interval{Low: min(e.value, e.mixed-widen*(e.value-low)), High: max(e.value, e.mixed+widen*(high-e.value))}
}

func sum(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total
}

// percent is 100 * part / whole, 0 of nothing.
func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}
