package routing

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"unicode/utf8"
)

// Grades is how many grades a Router gives. A grade is where a prompt's score lies
// among those of the prompts that the router learned from, in hundredths: 1 gains
// least from the strong model, Grades most.
const Grades = 100

// Router is a policy that was learned on the first part of the labels. What it
// says of a prompt is one grade: that is all that is kept of it. Its figures are
// rounded to those of its file, so that what is handed over is what was measured.
// It is safe for concurrent use.
type Router struct {
	labels *Labels
	model  *learned
	// cuts[i] is the highest score of grade i+1.
	cuts [Grades - 1]float64
	// classes are those that the labels stand for.
	classes map[string]bool
	parts   parts
	seed    uint64
	// counters are those of the goroutines that grade.
	counters sync.Pool
}

// Learn learns a router. It is nil where the study does not show that one beats
// the baselines.
func Learn(labels *Labels, study Study, seed uint64) *Router {
	if !study.Beats {
		return nil
	}
	p := split(labels, seed)
	r := &Router{labels: labels, classes: p.standing(labels), parts: p, seed: seed,
		counters: sync.Pool{New: func() any { return newCounter() }}}
	r.model = fitLearned(p.learn, labels.scale(), seed).(*learned)
	r.model.round()
	scores := score(r.model, p.learn)
	slices.SortFunc(scores, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	for i := range r.cuts {
		r.cuts[i] = scores[max((i+1)*len(scores)/Grades, 1)-1].score
	}
	r.settled()
	return r
}

// settled grades the labels and lets go of their features: what follows needs the
// grades only, and features are most of the memory that labels take.
func (r *Router) settled() {
	for _, rows := range [][]Label{r.parts.learn, r.parts.choose, r.parts.later} {
		for i := range rows {
			rows[i].grade, rows[i].Features = r.grade(rows[i]), Features{}
		}
	}
}

// score is the grade of a label.
func (r *Router) score(row Label) float64 { return float64(row.grade) }

func (r *Router) grade(row Label) uint8 {
	at, _ := slices.BinarySearch(r.cuts[:], r.model.score(row))
	return uint8(at + 1)
}

// Covers reports whether the labels stand for the calls of a tag.
func (r *Router) Covers(tag string) bool { return r.classes[r.labels.class(tag)] }

// Grade grades what a prompt of a tag that is covered asks (usage.Question).
func (r *Router) Grade(question, tag string) uint8 {
	words := r.counters.Get().(*counter)
	defer r.counters.Put(words)
	return r.grade(Label{Features: words.extract(question), Length: utf8.RuneCountInString(question), Tag: tag})
}

// sampleDoubt is the share of logs of which it is said that the labels are no
// sample although they are one.
const sampleDoubt = 0.01

// Decide settles on the grade up to which calls go to the weak model, for the calls
// of a log as they are mixed (nil: for the labels' own mix). See settle for what
// the bound means. The policy must move more calls within it than the baselines
// do, and the calls must look like those that were labelled.
func (r *Router) Decide(traffic Traffic, target Target) (Decision, error) {
	labels, covered := r.labels, 1.0
	if traffic != nil {
		graded := labels.of(traffic.Graded(), r.classes)
		covered = graded.total() / max(traffic.Calls().total(), 1)
		labels = labels.In(graded)
	}
	d, err := settle(labels, r.parts, r, LearnedPolicy, target)
	if err != nil || covered == 0 {
		return d, err
	}
	d.CallShare = covered
	if d.Moved, err = r.baselines(labels, target); err != nil {
		return d, err
	}
	if best := max(d.Moved.Length, d.Moved.Tag); d.Proposed && d.WeakShare <= best {
		return d.refused("a baseline moves %.0f%% of calls within the same bound, the learned router %.0f%%", 100*best, 100*d.WeakShare), nil
	}
	if d.Proposed && traffic != nil {
		d = r.compared(d, labels, traffic)
	}
	return d, nil
}

// Moved is the share of calls that the baselines would send to the weak model
// within the same bound on the loss, from 0 to 1.
type Moved struct {
	Length float64 `json:"length"`
	Tag    float64 `json:"tag"`
}

func (r *Router) baselines(labels *Labels, target Target) (*Moved, error) {
	var shares [2]float64
	for i, fit := range []fitter{fitLength, fitTag} {
		d, err := settle(labels, r.parts, fit(r.parts.learn, labels.scale(), r.seed), "", target)
		if err != nil {
			return nil, err
		}
		if d.Proposed {
			shares[i] = d.WeakShare
		}
	}
	return &Moved{Length: shares[0], Tag: shares[1]}, nil
}

// compared holds the labels to what the bound rests on: that they are a random
// sample of the log's calls of each class. The share of prompts that the policy
// sends to the weak model must then be the same on the later labels and in the log,
// within Hoeffding's bound. Prompts of another kind than the labelled ones, such as
// longer or harder ones, are graded otherwise: of them nothing is claimed.
func (r *Router) compared(d Decision, labels *Labels, traffic Traffic) Decision {
	later, heaviest := labels.weigh(r, r.parts.later, r.classes)
	d.LogShare = labels.of(traffic.sum(1, d.MaxGrade), r.classes).total() / labels.mix.total()
	doubt := heaviest * math.Sqrt(math.Log(2/sampleDoubt)/(2*float64(len(later))))
	if math.Abs(d.LogShare-d.WeakShare) > doubt {
		return d.refused("the log's prompts are not like the labelled ones: the policy would send %.0f%% of the calls and %.0f%% of the labelled prompts to %s, and %.0f points are all that chance allows; label a random sample of these calls",
			100*d.LogShare, 100*d.WeakShare, r.labels.Weak, 100*doubt)
	}
	return d
}

func (d Decision) refused(format string, args ...any) Decision {
	d.Proposed, d.Reason, d.MaxGrade = false, fmt.Sprintf(format, args...), 0
	return d
}
