package savings

import (
	"math"
	"slices"
)

// fit fits the mean and the places of the cycle, whose variance is cycle times the
// blocks' own, to the products of whitened: its likelihood is the logarithm of the
// restricted one, of what is left without the mean (Harville, "Bayesian Inference for
// Variance Components Using Only Error Contrasts", 1974), but for the blocks'.
func (d design) fit(products [][]float64, free, cycle float64) fit {
	factor, places := make([][]float64, len(products)), float64(d.strata)
	for a := range products {
		factor[a] = slices.Clone(products[a])
	}
	for a := range d.strata { // what is known of the places beforehand: how far they lie from their mean
		factor[a][a] += 1 / cycle
		for b := range a + 1 {
			factor[a][b] -= 1 / (cycle * places)
		}
	}
	cholesky(factor)
	logs := (places - 1) / 2 * math.Log(cycle)
	for p := range d.strata {
		logs += math.Log(factor[p][p])
	}
	rest := factor[d.strata][d.strata]
	return fit{likelihood: -logs - free*math.Log(rest), scale: rest / math.Sqrt(free)}
}

// whitened are the sums of products of the columns, one for each place of the cycle
// and the series itself as the last, of which each block is taken less what the
// blocks before it let expect, in standard deviations: the innovations of a Kalman
// filter (Harvey, "Forecasting, Structural Time Series Models and the Kalman Filter",
// 1989, 3.4). Only the lower triangle is filled. logs is the sum of the logarithms of
// the standard deviations.
func (d design) whitened(series []float64, way drift) (products [][]float64, logs float64) {
	last := d.strata
	products = make([][]float64, last+1)
	for a := range products {
		products[a] = make([]float64, a+1)
	}
	row, level := make([]float64, last+1), make([]float64, last+1)
	like, doubt := math.Exp(-1/way.memory), 1-way.noise
	for j, x := range series {
		variance := doubt + way.noise
		logs += math.Log(variance) / 2
		for a := range row {
			row[a] = -level[a]
		}
		row[j%d.strata]++
		row[last] += x
		for a := range row {
			level[a] = like * (level[a] + doubt/variance*row[a])
			for b := range products[a] {
				products[a][b] += row[a] * row[b] / variance
			}
		}
		doubt = like*like*doubt*way.noise/variance + (1-way.noise)*(1-like*like)
	}
	return products, logs
}

// cholesky turns the lower triangle of a matrix into that of its factor, in place.
func cholesky(m [][]float64) {
	for i := range m {
		for j := range i {
			m[i][j] = (m[i][j] - dot(m[i][:j], m[j])) / m[j][j]
		}
		m[i][i] = math.Sqrt(max(m[i][i]-dot(m[i][:i], m[i]), tiny))
	}
}

// share is what each of n blocks counts in the mean if the places of the cycle come
// in the mix.
func (d design) share(n int, mix []float64) []float64 {
	out, all := make([]float64, n), sum(mix)
	for j := range out {
		p := j % d.strata
		out[j] = mix[p] / all / float64(d.in(n, p))
	}
	return out
}

// standardError is that of a mean with these shares, of blocks that have a
// standard deviation of 1 without the cycle.
func (way drift) standardError(share []float64) float64 {
	like, before, squares := math.Exp(-1/way.memory), 0.0, 0.0
	for j, x := range share {
		if j > 0 {
			before = like * (before + share[j-1])
		}
		squares += x * (x + 2*(1-way.noise)*before)
	}
	return math.Sqrt(squares)
}

// dot is the sum of products over the length of a.
func dot(a, b []float64) float64 {
	total := 0.0
	for i, x := range a {
		total += x * b[i]
	}
	return total
}

// halfWidth is the distance from the middle within which 90% of a mixture of
// Student's t distributions with free degrees of freedom lies.
func halfWidth(fits []fit, free float64) float64 {
	low, high := 0.0, 0.0
	for _, f := range fits {
		high = max(high, 10*f.scale) // 10: that of 1 degree of freedom is 6.3
	}
	for range 30 {
		middle, inside := (low+high)/2, 0.0
		for _, f := range fits {
			inside += f.likelihood * within(middle/f.scale, free)
		}
		if inside < 0.9 {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// within is the probability that Student's t lies between -x and x (Wallace, "Bounds
// on Normal Approximations to Student's and the Chi-Square Distributions", 1959).
func within(x, free float64) float64 {
	z := (8*free + 1) / (8*free + 3) * math.Sqrt(free*math.Log1p(x*x/free))
	return math.Erf(z / math.Sqrt2)
}
