package usage

import (
	"maps"
	"math"
	"slices"
)

// Sizes are the tokens of a call: exact, by nearest rank. Rows that sum up many
// calls are left out.
type Sizes struct {
	Mean float64 `json:"mean"`
	P50  int64   `json:"p50"`
	P90  int64   `json:"p90"`
	P95  int64   `json:"p95"`
	P99  int64   `json:"p99"`
}

// sizeCount counts calls by their size; few sizes differ, however many calls there are.
type sizeCount map[int64]int64

// maxSizes bounds the sizes counted: more than there are places in a context
// window is no log of calls.
const maxSizes = 1 << 20

func (s sizeCount) add(tokens int64) {
	if _, seen := s[tokens]; seen || len(s) < maxSizes {
		s[tokens]++
	}
}

// sizes is nil if there is no call, or if there were too many sizes to count.
func (s sizeCount) sizes() *Sizes {
	if len(s) == 0 || len(s) == maxSizes {
		return nil
	}
	var calls, tokens int64
	for size, n := range s {
		calls, tokens = calls+n, tokens+size*n
	}
	order := slices.Sorted(maps.Keys(s))
	rank := func(percent float64) int64 {
		rest := int64(math.Ceil(percent / 100 * float64(calls)))
		for _, size := range order {
			if rest -= s[size]; rest <= 0 {
				return size
			}
		}
		return order[len(order)-1]
	}
	return &Sizes{Mean: float64(tokens) / float64(calls), P50: rank(50), P90: rank(90), P95: rank(95), P99: rank(99)}
}
