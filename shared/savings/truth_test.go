package savings_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/savings"
	"netra/shared/usage"
)

// A shape is a random process whose expected saving is known: log makes a log of
// it, truth is what the plan saves of the cost in the long run, in percent.
type shape struct {
	name  string
	opts  savings.Options
	log   func(r *rand.Rand) []usage.Call
	truth float64
}

// lognormal sizes have the heavy tail that prompts and answers have.
func lognormal(r *rand.Rand, median, sigma float64) int64 {
	return int64(median*math.Exp(sigma*r.NormFloat64())) + 1
}

// gamma draws a rate of mean 1 that makes some blocks busier than others.
func gamma(r *rand.Rand, k int) float64 {
	sum := 0.0
	for range k {
		sum += r.ExpFloat64()
	}
	return sum / float64(k)
}

// steady is an even stream in which 30% of calls belong to a class that may wait.
// All calls cost the same in expectation, and the batch tier halves it.
func steady() shape {
	return shape{"steady stream, a batch class", savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			for i := range 1500 {
				c := call(time.Duration(i)*90*time.Second, "gpt-4o", lognormal(r, 800, 1), lognormal(r, 200, 0.8))
				c.Tag = "chat"
				if r.IntN(10) < 3 {
					c.Tag = "nightly"
				}
				calls = append(calls, c)
			}
			return calls
		}, 15}
}

// bursty is a stream whose hours differ in load and in how much of it may wait.
// The share is drawn apart from the load, so that its mean holds for the cost too.
func bursty() shape {
	return shape{"bursty hours", savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			for hour := range 40 {
				n := int(40 * gamma(r, 3))
				share := r.Float64() * 0.8 // mean 0.4
				for i := range n {
					at := time.Duration(hour)*time.Hour + time.Duration(i)*time.Hour/time.Duration(n+1)
					c := call(at, "gpt-4o", lognormal(r, 800, 0.6), lognormal(r, 200, 0.6))
					if c.Tag = "chat"; r.Float64() < share {
						c.Tag = "nightly"
					}
					calls = append(calls, c)
				}
			}
			return calls
		}, 20}
}

// daily is a month of days that differ in load and in the share of exact repeats;
// a repeat is of a prompt of the same hour, so that the cache always has it.
func daily() shape {
	return shape{"days with repeats", savings.Options{Levers: []string{savings.ResponseCache}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			for day := range 30 {
				repeats := 0.1 + 0.3*r.Float64() // mean 0.25
				for hour := range 24 {
					calls = append(calls, hourOfRepeats(r, day*24+hour, int(4*gamma(r, 2)), repeats)...)
				}
			}
			return calls
		}, 25}
}

// hourOfRepeats makes the calls of an hour. The prompts that are repeated were
// first asked by calls that cost next to nothing, so the share of repeats is the
// share of the cost.
func hourOfRepeats(r *rand.Rand, hour, n int, repeats float64) []usage.Call {
	at := time.Duration(hour) * time.Hour
	seed := call(at, "gpt-4o", 1, 0)
	seed.PromptHash = r.Uint64() | 1
	calls := []usage.Call{seed}
	for i := range n {
		c := call(at+time.Duration(i+1)*time.Minute/2, "gpt-4o", lognormal(r, 1000, 0.5), lognormal(r, 300, 0.5))
		if c.PromptHash = r.Uint64() | 1; r.Float64() < repeats {
			c.PromptHash = seed.PromptHash
		}
		calls = append(calls, c)
	}
	return calls
}

// together is a stream on which two levers overlap: of calls that a cache answers
// with probability 0.2, half of the rest goes to the batch tier at half price.
func together() shape {
	return shape{"two levers that overlap", savings.Options{Levers: []string{savings.ResponseCache, savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			for hour := range 60 {
				hourly := hourOfRepeats(r, hour, int(20*gamma(r, 4)), 0.2)
				for i := range hourly {
					if hourly[i].Tag = "chat"; r.IntN(2) == 0 {
						hourly[i].Tag = "nightly"
					}
				}
				calls = append(calls, hourly...)
			}
			return calls
		}, 20 + 80*0.25}
}

// dayAndNight is a stream whose load and share of work that may wait follow the
// hour of the day, over a number of hours that may break a day off.
func dayAndNight(hours int) shape {
	rate := func(hour int) (calls int, share float64) {
		sun := math.Cos(2 * math.Pi * float64(hour%24-14) / 24)
		return 15 + int(11*sun), 0.45 - 0.35*sun
	}
	var all, nightly float64
	for hour := range 24 {
		n, share := rate(hour)
		all, nightly = all+float64(n), nightly+share*float64(n)
	}
	return shape{fmt.Sprint("day and night, hours ", hours), savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			for hour := range hours {
				n, share := rate(hour)
				calls = append(calls, hourOfWork(r, hour, n, share)...)
			}
			return calls
		}, 50 * nightly / all}
}

// hourOfWork makes n calls of an hour, of which a share may wait.
func hourOfWork(r *rand.Rand, hour, n int, share float64) []usage.Call {
	var calls []usage.Call
	for i := range n {
		at := time.Duration(hour)*time.Hour + time.Duration(i)*time.Hour/time.Duration(n)
		c := call(at, "gpt-4o", lognormal(r, 800, 0.6), lognormal(r, 200, 0.6))
		if c.Tag = "chat"; r.Float64() < share {
			c.Tag = "nightly"
		}
		calls = append(calls, c)
	}
	return calls
}

// drifting is a stream in which the share that may wait drifts: an hour is like
// the hour before it (a first-order autoregression with 0.6), so that a week of
// hours knows far less than as many hours drawn apart.
func drifting() shape {
	return shape{"hours that depend on each other", savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			state := r.NormFloat64()
			for hour := range 7 * 24 {
				state = 0.6*state + 0.8*r.NormFloat64()
				calls = append(calls, hourOfWork(r, hour, 10, 0.4+0.12*max(-3, min(3, state)))...)
			}
			return calls
		}, 20}
}

// weekends is a month in which Saturday and Sunday are quiet and mostly wait.
func weekends() shape {
	return shape{"weekends", savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			for day := range 28 {
				n, share := 72, 0.3
				if day%7 >= 5 {
					n, share = 24, 0.9
				}
				for part := range 24 {
					calls = append(calls, hourOfWork(r, day*24+part, n/24, share)...)
				}
			}
			return calls
		}, 50 * (5*72*0.3 + 2*24*0.9) / (5*72 + 2*24)}
}

func TestNinetyPercentIntervalsCoverTheTruthInNinetyPercentOfLogs(t *testing.T) {
	const logs = 200
	for _, s := range []shape{steady(), bursty(), daily(), together(), dayAndNight(84), dayAndNight(144), drifting(), weekends(),
		strongly(24, 0.8), strongly(32, 0.8), strongly(40, 0.8), strongly(40, 0.6), strongly(40, 0)} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			covered, predicted := 0, 0
			for seed := range uint64(logs) {
				a := s.analysed(t, seed)
				if a.Plan.PercentageInterval.Contains(s.truth) {
					covered++
				}
				if a.Backtest.Covered {
					predicted++
				}
			}
			said := fmt.Sprintf("%d of %d intervals cover %.1f%%", covered, logs, s.truth)
			t.Log(said, "and", predicted, "cover what the last part measured")
			assert.GreaterOrEqual(t, covered, logs*85/100, said)
			assert.LessOrEqual(t, covered, logs*95/100, said)
			assert.GreaterOrEqual(t, predicted, logs*85/100, "confidence accuracy")
		})
	}
}

// analysed is the analysis of one log of the shape.
func (s shape) analysed(t *testing.T, seed uint64) *savings.Analysis {
	opts := s.opts
	opts.Seed = seed
	return analyse(t, s.log(rand.New(rand.NewPCG(seed, 7))), opts)
}
