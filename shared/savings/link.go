package savings

import (
	"math"
	"math/bits"
	"time"
)

// links are what a batch's links say of the calls that they lead to. They are
// looked up once for all levers, in loops that do nothing else: each look-up may
// miss the processor's caches, and only then can many of them be under way.
type links struct {
	// known is false for a batch whose links have not been followed.
	known bool
	// age is, for each part of the prompts' prefixes, the first of curveLifetimes
	// that holds the time since the part was last used.
	age []uint8
	// warm is, by lifetime, how many tokens of each prompt's start were used within it.
	warm [oneHour + 1][]int32
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
	table := newAgeTable()
	first := b.PrefixFrom[0]
	b.age = grow(b.age, int(b.PrefixFrom[b.N]-first))
	short, long := grow(b.warm[fiveMinutes], b.N), grow(b.warm[oneHour], b.N)
	b.warm[fiveMinutes], b.warm[oneHour] = short, long
	for i, now := range b.Time {
		row := b.Row + int64(i)
		var within5m, within1h int32
		for j := b.PrefixFrom[i]; j < b.PrefixFrom[i+1]; j++ {
			age := h.age(row, int64(b.PrefixBack[j]), now, &table)
			b.age[j-first] = age
			if age <= ageOneHour { // who used a part used all before it: ages only grow
				within1h = b.PrefixTokens[j]
			}
			if age <= ageFiveMinutes {
				within5m = b.PrefixTokens[j]
			}
		}
		short[i], long[i] = within5m, within1h
	}
}

// age returns the first lifetime that holds the time since the call back rows ago,
// the unlimited one if it is forgotten.
func (h *history) age(row, back, now int64, table *ageTable) uint8 {
	slot, ok := h.slot(row, back)
	if !ok {
		return unlimited
	}
	return table.of(now - h.time[slot])
}

// unlimited is the last of curveLifetimes.
const unlimited = 7

// ageTable finds the lifetime of a gap by its length in bits, because a search
// would be mispredicted: no two lifetimes have the same length.
type ageTable struct {
	// shorter counts the lifetimes of fewer bits, limit is the one of as many.
	shorter [65]uint8
	limit   [65]int64
}

func newAgeTable() (t ageTable) {
	lifetimes := curveLifetimes()
	for n := range t.limit {
		t.limit[n] = math.MaxInt64
		for _, d := range lifetimes[:unlimited] {
			switch length := bits.Len64(uint64(d.Microseconds())); {
			case length < n:
				t.shorter[n]++
			case length == n:
				t.limit[n] = d.Microseconds()
			}
		}
	}
	return t
}

// of returns the first lifetime that holds a gap in microseconds.
func (t *ageTable) of(gap int64) uint8 {
	gap = max(gap, 0)
	n := bits.Len64(uint64(gap)) & 63
	return t.shorter[n] + uint8(uint64(t.limit[n]-gap)>>63) // one more if it is over the limit
}

// ages returns the ages of the parts of row i's prefix.
func (b *batch) ages(i int) []uint8 {
	first := b.PrefixFrom[0]
	return b.age[b.PrefixFrom[i]-first : b.PrefixFrom[i+1]-first]
}

// warmest is how many tokens of row i's prompt are in a cache of its model's provider
// that caches by itself, if every call is.
func (k *class) warmest(b *batch, i int) int64 {
	life := fiveMinutes
	if k.facts.Cache.Lifetime >= time.Hour {
		life = oneHour
	}
	return int64(b.warm[life][i])
}
