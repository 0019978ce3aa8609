package routing

import (
	"cmp"
	"math"
	"slices"
)

// Use is what one tag's calls to the strong model cost, priced by the caller
// from the price book over the log's span.
type Use struct {
	Tag   string
	Calls int64
	// StrongUSD is what the calls cost; WeakUSD what they would on the weak model.
	StrongUSD, WeakUSD float64
	// JudgeUSD is what judging all of them would cost: a call to the strong
	// model with the prompt and both answers, and a verdict of a few tokens.
	JudgeUSD float64
}

// Sample is how many calls of a tag to label.
type Sample struct {
	Tag    string `json:"tag"`
	Labels int64  `json:"labels"`
	// CostUSD is what the labels cost: the weak model's answers and the verdicts.
	CostUSD float64 `json:"cost_usd"`
	// AtStakeUSD is what the tag's calls would save on the weak model, all of
	// them: the most that the labels could unlock over the log's span.
	AtStakeUSD float64 `json:"at_stake_usd"`
}

// SamplingPlan says which labels would settle whether routing pays. It claims
// no saving.
type SamplingPlan struct {
	Strong     string   `json:"strong"`
	Weak       string   `json:"weak"`
	MaxLoss    float64  `json:"max_loss"`
	Confidence float64  `json:"confidence"`
	Samples    []Sample `json:"samples"`
	// Skipped are tags whose labels would cost more than they could save.
	Skipped    []Sample `json:"skipped,omitempty"`
	Labels     int64    `json:"labels"`
	CostUSD    float64  `json:"cost_usd"`
	AtStakeUSD float64  `json:"at_stake_usd"`
}

// discord is the share of prompts on which two models of different size score
// differently, used to plan before any label is seen: 23.07% of RouteLLM's MMLU
// labels (742 + 2,497 of 14,042).
const discord = 0.2307

// LabelsNeeded is how many labels bring the bound on the loss within maxLoss of
// the measured loss, at the planning variance, for scores from 0 to 1: the
// smallest n that solves bound's formula.
func LabelsNeeded(target Target) int64 {
	log := math.Log(2 / (1 - target.Confidence))
	// n*m - a*sqrt(n) - b = 0, with the range's width 2 in b, solved for sqrt(n).
	a, b := math.Sqrt(2*discord*log), 14*log/3
	root := (a + math.Sqrt(a*a+4*target.MaxLoss*b)) / (2 * target.MaxLoss)
	return int64(math.Ceil(root*root)) + 1
}

// Sampling plans labels tag by tag: as many as the bound needs for every tag on
// its own, or all its calls where it has fewer. Tags come in the order of what
// they could save per dollar of labels.
func Sampling(strong, weak string, uses []Use, target Target) SamplingPlan {
	if target.Confidence == 0 {
		target.Confidence = DefaultTarget().Confidence
	}
	plan := SamplingPlan{Strong: strong, Weak: weak, MaxLoss: target.MaxLoss, Confidence: target.Confidence}
	needed := LabelsNeeded(target)
	for _, use := range uses {
		if use.Calls <= 0 || use.StrongUSD <= use.WeakUSD {
			continue
		}
		n := min(needed, use.Calls)
		s := Sample{Tag: use.Tag, Labels: n, AtStakeUSD: use.StrongUSD - use.WeakUSD}
		s.CostUSD = (use.WeakUSD + use.JudgeUSD) * float64(n) / float64(use.Calls)
		if s.CostUSD >= s.AtStakeUSD {
			plan.Skipped = append(plan.Skipped, s)
			continue
		}
		plan.Samples = append(plan.Samples, s)
		plan.Labels += n
		plan.CostUSD += s.CostUSD
		plan.AtStakeUSD += s.AtStakeUSD
	}
	worth := func(s Sample) float64 { return s.AtStakeUSD / max(s.CostUSD, 1e-12) }
	slices.SortStableFunc(plan.Samples, func(a, b Sample) int { return cmp.Compare(worth(b), worth(a)) })
	return plan
}
