package routing

import "math"

// Loss is the quality that a policy gives up against the strong model alone, in
// units of the scores (0.01 is one percentage point of accuracy).
type Loss struct {
	Mean float64 `json:"mean"`
	// Bound is the upper confidence bound on the expected loss.
	Bound float64 `json:"bound"`
	// Rows is how many labelled prompts stand behind the figures.
	Rows int `json:"rows"`
}

// bound is the upper bound of Maurer and Pontil (Empirical Bernstein Bounds and
// Sample Variance Penalization, COLT 2009, theorem 4) on the expected mean of
// independent values that lie in a range of the given width: it holds with the
// given confidence at every sample size and for every distribution.
func bound(values []float64, width, confidence float64) Loss {
	n := float64(len(values))
	if n < 2 {
		return Loss{Bound: math.Inf(1), Rows: len(values)}
	}
	var sum, squares float64
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	variance := squares / (n - 1)
	log := math.Log(2 / (1 - confidence))
	return Loss{Mean: mean, Bound: mean + math.Sqrt(2*variance*log/n) + 7*width*log/(3*(n-1)), Rows: len(values)}
}

// losses are the weighted losses per prompt of sending scores at or under the
// threshold to the weak model, and the weighted share that goes there.
func losses(rows []scored, threshold float64) (lost []float64, weakShare float64) {
	lost = make([]float64, len(rows))
	for i, r := range rows {
		if r.score <= threshold {
			lost[i] = r.weight * r.gain
			weakShare += r.weight
		}
	}
	return lost, weakShare / float64(len(rows))
}
