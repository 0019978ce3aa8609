package routing

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// resamples is how often the lead is measured anew on resampled prompts.
const resamples = 200

// ranked is one measured fold as every router ranks it.
type ranked struct {
	// row[i] is the label set's row of the fold's prompt i, gain[i] its gain.
	row  []int
	gain []float64
	// order holds, per router, the fold's prompts from the highest score to the
	// lowest; ends marks the last prompt of each step of equal scores.
	order [3][]int
	ends  [3][]bool
}

func rank(routers []router, test []Label, rows []int) ranked {
	out := ranked{row: rows, gain: make([]float64, len(test))}
	for i, row := range test {
		out.gain[i] = row.Gain()
	}
	for r := range out.order {
		out.order[r], out.ends[r] = ranking(score(routers[r], test))
	}
	return out
}

func ranking(rows []scored) (order []int, ends []bool) {
	order, ends = make([]int, len(rows)), make([]bool, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[b].score, rows[a].score) })
	for i, at := range order {
		ends[i] = i+1 == len(order) || rows[order[i+1]].score != rows[at].score
	}
	return order, ends
}

// setLead compares the learned policy (router 0) with the better baseline. Both
// are measured on the same resampled prompts, and a prompt is drawn for all the
// folds it was measured in at once: what they share stays out of the interval.
func (s *Study) setLead(folds []ranked, seed uint64) {
	better := 1
	if s.Baselines.Tag.APGR > s.Baselines.Length.APGR {
		better = 2
	}
	s.Lead = s.APGR - max(s.Baselines.Length.APGR, s.Baselines.Tag.APGR)
	rng := rand.New(rand.NewPCG(seed, 2))
	leads := make([]float64, resamples)
	for i := range leads {
		counts := resample(s.Rows, rng)
		for _, f := range folds {
			leads[i] += (f.area(0, counts) - f.area(better, counts)) / float64(len(folds))
		}
	}
	slices.Sort(leads)
	s.LeadInterval = [2]float64{leads[resamples/20], leads[resamples-1-resamples/20]}
	s.Beats = s.LeadInterval[0] > 0
}

// resample draws n prompts with replacement and says how often each was drawn.
func resample(n int, rng *rand.Rand) []float64 {
	counts := make([]float64, n)
	for range n {
		counts[rng.IntN(n)]++
	}
	return counts
}

// area is the APGR of a router's ranking over resampled prompts; 0.5, that of a
// random router, if the resample has no gap.
func (f *ranked) area(router int, counts []float64) float64 {
	var sum, n, area, stepGain, stepCount float64
	for i, at := range f.order[router] {
		count := counts[f.row[at]]
		stepGain += count * f.gain[at]
		stepCount += count
		if !f.ends[router][i] {
			continue
		}
		area += stepCount * (sum + stepGain/2)
		sum += stepGain
		n += stepCount
		stepGain, stepCount = 0, 0
	}
	if sum <= 0 {
		return 0.5
	}
	return area / (n * sum)
}
