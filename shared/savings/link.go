package savings

import "math"

// links are what a batch's links say of the calls that they lead to. They are
// looked up once for all levers, in loops that do nothing else: each look-up may
// miss the processor's caches, and only then can many of them be under way.
type links struct {
	// known is false for a batch whose links have not been followed.
	known bool
	// age is, for each part of the prompts' prefixes, the first of curveLifetimes
	// that holds the time since the part was last used.
	age []uint8
	// grown calls resend the history of their session: the prompt is at least as
	// long as that of the session's call before it.
	grown []bool
}

// Ages of parts that live for five minutes and for an hour.
const (
	ageFiveMinutes = 1
	ageOneHour     = 3
)

// follow looks up the links of a batch. Its rows must be in the history.
func (h *history) follow(b *batch) {
	if b.known {
		return
	}
	b.known = true
	h.ages(b)
	b.grown = grow(b.grown, b.N)
	for i, back := range b.SessionBack {
		slot, ok := h.slot(b.Row+int64(i), back)
		b.grown[i] = ok && b.prompt[i] >= int64(h.prompt[slot])
	}
}

func (h *history) ages(b *batch) {
	limits := curveLimits()
	first := b.PrefixFrom[0]
	b.age = grow(b.age, int(b.PrefixFrom[b.N]-first))
	for i, now := range b.Time {
		row := b.Row + int64(i)
		for j := b.PrefixFrom[i]; j < b.PrefixFrom[i+1]; j++ {
			b.age[j-first] = h.age(row, b.PrefixBack[j], now, &limits)
		}
	}
}

// age returns the first lifetime that holds the time since the call back rows ago,
// the unlimited one if it is forgotten. It compares with every limit: branches
// would be mispredicted.
func (h *history) age(row, back, now int64, limits *[7]int64) uint8 {
	slot, ok := h.slot(row, back)
	gap := int64(math.MaxInt64)
	if ok {
		gap = now - h.time[slot]
	}
	k := uint8(0)
	for _, limit := range limits {
		k += uint8(uint64(limit-gap) >> 63) // 1 if the gap is longer
	}
	return k
}

// ages returns the ages of the parts of row i's prefix.
func (b *batch) ages(i int) []uint8 {
	first := b.PrefixFrom[0]
	return b.age[b.PrefixFrom[i]-first : b.PrefixFrom[i+1]-first]
}
