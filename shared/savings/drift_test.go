package savings_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/savings"
	"netra/shared/usage"
)

// strongly is a stream whose share of work that may wait drifts slowly: an hour is
// like the one before it (a first-order autoregression), over a day or two only.
func strongly(hours int, like float64) shape {
	return shape{fmt.Sprintf("%d hours, each %.1f like the one before", hours, like), savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			state := r.NormFloat64()
			for hour := range hours {
				calls = append(calls, hourOfWork(r, hour, 20, 0.4+0.12*max(-3, min(3, state)))...)
				state = like*state + math.Sqrt(1-like*like)*r.NormFloat64()
			}
			return calls
		}, 20}
}

// slowly is what the report says of a drift that the log shows and is too short for.
const slowly = "so slowly that the log holds few of its ups and downs"

// TestAShortLogSaysThatItCannotSeeASlowDrift: of a drift about as slow as the log
// is long, a third of the logs shows nothing at all, and no interval that is right
// for independent hours can make up for it. So the caveat must be there.
func TestAShortLogSaysThatItCannotSeeASlowDrift(t *testing.T) {
	const logs = 100
	for _, s := range []shape{strongly(24, 0.9), strongly(40, 0.9)} {
		covered, few := 0, 0
		for seed := range uint64(logs) {
			a := s.analysed(t, seed)
			if a.Plan.PercentageInterval.Contains(s.truth) {
				covered++
			}
			said := strings.Join(a.Caveats, " ")
			assert.Contains(t, said, "slowly within a day, cannot be seen")
			if strings.Contains(said, "that do not depend on each other") || strings.Contains(said, slowly) {
				few++
			}
		}
		assert.GreaterOrEqual(t, covered, logs*75/100, s.name)
		assert.GreaterOrEqual(t, few, logs/3, s.name)
	}
	long := strings.Join(dayAndNight(84).analysed(t, 1).Caveats, " ")
	assert.NotContains(t, long, "slowly within a day")
	assert.NotContains(t, long, "do not depend on each other")
	assert.NotContains(t, long, slowly)
}

// days is a stream of a number of days, of which each is like the one before.
func days(n int, like float64) shape {
	return shape{fmt.Sprintf("%d days, each %.1f like the one before", n, like), savings.Options{Levers: []string{savings.BatchTier}, BatchTags: []string{"nightly"}},
		func(r *rand.Rand) []usage.Call {
			var calls []usage.Call
			state := r.NormFloat64()
			for hour := range n * 24 {
				if hour%24 == 0 {
					state = like*state + math.Sqrt(1-like*like)*r.NormFloat64()
				}
				calls = append(calls, hourOfWork(r, hour, 4, 0.4+0.12*max(-3, min(3, state)))...)
			}
			return calls
		}, 20}
}

func TestALogThatShowsADriftItIsTooShortForSaysSo(t *testing.T) {
	const logs = 50
	said := func(s shape) (n int) {
		for seed := range uint64(logs) {
			if strings.Contains(strings.Join(s.analysed(t, seed).Caveats, " "), slowly) {
				n++
			}
		}
		return n
	}
	assert.GreaterOrEqual(t, said(days(14, 0.9)), logs/2, "a drift")
	assert.LessOrEqual(t, said(days(14, 0)), logs/7, "none")
}
