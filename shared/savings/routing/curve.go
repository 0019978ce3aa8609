package routing

import (
	"cmp"
	"slices"
)

// Figures are a router's measures. All lie on the curve of quality against the
// share of calls that go to the strong model, from the weak model alone (share
// 0, gap recovered 0) to the strong model alone (share 1, gap recovered 1).
type Figures struct {
	// APGR is the average performance gap recovered: the area under gap
	// recovered against strong-call share (RouteLLM, arXiv 2406.18665,
	// section 3). A random router has 0.5.
	APGR float64 `json:"apgr"`
	// CPT50 and CPT80 are the smallest shares of strong calls that recover 50%
	// and 80% of the gap (call-performance thresholds, same source), from 0 to 1.
	CPT50 float64 `json:"cpt50"`
	CPT80 float64 `json:"cpt80"`
}

// scored is one prompt as the curve sees it. Its weight is 1, but where prompts
// stand for the calls of a log (Labels.In); the curve takes no account of it.
type scored struct {
	score, gain, weight float64
}

// point is one point of the curve; both fields run from 0 to 1, but gap may
// leave that range where the strong model is worse than the weak one.
type point struct {
	share, gap float64
}

// curve orders prompts by score, highest first, and adds up the gain. Prompts
// of one score are one step, joined by a straight line: any order among them is
// as likely, so their expected gain rises evenly. false means that the strong
// model is not better than the weak one here, so that there is no gap.
func curve(rows []scored) ([]point, bool) {
	slices.SortStableFunc(rows, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var total float64
	for _, r := range rows {
		total += r.gain
	}
	if total <= 0 {
		return nil, false
	}
	points := []point{{0, 0}}
	var sum float64
	for i, r := range rows {
		sum += r.gain
		if i+1 < len(rows) && rows[i+1].score == r.score {
			continue
		}
		points = append(points, point{float64(i+1) / float64(len(rows)), sum / total})
	}
	return points, true
}

// measure returns the figures of a scoring; false if there is no gap to recover.
func measure(rows []scored) (Figures, bool) {
	points, ok := curve(rows)
	if !ok {
		return Figures{}, false
	}
	return Figures{APGR: area(points), CPT50: firstShare(points, 0.5), CPT80: firstShare(points, 0.8)}, true
}

func area(points []point) float64 {
	var sum float64
	for i := 1; i < len(points); i++ {
		sum += (points[i].share - points[i-1].share) * (points[i].gap + points[i-1].gap) / 2
	}
	return sum
}

// firstShare is where the curve first reaches the given gap.
func firstShare(points []point, gap float64) float64 {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if b.gap >= gap {
			return a.share + (b.share-a.share)*(gap-a.gap)/(b.gap-a.gap)
		}
	}
	return 1
}

// mean averages figures over folds.
func mean(all []Figures) *Figures {
	var m Figures
	for _, f := range all {
		m.APGR += f.APGR / float64(len(all))
		m.CPT50 += f.CPT50 / float64(len(all))
		m.CPT80 += f.CPT80 / float64(len(all))
	}
	return &m
}
