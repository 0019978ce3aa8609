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
			if strings.Contains(said, "that do not depend on each other") {
				few++
			}
		}
		assert.GreaterOrEqual(t, covered, logs*75/100, s.name)
		assert.GreaterOrEqual(t, few, logs/2, s.name)
	}
	long := strings.Join(dayAndNight(84).analysed(t, 1).Caveats, " ")
	assert.NotContains(t, long, "slowly within a day")
	assert.NotContains(t, long, "do not depend on each other")
}
