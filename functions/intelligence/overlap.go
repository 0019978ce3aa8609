package intelligence

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"netra/shared/usage"
)

// A run that asked for more data often gets a fuller export of the calls that it
// has already. Counted twice they would double the bill, so the calls of two
// logs are compared where their spans overlap, and each is counted once.

const (
	// sampled is how many calls of a log are kept to compare it with others.
	sampled = 4096
	// sameCalls is the share of a log's calls that must be in the other one for
	// the logs to be of the same traffic; exports differ at their edges.
	sameCalls = 0.9
	// fewestSame is from how many common calls on that may be said, fewestSizes from
	// how many common sizes where a log has no times.
	fewestSame, fewestSizes = 10, 30
)

// prints are a log's fingerprints, by time and size of the calls, and by size
// alone for logs without times. The zero prints is ready to use.
type prints struct {
	dated, sizes minhash
	first, last  int64 // Unix seconds; 0 without a dated call
}

// add notes a call.
func (p *prints) add(c *usage.Call) {
	size := mixed(mixed(uint64(c.Tokens.Prompt())) ^ uint64(c.Tokens.Output))
	if c.Charge != "" { // lines of a bill count no tokens
		size = mixed(size ^ math.Float64bits(c.ReportedCost))
	}
	p.sizes.add(size, 0)
	second := c.Time / 1_000_000
	if c.Time == 0 {
		return
	}
	if p.first == 0 {
		p.first, p.last = second, second
	}
	p.first, p.last = min(p.first, second), max(p.last, second)
	p.dated.add(mixed(mixed(uint64(second))^size), second)
}

// minhash keeps the calls with the least hashes, which are the same calls in every
// log that holds them.
type minhash struct {
	seconds map[uint64]int64 // when each was made, by its hash
	limit   uint64           // the greatest hash kept, 0 while all are
}

func (p *minhash) add(hash uint64, second int64) {
	if p.limit > 0 && hash > p.limit {
		return
	}
	if p.seconds == nil {
		p.seconds = map[uint64]int64{}
	}
	if p.seconds[hash] = second; len(p.seconds) == 2*sampled {
		hashes := slices.Sorted(maps.Keys(p.seconds))
		p.limit = hashes[sampled-1]
		maps.DeleteFunc(p.seconds, func(h uint64, _ int64) bool { return h > p.limit })
	}
}

// mixed is the finaliser of splitmix64 (Steele, Lea and Flood, 2014).
func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// within is the share of the calls of p in a span that q has too, of those that
// both would have kept.
func (p *minhash) within(q *minhash, s span) (share float64, calls int) {
	limit := uint64(math.MaxUint64)
	for _, l := range []uint64{p.limit, q.limit} {
		if l > 0 {
			limit = min(limit, l)
		}
	}
	all := 0
	for hash, second := range p.seconds {
		if hash > limit || !s.holds(second) {
			continue
		}
		all++
		if _, ok := q.seconds[hash]; ok {
			calls++
		}
	}
	return float64(calls) / float64(max(all, 1)), calls
}

// always is the span of everything, undated calls too.
func always() span { return span{math.MinInt64, math.MaxInt64} }

// span is a time from first to last, in Unix seconds.
type span struct{ first, last int64 }

func (s span) holds(second int64) bool { return second >= s.first && second <= s.last }

// double is a part of a log that another one has as well.
type double struct {
	log, other int
	span       span
}

// doubles finds the calls that are in two logs. Of two logs that hold the same
// calls the one with fewer fields is the double, or the earlier one; of a log
// that holds another one's calls and more, the smaller one.
func doubles(logs []*prints, fields []int) []double {
	var out []double
	for i := range logs {
		for j := i + 1; j < len(logs); j++ {
			inJ, inI, s := compared(logs[i], logs[j])
			switch {
			case inI < sameCalls && inJ < sameCalls:
			case inI < sameCalls || inJ >= sameCalls && fields[j] >= fields[i]:
				out = append(out, double{i, j, s})
			default:
				out = append(out, double{j, i, s})
			}
		}
	}
	return out
}

// compared is the share of each log's calls that the other one has, in the time
// that both cover. A log without times is compared by the sizes of its calls.
func compared(a, b *prints) (aInB, bInA float64, s span) {
	x, y, least := &a.dated, &b.dated, fewestSame
	s = span{max(a.first, b.first), min(a.last, b.last)}
	if a.first == 0 || b.first == 0 {
		x, y, least, s = &a.sizes, &b.sizes, fewestSizes, always()
	}
	aInB, n := x.within(y, s)
	bInA, _ = y.within(x, s)
	if n < least {
		return 0, 0, s
	}
	return aInB, bInA, s
}

// skips reports whether a call of a log is counted with another one.
func skips(all []double, log int, c *usage.Call) bool {
	return slices.ContainsFunc(all, func(d double) bool {
		return d.log == log && (d.span == always() || c.Time != 0 && d.span.holds(c.Time/1_000_000))
	})
}

// noted tells in the logs' reports which of their calls are counted with another log.
func noted(reports []usage.Report, names []string, skipped []int64, all []double) {
	for _, d := range all {
		if skipped[d.log] == 0 {
			continue
		}
		reports[d.log].Notes = append(reports[d.log].Notes, usage.Note{Rows: skipped[d.log],
			Text: fmt.Sprintf("calls of %s that are also in %s are counted once, as that log has them", names[d.log], names[d.other])})
		skipped[d.log] = 0 // one note a log
	}
}
