package savings

import (
	"fmt"
	"math"
)

// latencyModel is latency = base + perPrompt * prompt tokens + perOutput * output
// tokens, fitted by least squares to the log's own calls. It says how much time
// fewer tokens take.
type latencyModel struct {
	perPrompt, perOutput float64 // milliseconds per token
	fitted               bool

	n                       float64
	sp, so, sl              float64
	spp, soo, spo, spl, sol float64
}

func (m *latencyModel) learn(b *batch, n int) {
	for i := range n {
		l := b.LatencyMS[i]
		if l < 0 || b.Counts[i] != 1 {
			continue
		}
		p, o := float64(b.prompt[i]), float64(b.Output[i])
		m.n++
		m.sp, m.so, m.sl = m.sp+p, m.so+o, m.sl+l
		m.spp, m.soo, m.spo = m.spp+p*p, m.soo+o*o, m.spo+p*o
		m.spl, m.sol = m.spl+p*l, m.sol+o*l
	}
}

// fit solves the normal equations. Times per token are never below 0.
func (m *latencyModel) fit() {
	if m.n < 30 {
		return
	}
	pp, oo, po := m.spp-m.sp*m.sp/m.n, m.soo-m.so*m.so/m.n, m.spo-m.sp*m.so/m.n
	pl, ol := m.spl-m.sp*m.sl/m.n, m.sol-m.so*m.sl/m.n
	det := pp*oo - po*po
	if det <= 1e-9*pp*oo {
		return
	}
	m.perPrompt = math.Max(0, (pl*oo-ol*po)/det)
	m.perOutput = math.Max(0, (ol*pp-pl*po)/det)
	m.fitted = true
}

func (m *latencyModel) method() string {
	return fmt.Sprintf("least squares over the log's own calls: %.3g ms per 1,000 prompt tokens and %.3g ms per 1,000 output tokens less",
		1000*m.perPrompt, 1000*m.perOutput)
}

// sketch is a histogram of milliseconds. A bucket is 1/32 of a power of two wide:
// quantiles are right within 2%.
type sketch struct {
	count []int64
	n     int64
}

// sketchShift leaves the exponent and 5 bits of the mantissa of a double, and
// sketchBase is what is left of 1.
const (
	sketchShift = 52 - 5
	sketchBase  = 1023 << 5
	// sketchBuckets reach up to 2^40 ms, 35 years.
	sketchBuckets = 40 << 5
)

func (s *sketch) add(ms float64) {
	if s.count == nil {
		s.count = make([]int64, sketchBuckets)
	}
	s.count[sketchBucket(ms)]++
	s.n++
}

func sketchBucket(ms float64) int {
	return min(int(math.Float64bits(max(0, ms)+1)>>sketchShift)-sketchBase, sketchBuckets-1)
}

// addKnown adds the latencies of a batch, which are negative where unknown: those
// are counted as 0 and taken out again, because a branch would be mispredicted for
// every few of them.
func (s *sketch) addKnown(latencies []float64) {
	if s.count == nil {
		s.count = make([]int64, sketchBuckets)
	}
	unknown := int64(0)
	for _, ms := range latencies {
		unknown += int64(math.Float64bits(ms) >> 63)
		s.count[sketchBucket(ms)]++
	}
	s.count[0] -= unknown
	s.n += int64(len(latencies)) - unknown
}

// join adds another sketch so many times, -1 takes it out.
func (s *sketch) join(o *sketch, times int64) {
	if s.count == nil {
		s.count = make([]int64, sketchBuckets)
	}
	for k, c := range o.count {
		s.count[k] += times * c
	}
	s.n += times * o.n
}

// quantile returns the middle of the bucket that holds the quantile.
func (s *sketch) quantile(q float64) float64 {
	rest := int64(math.Ceil(q * float64(s.n)))
	for k, c := range s.count {
		rest -= c
		if rest <= 0 && c > 0 {
			low := math.Float64frombits(uint64(k+sketchBase) << sketchShift)
			high := math.Float64frombits(uint64(k+1+sketchBase) << sketchShift)
			return (low+high)/2 - 1
		}
	}
	return 0
}

func (s *sketch) distribution() Distribution {
	return Distribution{P10: s.quantile(0.1), P50: s.quantile(0.5), P90: s.quantile(0.9), P99: s.quantile(0.99)}
}
