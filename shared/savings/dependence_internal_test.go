package savings

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// once is the mix of blocks that show no cycle.
var once = []float64{1}

func TestOnlyNeighboursThatGoTogetherWidenTheInterval(t *testing.T) {
	d := design{join: 1, strata: 1}
	var alternating, runs []float64
	for i := range 40 {
		alternating = append(alternating, float64(i%2))
		runs = append(runs, float64(i/5%2))
	}
	assert.InDelta(t, 1.05, d.dependence(alternating, once).wider, 0.05, "no narrower for blocks that make up for each other")
	assert.Greater(t, d.dependence(runs, once).wider, 1.5)
	assert.Equal(t, dependence{wider: 1, effective: 40}, d.dependence(make([]float64, 40), once), "nothing varies")
	cycle := design{join: 1, strata: 10}
	assert.InDelta(t, 1, cycle.dependence(runs, cycle.mix(0, 10)).wider, 0, "a cycle is no dependence")
}

func TestTheSameShareInEveryBlockLosesNoBlock(t *testing.T) {
	var part, whole []float64
	for i := range 40 {
		usd := 1 + math.Sin(float64(i)/5) // slow, and the share is the same
		part, whole = append(part, usd*0.3), append(whole, usd)
	}
	b := newBootstrap(40, "hour", 1)
	assert.InDelta(t, 40, b.dependence(part, whole).effective, 0)
	for i := range part {
		part[i] *= 1 + 0.5*math.Sin(float64(i)/8)
	}
	assert.Less(t, b.dependence(part, whole).effective, 4.0)
}

// process makes series of n blocks whose mean is 0 in the long run.
type process func(r *rand.Rand, n int) []float64

// like is a first-order autoregression with noise of the same variance on top.
func like(before, noise float64) process {
	return func(r *rand.Rand, n int) []float64 {
		out, state := make([]float64, n), r.NormFloat64()
		for i := range out {
			out[i] = state + noise*r.NormFloat64()
			state = before*state + math.Sqrt(1-before*before)*r.NormFloat64()
		}
		return out
	}
}

// daylong are hours of days that are each like the one before, with noise on top.
func daylong(before float64) process {
	return func(r *rand.Rand, n int) []float64 {
		days, out := like(before, 0)(r, n/24+1), make([]float64, n)
		for i := range out {
			out[i] = days[i/24] + 0.5*r.NormFloat64()
		}
		return out
	}
}

// weekly are days of weeks that begin on any of them and have two low ones.
func weekly(r *rand.Rand, n int) []float64 {
	out, first := like(0, 0)(r, n), r.IntN(7)
	for i := range out {
		if out[i] += 2; (first+i)%7 >= 5 {
			out[i] -= 7
		}
	}
	return out
}

// skewed are independent blocks with the tail of an exponential distribution.
func skewed(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.ExpFloat64() - 1
	}
	return out
}

func TestIntervalsOfTheMeanOfFewBlocksCoverIt(t *testing.T) {
	const logs = 1000
	for _, c := range []struct {
		name       string
		n          int
		unit       string
		process    process
		from, upTo int // of a hundred
	}{
		{"independent hours", 14, "hour", like(0, 0), 88, 98},
		{"independent hours", 15, "hour", like(0, 0), 88, 97},
		{"independent hours", 24, "hour", like(0, 0), 88, 96},
		{"independent hours", 30, "hour", like(0, 0), 88, 95},
		{"independent hours", 40, "hour", like(0, 0), 88, 95},
		{"independent hours", 5 * 24, "hour", like(0, 0), 88, 96},
		{"independent days", 14, "day", like(0, 0), 88, 97},
		{"independent days", 34, "day", like(0, 0), 88, 96},
		{"independent days", 100, "day", like(0, 0), 88, 95},
		{"independent weeks", 200, "day", like(0, 0), 88, 96},
		{"skewed hours", 15, "hour", skewed, 85, 96},
		{"skewed hours", 30, "hour", skewed, 85, 95},
		{"0.6 like the hour before", 24, "hour", like(0.6, 0), 88, 96},
		{"0.8 like the hour before", 24, "hour", like(0.8, 0), 86, 95},
		{"0.8 like the hour before", 32, "hour", like(0.8, 0), 86, 96},
		{"0.8 like the hour before", 40, "hour", like(0.8, 0), 86, 97},
		{"0.8 like the hour before, noisy", 24, "hour", like(0.8, 1), 85, 95},
		{"0.8 like the hour before, noisy", 40, "hour", like(0.8, 1), 86, 95},
		{"0.8 like the hour before", 60, "hour", like(0.8, 0), 86, 97},
		{"0.8 like the hour before", 84, "hour", like(0.8, 0), 86, 97},
		{"0.9 like the hour before", 72, "hour", like(0.9, 0), 86, 97},
		{"0.9 like the hour before", 168, "hour", like(0.9, 0), 86, 98},
		{"0.5 like the day before", 168, "hour", daylong(0.5), 86, 96},
		{"0.5 like the day before", 14, "day", like(0.5, 0), 86, 95},
		{"0.6 like the day before", 20, "day", like(0.6, 0), 86, 95},
		{"0.8 like the day before", 14, "day", like(0.8, 0), 80, 95},
		{"0.8 like the day before", 21, "day", like(0.8, 0), 86, 95},
		{"0.8 like the day before", 34, "day", like(0.8, 0), 86, 97},
		{"0.8 like the day before", 60, "day", like(0.8, 0), 86, 96},
		{"quiet weekends", 14, "day", weekly, 86, 97},
		{"quiet weekends", 60, "day", weekly, 86, 95},
	} {
		t.Run(fmt.Sprint(c.name, ", ", c.n, " ", c.unit, "s"), func(t *testing.T) {
			t.Parallel()
			r, b, covered := rand.New(rand.NewPCG(1, uint64(c.n))), newBootstrap(c.n, c.unit, 1), 0
			for range logs {
				if b.total(c.process(r, c.n)).Contains(0) {
					covered++
				}
			}
			assert.GreaterOrEqual(t, covered, logs*c.from/100)
			assert.LessOrEqual(t, covered, logs*c.upTo/100)
		})
	}
}
