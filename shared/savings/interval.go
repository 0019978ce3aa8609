package savings

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is the number of bootstrap resamples.
const resamples = 1000

// bootstrap gives 90% intervals by resampling blocks of time. All series are
// resampled together, so that sums and ratios of them stay consistent, and from
// sums per block, so that it does not matter how many calls there are.
type bootstrap struct {
	counts [][]uint16 // per resample, how often each block was drawn
	blocks int
}

// newBootstrap draws the resamples of a log of so many blocks.
func newBootstrap(blocks int, seed uint64) *bootstrap {
	r := rand.New(rand.NewPCG(seed, 0x6e65747261))
	b := &bootstrap{blocks: blocks, counts: make([][]uint16, resamples)}
	flat := make([]uint16, resamples*blocks)
	for k := range b.counts {
		b.counts[k] = flat[k*blocks : (k+1)*blocks]
		for range blocks {
			b.counts[k][r.IntN(blocks)]++
		}
	}
	return b
}

// sums returns the sum of a series in each resample.
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
	return b.interval(sum(series), b.sums(series), 1)
}

// ratio returns the interval of sum(part) / sum(whole) in percent, widened for a
// second sample that is spread times as variable as this one.
func (b *bootstrap) ratio(part, whole []float64, spread float64) Interval {
	parts, wholes := b.sums(part), b.sums(whole)
	for k := range parts {
		parts[k] = percent(parts[k], wholes[k])
	}
	return b.interval(percent(sum(part), sum(whole)), parts, spread)
}

// interval turns resampled values into an interval around the estimate. The
// quantiles are moved outwards for the few blocks: resampling n blocks
// understates the variance by (n-1)/n, and the error follows Student's t with
// n-1 degrees of freedom rather than the normal distribution (Hesterberg, "What
// Teachers Should Know About the Bootstrap", 2015).
func (b *bootstrap) interval(estimate float64, values []float64, spread float64) Interval {
	if b.blocks < 2 {
		return Interval{Low: math.Min(0, estimate), High: math.Max(2*estimate, 0)}
	}
	slices.Sort(values)
	n := float64(b.blocks)
	widen := math.Sqrt(n/(n-1)*(spread)) * studentRatio(n-1)
	low := values[int(0.05*float64(len(values)))]
	high := values[int(0.95*float64(len(values)))-1]
	return Interval{Low: estimate - widen*(estimate-low), High: estimate + widen*(high-estimate)}
}

// studentRatio is the 95% quantile of Student's t over that of the normal
// distribution, by the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5).
func studentRatio(df float64) float64 {
	const z = 1.6448536269514722
	g1 := (z*z*z + z) / 4
	g2 := (5*math.Pow(z, 5) + 16*z*z*z + 3*z) / 96
	g3 := (3*math.Pow(z, 7) + 19*math.Pow(z, 5) + 17*z*z*z - 15*z) / 384
	return (z + g1/df + g2/(df*df) + g3/(df*df*df)) / z
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
