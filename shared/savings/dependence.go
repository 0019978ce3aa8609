package savings

import "math"

// dependence is what is known of a figure whose blocks may go together.
type dependence struct {
	// wider is how many times as wide as the resampled interval the 90% interval is.
	wider float64
	// effective is how many independent blocks would tell as much.
	effective float64
	// slow is the probability, after the log was seen, of a drift too slow for it: one
	// whose memory is over a quarter of the log.
	slow float64
}

// dependence takes a block as its place of the cycle, plus noise, plus a level that
// drifts (a first-order autoregression). How much of the variance the drift has, how
// long its memory is and how strong the cycle is, of which few blocks say little, is
// not estimated but averaged over: each way counts by its likelihood, and the
// interval is that of the mixture of the Student's t distributions that they give
// (Zellner and Tiao, "Bayesian Analysis of the Regression Model with Autocorrelated
// Errors", 1964). So the doubt about it is in the interval too: an estimate plugged
// in would leave that out.
func (d design) dependence(series, mix []float64) dependence {
	n, resampled := float64(len(series)), math.Sqrt(d.squares(series))
	if n < 2 || resampled <= rounding*math.Sqrt(dot(series, series)) {
		return dependence{wider: 1, effective: n}
	}
	fits := d.fits(series, mix)
	half, alone := halfWidth(fits, n-1), halfWidth(independent(fits), n-1)
	return dependence{wider: n * half / (normal95 * resampled), effective: n * min(1, alone*alone/(half*half)), slow: slow(fits, n)}
}

const (
	// normal95 is the 95% quantile of the normal distribution.
	normal95 = 1.6448536269514722
	// slowest is the share of a log above which a drift's memory is too long for it:
	// of a few ups and downs the log does not tell the mean.
	slowest = 0.25
	// rounding is the share of a sum of squares' root below which what varies is none.
	rounding = 1e-7
	// tiny is a square that none is below: it keeps logarithms finite.
	tiny = 1e-200
)

// drift is one way in which blocks may go together.
type drift struct {
	// noise is the share of the variance that is each block's own; the rest is the
	// level's, whose correlation falls to 1/e within memory blocks.
	noise, memory float64
	// weight is the probability of it before the log is seen.
	weight float64
}

// drifting is the probability of a drift before the log is seen. With less, drifts
// that noise hides are missed; with more, the intervals of blocks that are
// independent get wide for nothing (the coverage of both is in the tests).
const drifting = 0.4

// drifts are the ways that are averaged over for n blocks: none, or a drift of all or
// most of the variance, whose memory is half as long again as the log, half of that,
// and so on down to a block.
func drifts(n int) []drift {
	var out []drift
	for memory := 1.5 * float64(n); memory > 0.8; memory /= 2 {
		out = append(out, drift{noise: 0, memory: memory}, drift{noise: 0.3, memory: memory})
	}
	for k := range out {
		out[k].weight = drifting / float64(len(out))
	}
	return append(out, drift{noise: 1, memory: 1, weight: 1 - drifting})
}

// cycles are the variances of the places of the cycle, as multiples of the blocks'
// own, that are averaged over.
func (d design) cycles() []float64 {
	if d.strata == 1 {
		return []float64{1}
	}
	return []float64{0.001, 1, 30, 1000}
}

// squares is the sum of squares around the means of the places of the cycle: the
// variance of the sum of a stratified resample.
func (d design) squares(series []float64) float64 {
	sums, all := make([]float64, d.strata), 0.0
	for j, x := range series {
		sums[j%d.strata] += x
	}
	for j, x := range series {
		p := j % d.strata
		off := x - sums[p]/float64(d.in(len(series), p))
		all += off * off
	}
	return all
}

// fit is a series fitted with a given drift and cycle.
type fit struct {
	drift
	// likelihood is its logarithm as fit gives it, a weight as fits does; the weights
	// add up to 1.
	likelihood float64
	// scale is the standard error of the mean in the mix.
	scale float64
}

func (d design) fits(series, mix []float64) []fit {
	var out []fit
	for _, way := range drifts(len(series)) {
		products, logs := d.whitened(series, way)
		scale := way.standardError(d.share(len(series), mix))
		for _, cycle := range d.cycles() {
			f := d.fit(products, float64(len(series)-1), cycle)
			f.scale *= scale
			f.drift, f.likelihood = way, f.likelihood-logs+math.Log(way.weight)
			out = append(out, f)
		}
	}
	most := math.Inf(-1)
	for _, f := range out {
		most = max(most, f.likelihood)
	}
	for k := range out {
		out[k].likelihood = math.Exp(out[k].likelihood - most)
	}
	return normalised(out)
}

// normalised scales the weights so that they add up to 1.
func normalised(fits []fit) []fit {
	all := 0.0
	for _, f := range fits {
		all += f.likelihood
	}
	for k := range fits {
		fits[k].likelihood /= all
	}
	return fits
}

// independent are the fits without a drift.
func independent(fits []fit) (out []fit) {
	for _, f := range fits {
		if f.noise == 1 {
			out = append(out, f)
		}
	}
	return normalised(out)
}

// slow is the weight of the drifts too slow for a log of n blocks.
func slow(fits []fit, n float64) (weight float64) {
	for _, f := range fits {
		if f.noise < 1 && f.memory >= slowest*n {
			weight += f.likelihood
		}
	}
	return weight
}
