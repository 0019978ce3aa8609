package usage

import (
	"cmp"
	"slices"
)

// Bounds on what a log's scores are remembered by: past them counts of prompts are
// lower bounds.
const (
	maxScoredPrompts = 1 << 17
	maxScoredModels  = 64
	maxScorePairs    = 5
)

// Scores are the quality scores of single answers that a log carries, and how many
// of its prompts are scored on more than one model. Means of different models are
// of different prompts: they do not compare the models.
type Scores struct {
	// Models are those whose answers are scored, most answers first.
	Models []ModelScore `json:"models"`
	// Prompts counts the different prompts that are scored, at least; calls whose
	// prompt is not in the log are not in it.
	Prompts int64 `json:"prompts"`
	// Pairs are models that are scored on the same prompts, most prompts first.
	Pairs []ScorePair `json:"pairs,omitempty"`
}

// ModelScore is how one model's answers are scored.
type ModelScore struct {
	Provider string `json:"provider,omitempty"`
	Model    string `json:"model"`
	Calls    int64  `json:"calls"`
	// Mean is from 0 to 1.
	Mean float64 `json:"mean"`
}

// ScorePair counts the prompts that are scored on both models, at least.
type ScorePair struct {
	Models  [2]string `json:"models"`
	Prompts int64     `json:"prompts"`
}

// scoring collects Scores.
type scoring struct {
	models []ModelScore // Mean is a sum until scores
	index  map[modelKey]int
	// by holds the models that a prompt is scored on, as bits.
	by    map[uint64]uint64
	pairs map[[2]int]int64
}

func (s *scoring) add(c *Call, key modelKey) {
	if !c.HasQuality {
		return
	}
	if s.index == nil {
		s.index, s.by, s.pairs = map[modelKey]int{}, map[uint64]uint64{}, map[[2]int]int64{}
	}
	m, known := s.index[key]
	if !known {
		if len(s.models) == maxScoredModels {
			return
		}
		m = len(s.models)
		s.index[key] = m
		s.models = append(s.models, ModelScore{Provider: key.provider, Model: key.model})
	}
	s.models[m].Calls++
	s.models[m].Mean += c.Quality
	s.addPrompt(c.PromptHash, m)
}

func (s *scoring) addPrompt(hash uint64, m int) {
	on, known := s.by[hash]
	if hash == 0 || on&(1<<m) != 0 || !known && len(s.by) >= maxScoredPrompts {
		return
	}
	s.by[hash] = on | 1<<m
	for other := range s.models {
		if on&(1<<other) != 0 {
			s.pairs[[2]int{min(m, other), max(m, other)}]++
		}
	}
}

// scores returns what was collected, nil if no answer is scored.
func (s *scoring) scores() *Scores {
	if len(s.models) == 0 {
		return nil
	}
	out := &Scores{Models: slices.Clone(s.models), Prompts: int64(len(s.by))}
	for i := range out.Models {
		out.Models[i].Mean /= float64(out.Models[i].Calls)
	}
	for pair, n := range s.pairs {
		out.Pairs = append(out.Pairs, ScorePair{[2]string{s.models[pair[0]].Model, s.models[pair[1]].Model}, n})
	}
	slices.SortFunc(out.Pairs, func(a, b ScorePair) int {
		return cmp.Or(cmp.Compare(b.Prompts, a.Prompts), slices.Compare(a.Models[:], b.Models[:]))
	})
	out.Pairs = out.Pairs[:min(len(out.Pairs), maxScorePairs)]
	slices.SortStableFunc(out.Models, func(a, b ModelScore) int { return cmp.Compare(b.Calls, a.Calls) })
	return out
}
