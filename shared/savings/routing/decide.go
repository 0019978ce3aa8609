package routing

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// Target is what a routing policy has to keep.
type Target struct {
	// MaxLoss is the most quality that may be lost on average, in units of the scores.
	MaxLoss float64
	// Confidence of the bound, from 0 to 1; 0 is 0.9.
	Confidence float64
	// among is of how many policies one is picked, each held to its part of the
	// doubt; 0 is one.
	among int
}

// each is the confidence of the bound of one policy.
func (t Target) each() float64 { return 1 - (1-t.Confidence)/float64(max(t.among, 1)) }

// DefaultTarget gives up at most two points in a hundred, at 90% confidence.
func DefaultTarget() Target { return Target{MaxLoss: 0.02, Confidence: 0.9} }

// The kinds of policy that Decide may settle on.
const (
	// LearnedPolicy grades each prompt (Router); it needs the router at the gateway.
	LearnedPolicy = "learned"
	// TagPolicy sends whole tags to the weak model.
	TagPolicy = "tag"
	// WeakPolicy sends every call to the weak model.
	WeakPolicy = "weak"
)

// Decision is a routing policy with its bound, or why there is none.
type Decision struct {
	Proposed bool   `json:"proposed"`
	Reason   string `json:"reason"`
	Policy   string `json:"policy,omitempty"`
	// Chosen is the loss on the labels that the threshold was chosen on, with
	// the bound that is promised; Measured that on later labels, which had no
	// part in the choice.
	Chosen   Loss `json:"chosen"`
	Measured Loss `json:"measured"`
	// WeakShare is the share of later prompts that go to the weak model; with a
	// log's mix (Labels.In) of calls, as all shares and losses.
	WeakShare  float64 `json:"weak_share"`
	MaxLoss    float64 `json:"max_loss"`
	Confidence float64 `json:"confidence"`
	// Rules are the tags whose calls all go to the weak model; only for TagPolicy
	// and WeakPolicy. A learned policy decides prompt by prompt, at the gateway:
	// calls of a grade from 1 to MaxGrade go to the weak model.
	Rules    []Rule `json:"rules,omitempty"`
	MaxGrade int    `json:"max_grade,omitempty"`
	// Moved is what the baselines would move within the same bound; only for
	// LearnedPolicy.
	Moved *Moved `json:"moved_by_baselines,omitempty"`
	// CallShare is the share of a log's calls to the strong model that the policy
	// covers, LogShare the share of these that it sends to the weak model.
	CallShare float64 `json:"call_share,omitempty"`
	LogShare  float64 `json:"log_share,omitempty"`
}

// Rule sends every call of a tag from the strong model to the weak one. The Tag
// of labels without tags is "", which stands for all calls.
type Rule struct {
	Tag    string `json:"tag"`
	Strong string `json:"strong"`
	Weak   string `json:"weak"`
}

const (
	// Policies are learned on learnPart of the labels and their thresholds chosen
	// on the labels up to earlierPart; the rest is measured.
	learnPart   = 0.35
	earlierPart = 0.7
	// thresholds is how many weak shares are tried, in even steps.
	thresholds = 50
)

// Decide settles on the best policy that the study supports. See settle for
// what is guaranteed.
func Decide(labels *Labels, study Study, target Target, seed uint64) (Decision, error) {
	fit, policy := policyFor(study)
	if policy == LearnedPolicy {
		return Learn(labels, study, seed).Decide(nil, target)
	}
	return labels.decide(fit, policy, target, seed)
}

// DecideByTag settles on rules by tag alone, which hold for calls whose prompts
// are not known.
func DecideByTag(labels *Labels, target Target, seed uint64) (Decision, error) {
	study := overview(labels)
	if study.StrongAccuracy <= study.WeakAccuracy {
		return labels.decide(fitConstant, WeakPolicy, target, seed)
	}
	if study.Tags < 2 {
		return labels.decide(nil, "", target, seed)
	}
	return labels.decide(fitTag, TagPolicy, target, seed)
}

// decide learns a router of a kind on the first part of the labels and settles on
// its threshold.
func (l *Labels) decide(fit fitter, policy string, target Target, seed uint64) (Decision, error) {
	if fit == nil {
		target, err := target.checked(l)
		return Decision{MaxLoss: target.MaxLoss, Confidence: target.Confidence,
			Reason: "no router beats chance on these labels: neither the prompt's words and shape nor its tag tell which model is needed"}, err
	}
	p := split(l, seed)
	d, err := settle(l, p, fit(p.learn, l.scale(), seed), policy, target)
	if err == nil && d.Proposed && l.mix != nil {
		known := l.of(l.mix, p.standing(l))
		d.CallShare, d.LogShare = known.total()/l.mix.total(), d.sent(known).total()/known.total()
	}
	return d, err
}

// sent returns the calls that the rules send to the weak model.
func (d Decision) sent(calls Mix) Mix {
	out := Mix{}
	for tag, n := range calls {
		if slices.ContainsFunc(d.Rules, func(r Rule) bool { return r.Tag == tag || r.Tag == "" }) {
			out[tag] = n
		}
	}
	return out
}

// settle chooses the threshold of a router that was learned on the first part of
// the labels on the next, and measures it on the last (in the order of time if the
// labels have one, else shuffled). The threshold is the largest weak share whose
// bound on the loss keeps the target, found by fixed-sequence testing from the
// safest share up (Angelopoulos and others, Learn then Test, arXiv 2110.01052,
// section 3.2), so that trying many thresholds does not weaken the bound: with the
// stated confidence, the expected loss is at most Chosen.Bound.
func settle(labels *Labels, p parts, final router, policy string, target Target) (Decision, error) {
	target, err := target.checked(labels)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Policy: policy, MaxLoss: target.MaxLoss, Confidence: target.Confidence}
	standing, width := p.standing(labels), 2*labels.scale().width()
	choose, heaviest := labels.weigh(final, p.choose, standing)
	if heaviest == 0 {
		d.Reason = fmt.Sprintf("no call to %s is of a class with labels enough", labels.Strong)
		return d, nil
	}
	threshold, chosen, ok := target.choose(candidates(score(final, p.learn)), choose, width*heaviest)
	d.Chosen = chosen
	if !ok {
		d.Reason = fmt.Sprintf("no part of the calls can move to %s with a loss of at most %.3g at %.0f%% confidence on %d labels", labels.Weak, target.MaxLoss, 100*target.Confidence, len(choose))
		return d, nil
	}
	later, heaviest := labels.weigh(final, p.later, standing)
	d.measure(later, threshold, width*heaviest, target.each())
	d = d.judged()
	switch {
	case !d.Proposed:
	case policy == LearnedPolicy:
		d.MaxGrade = int(threshold)
	default:
		d.Rules = rules(labels, final, p, threshold)
	}
	return d, nil
}

// rules lists the tags at or under the threshold, in the order of their names;
// with a log's mix only those that the labels stand for.
func rules(labels *Labels, r router, p parts, threshold float64) []Rule {
	if _, constant := r.(byLength); constant && (labels.mix == nil || !labels.Tagged) {
		return []Rule{{Strong: labels.Strong, Weak: labels.Weak}}
	}
	weak, standing := map[string]bool{}, p.standing(labels)
	for _, row := range p.learn {
		weak[row.Tag] = r.score(row) <= threshold && (labels.mix == nil || standing[labels.class(row.Tag)])
	}
	var out []Rule
	for _, tag := range slices.Sorted(maps.Keys(weak)) {
		if weak[tag] {
			out = append(out, Rule{tag, labels.Strong, labels.Weak})
		}
	}
	return out
}

// policyFor picks the simplest policy that the study supports: the weak model
// alone where there is no gap, the learned router where it beats the baselines,
// else the rule by tag where that beats chance and length. nil is none.
func policyFor(study Study) (fitter, string) {
	baselines := study.Baselines
	switch {
	case baselines == nil:
		return fitConstant, WeakPolicy
	case study.Beats:
		return fitLearned, LearnedPolicy
	case study.Tags > 1 && baselines.Tag.APGR > max(0.5, baselines.Length.APGR):
		return fitTag, TagPolicy
	}
	return nil, ""
}

func (t Target) checked(labels *Labels) (Target, error) {
	if t.Confidence == 0 {
		t.Confidence = 0.9
	}
	if t.Confidence <= 0 || t.Confidence >= 1 {
		return t, fmt.Errorf("%w: confidence %g is not between 0 and 1", ErrLabels, t.Confidence)
	}
	if labels.scale().width() <= 0 {
		return t, fmt.Errorf("%w: all scores are %g; there is nothing to compare", ErrLabels, labels.Lowest)
	}
	if t.MaxLoss <= 0 || t.MaxLoss >= labels.scale().width() {
		return t, fmt.Errorf("%w: a loss of %g is not between 0 and %g, the width of the scores", ErrLabels, t.MaxLoss, labels.scale().width())
	}
	return t, nil
}

// parts are the labels as settle uses them.
type parts struct{ learn, choose, later []Label }

func split(labels *Labels, seed uint64) parts {
	rows := slices.Clone(labels.Rows)
	if !labels.Ordered {
		rng := rand.New(rand.NewPCG(seed, 3))
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	first, second := int(learnPart*float64(len(rows))), int(earlierPart*float64(len(rows)))
	return parts{rows[:first], rows[first:second], rows[second:]}
}

// candidates are the thresholds to test, in even steps of the weak share of the
// labels that a router was learned on. They are fixed before the labels that they
// are tested on are looked at.
func candidates(learned []scored) []float64 {
	order := make([]float64, len(learned))
	for i, r := range learned {
		order[i] = r.score
	}
	slices.Sort(order)
	var out []float64
	for step := 1; step <= thresholds; step++ {
		out = append(out, order[max(step*len(order)/thresholds, 1)-1])
	}
	return out
}

// choose tests thresholds from low to high and stops at the first whose bound
// breaks the target. Losses lie in a range of the given width.
func (t Target) choose(thresholds []float64, rows []scored, width float64) (threshold float64, best Loss, ok bool) {
	for step, at := range thresholds {
		lost, _ := losses(rows, at)
		tested := bound(lost, width, t.each())
		if tested.Bound > t.MaxLoss {
			if step == 0 {
				best = tested
			}
			return threshold, best, ok
		}
		threshold, best, ok = at, tested, true
	}
	return threshold, best, ok
}

// measure applies the policy to the scored later part.
func (d *Decision) measure(later []scored, threshold, width, confidence float64) {
	lost, share := losses(later, threshold)
	d.Measured, d.WeakShare = bound(lost, width, confidence), share
}

// judged proposes the policy if the later part confirms the earlier one.
func (d Decision) judged() Decision {
	if d.Measured.Mean > d.Chosen.Bound {
		d.Reason = fmt.Sprintf("the policy lost %.3g on the later labels, more than the %.3g that the earlier ones bound it to: the calls are changing", d.Measured.Mean, d.Chosen.Bound)
		return d
	}
	if d.WeakShare == 0 {
		d.Reason = "the policy sends no later call to the weak model"
		return d
	}
	d.Proposed = true
	d.Reason = fmt.Sprintf("%.0f%% of calls can move with an expected loss of at most %.3g at %.0f%% confidence; measured %.3g on %d later labels", 100*d.WeakShare, d.Chosen.Bound, 100*d.Confidence, d.Measured.Mean, d.Measured.Rows)
	return d
}
