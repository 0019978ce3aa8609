package savings

import (
	"math"

	"netra/shared/usage"
)

// nearRule says when two prompts count as nearly the same: when the share of equal
// bins of their MinHash sketches is so high that their Jaccard similarity is at
// least similarity with nearConfidence, by the exact binomial bound (Clopper and
// Pearson, 1934). need[n] is the least number of equal bins of n that shows it.
type nearRule struct {
	similarity float64
	need       [usage.SketchBins + 1]int
}

// nearConfidence is the confidence of the bound for each answered call: of the
// calls that are answered, at most 5% ask for less similar prompts. As a call is
// compared with up to nearBands others, each comparison is held to its part of
// the error (Bonferroni).
const nearConfidence = 0.95

func newNearRule(similarity float64) nearRule {
	r := nearRule{similarity: similarity}
	for n := range r.need {
		r.need[n] = leastEqual(n, similarity, (1-nearConfidence)/nearBands)
	}
	return r
}

// leastEqual is the least m for which n draws with probability p give m or more
// with a probability of at most alpha; n+1 if none does.
func leastEqual(n int, p, alpha float64) int {
	tail := 0.0
	for m := n; m >= 0; m-- {
		tail += math.Exp(logChoose(n, m) + float64(m)*math.Log(p) + float64(n-m)*math.Log1p(-p))
		if tail > alpha {
			return m + 1
		}
	}
	return 0
}

func logChoose(n, m int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(m + 1))
	c, _ := math.Lgamma(float64(n - m + 1))
	return a - b - c
}

// nearBands is how many bands of a sketch are looked up. Prompts that the rule
// takes for alike differ in fewer bins than there are bands (for similarities from
// 0.8 in at most 4 of 64), so at least one band is the same.
const (
	nearBands = 8
	bandBins  = usage.SketchBins / nearBands
)

// nearIndex is the store of a near-repeat cache: the last answers stored, with
// their prompts' sketches, found by the bands of a sketch (locality-sensitive
// hashing). A band remembers the last prompt that had it, so what was overwritten
// is not found: the index says less, never more.
type nearIndex struct {
	rule  nearRule
	next  int
	key   []uint64 // class and tag
	at    []int64  // when the answer was stored
	full  []uint64
	bins  []uint32
	bands [nearBands][]int32 // slot + 1
}

// nearCapacity is how many answers are kept; the one stored first is dropped first.
const nearCapacity = 1 << 16

func newNearIndex(rule nearRule, capacity int64) *nearIndex {
	n := int(ringSizeUpTo(capacity))
	x := &nearIndex{rule: rule, key: make([]uint64, n), at: make([]int64, n), full: make([]uint64, n), bins: make([]uint32, n*usage.SketchBins)}
	for k := range x.bands {
		x.bands[k] = make([]int32, 2*n)
	}
	return x
}

// ringSizeUpTo is the power of two that holds n answers, at most nearCapacity.
func ringSizeUpTo(n int64) int64 {
	size := int64(64)
	for size < n && size < nearCapacity {
		size *= 2
	}
	return size
}

func (x *nearIndex) slot(k int, key uint64, sketch []uint32) *int32 {
	h := key + uint64(k)
	for _, v := range sketch[k*bandBins : (k+1)*bandBins] {
		h = (h ^ uint64(v)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return &x.bands[k][h&uint64(len(x.bands[k])-1)]
}

// find reports whether an answer is stored for a prompt of the same key that is
// nearly the same, and that was stored no earlier than since.
func (x *nearIndex) find(key uint64, sketch []uint32, since int64) bool {
	full := usage.Full(sketch)
	for k := range x.bands {
		s := int(*x.slot(k, key, sketch)) - 1
		if s < 0 || x.key[s] != key || x.at[s] < since {
			continue
		}
		same, of := usage.Alike(sketch, x.bins[s*usage.SketchBins:(s+1)*usage.SketchBins], full, x.full[s])
		if same >= x.rule.need[of] {
			return true
		}
	}
	return false
}

// put stores an answer.
func (x *nearIndex) put(key uint64, sketch []uint32, now int64) {
	s := x.next
	x.next = (x.next + 1) % len(x.key)
	x.key[s], x.at[s], x.full[s] = key, now, usage.Full(sketch)
	copy(x.bins[s*usage.SketchBins:], sketch)
	for k := range x.bands {
		*x.slot(k, key, sketch) = int32(s + 1)
	}
}
