package routing

import (
	"errors"
	"math/rand/v2"
	"slices"
)

// Options of an evaluation.
type Options struct {
	// Seed makes folds, training and resampling repeatable.
	Seed uint64
	// Folds is how many parts the labels are cut into; each is measured with a
	// router learned on the others. 0 is 2: halves, as the baselines are known.
	Folds int
	// Repeats is how often the labels are cut anew; figures are averages over
	// all folds of all repeats. 0 is 3.
	Repeats int
}

// Oracle is the router that always knows the better model.
type Oracle struct {
	Accuracy float64 `json:"accuracy"`
	// StrongShare is the share of prompts on which only the strong model's
	// answer is the better one.
	StrongShare float64 `json:"strong_share"`
}

// Baselines are the routers that a learned one has to beat.
type Baselines struct {
	Length Figures `json:"length"`
	Tag    Figures `json:"tag"`
}

// Study is what a label set says about routing. Accuracies are mean scores.
// Figures are averages over folds, on prompts that the router did not see.
type Study struct {
	Rows           int     `json:"rows"`
	Dropped        int     `json:"dropped,omitempty"`
	Tags           int     `json:"tags"`
	StrongAccuracy float64 `json:"strong_accuracy"`
	WeakAccuracy   float64 `json:"weak_accuracy"`
	Oracle         Oracle  `json:"oracle"`
	// Figures and Baselines are nil where there is no gap to recover (ErrNoGap).
	*Figures
	Baselines *Baselines `json:"baselines,omitempty"`
	// Lead is how much APGR the learned policy has over the better baseline,
	// with a 90% interval (paired bootstrap over the measured prompts).
	Lead         float64    `json:"lead"`
	LeadInterval [2]float64 `json:"lead_interval_90"`
	// Beats tells that the whole interval lies above zero. A learned router
	// that does not beat the baselines is not proposed.
	Beats bool `json:"beats_baselines"`
}

// ErrNoGap means that the strong model is not better than the weak one on the
// labels: there is nothing to route, the weak model can take every call.
var ErrNoGap = errors.New("the strong model is not better than the weak one on these labels")

// Evaluate measures a learned policy and the baselines. With ErrNoGap the study
// holds accuracies and oracle but no figures.
func Evaluate(labels *Labels, options Options) (Study, error) {
	study := overview(labels)
	if study.StrongAccuracy <= study.WeakAccuracy {
		return study, ErrNoGap
	}
	var learned, length, tag []Figures
	var measured []ranked
	for _, f := range repeatedCut(len(labels.Rows), options) {
		train, test := pick(labels.Rows, f.train), pick(labels.Rows, f.test)
		routers := []router{
			fitLearned(train, labels.scale(), options.Seed),
			fitLength(train, labels.scale(), 0),
			fitTag(train, labels.scale(), 0),
		}
		figures, ok := measureAll(routers, test)
		if !ok {
			return study, ErrNoGap
		}
		learned, length, tag = append(learned, figures[0]), append(length, figures[1]), append(tag, figures[2])
		measured = append(measured, rank(routers, test, f.test))
	}
	study.Figures = mean(learned)
	study.Baselines = &Baselines{Length: *mean(length), Tag: *mean(tag)}
	study.setLead(measured, options.Seed)
	return study, nil
}

// overview is what needs no router: accuracies and the oracle, over all rows.
func overview(labels *Labels) Study {
	study := Study{Rows: len(labels.Rows), Dropped: labels.Dropped, Tags: labels.Tags()}
	for _, row := range labels.Rows {
		study.StrongAccuracy += row.Strong
		study.WeakAccuracy += row.Weak
		study.Oracle.Accuracy += max(row.Strong, row.Weak)
		if row.Gain() > 0 {
			study.Oracle.StrongShare++
		}
	}
	n := float64(len(labels.Rows))
	study.StrongAccuracy /= n
	study.WeakAccuracy /= n
	study.Oracle.Accuracy /= n
	study.Oracle.StrongShare /= n
	return study
}

func measureAll(routers []router, test []Label) ([]Figures, bool) {
	figures := make([]Figures, len(routers))
	for i, r := range routers {
		measured, ok := measure(score(r, test))
		if !ok {
			return nil, false
		}
		figures[i] = measured
	}
	return figures, true
}

// fold is one way to part rows: learn on train, measure on test.
type fold struct{ train, test []int }

// repeatedCut cuts n rows into folds several times, each time shuffled anew.
func repeatedCut(n int, options Options) []fold {
	repeats := options.Repeats
	if repeats < 1 {
		repeats = 3
	}
	var folds []fold
	for r := range repeats {
		again := options
		again.Seed += uint64(r) << 32
		folds = append(folds, cut(n, again)...)
	}
	return folds
}

// cut shuffles n rows and parts them into folds.
func cut(n int, options Options) []fold {
	count := options.Folds
	if count < 2 {
		count = 2
	}
	shuffled := rand.New(rand.NewPCG(options.Seed, 1)).Perm(n)
	folds := make([]fold, count)
	for i, row := range shuffled {
		for f := range folds {
			if i%count == f {
				folds[f].test = append(folds[f].test, row)
			} else {
				folds[f].train = append(folds[f].train, row)
			}
		}
	}
	for f := range folds {
		slices.Sort(folds[f].train)
		slices.Sort(folds[f].test)
	}
	return folds
}

func pick(rows []Label, at []int) []Label {
	out := make([]Label, len(at))
	for i, index := range at {
		out[i] = rows[index]
	}
	return out
}

func (l *Labels) scale() scale { return scale{l.Lowest, l.Highest} }
