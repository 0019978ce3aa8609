package savings

import (
	"fmt"
	"math/bits"

	"netra/shared/words"
)

// outputCap limits answers at what 99 of 100 answers of the same class need.
type outputCap struct {
	*env
	sizes perTag[sizeHist]
	caps  perTag[int64]
	any   bool
}

func (l *outputCap) name() string { return Output }

func (l *outputCap) learn(b *batch, n int) {
	for i := range n {
		if !b.locked[i] && b.Output[i] > 0 && b.Counts[i] == 1 {
			l.sizes.at(b.class[i], b.Tag[i]).add(b.Output[i])
		}
	}
}

// minAnswers is how many answers of a class it takes to know its 99th percentile.
const minAnswers = 200

func (l *outputCap) settle() (Status, string) {
	for _, k := range l.sizes.keys {
		h := l.sizes.at(k.class, k.tag)
		limit := h.quantile(0.99)
		if h.n >= minAnswers && h.max > 2*limit {
			*l.caps.at(k.class, k.tag) = limit
			l.any = true
		}
	}
	if !l.any {
		return NoSaving, "no class of calls has answers of more than twice its 99th percentile"
	}
	return Optional, "a cap cuts off the longest answers: check that they are of no use first"
}

func (l *outputCap) actor() actor { return l }

func (l *outputCap) act(w *work) {
	for i := range w.b.N {
		if w.fixed(i) || w.b.scale[i] == 0 || w.b.Counts[i] != 1 {
			continue
		}
		if limit := l.caps.find(w.b.class[i], w.b.Tag[i]); limit != nil && *limit > 0 && w.out[i] > *limit {
			w.out[i] = *limit
			w.touch(i, w.price(i))
		}
	}
}

func (l *outputCap) after(w *work, i int, before float64) float64 {
	return max(0, before-l.latency.perOutput*float64(w.b.Output[i]-w.out[i]))
}

func (l *outputCap) method() string { return l.latency.method() }

func (l *outputCap) describe(p *Proposal) {
	for _, k := range l.caps.keys {
		p.Policy.Output = append(p.Policy.Output, OutputCap{From: l.classes.list[k.class].name,
			Tag: l.file.Tags.Name(k.tag), MaxOutputTokens: *l.caps.at(k.class, k.tag)})
	}
	p.Summary = fmt.Sprintf("Set max_tokens at the 99th percentile of its answers for %s of calls.", words.Count(len(p.Policy.Output), "class", "classes"))
	p.Effort, p.Risk = "low", "medium"
	p.RiskNote = "One answer in a hundred is cut off; where these are real answers and not loops, quality suffers."
	p.Rollback = "Remove max_tokens."
	p.Assumptions = []string{"A capped answer stops at the cap and is not asked again."}
	p.Steps = []string{"Look at the calls listed as evidence: are they loops or real answers?", "Set max_tokens per class."}
	p.Verify = "Share of answers that end with finish_reason = length: it should stay near 1%."
}

// sizeHist counts sizes in buckets of at most 1/16 of their size: quantiles are
// right within that, from above.
type sizeHist struct {
	count [1024]int32
	n     int64
	max   int64
}

func (h *sizeHist) add(v int64) {
	h.count[sizeBucket(v)]++
	h.n++
	h.max = max(h.max, v)
}

// sizeBucket is the size itself up to 32, and from there 16 buckets per power of two.
func sizeBucket(v int64) int {
	if v < 32 {
		return int(max(v, 0))
	}
	shift := bits.Len64(uint64(v)) - 5
	return 16*shift + int(v>>shift)
}

// bucketTop is the largest size of a bucket.
func bucketTop(k int) int64 {
	if k < 32 {
		return int64(k)
	}
	shift := k/16 - 1
	return int64(k%16+17)<<shift - 1
}

// quantile returns the smallest bucket top that q of the sizes do not exceed.
func (h *sizeHist) quantile(q float64) int64 {
	rest := int64(q * float64(h.n))
	for k, c := range h.count {
		rest -= int64(c)
		if rest < 0 || rest == 0 && k > 0 && c > 0 {
			return min(bucketTop(k), h.max)
		}
	}
	return h.max
}
