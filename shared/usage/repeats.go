package usage

import "netra/shared/lastseen"

// maxRepeats bounds the rows that are remembered: 24 MB.
const maxRepeats = 1 << 20

// repeats knows the rows that were read, by the ids of their calls: pipelines that
// deliver at least once, and exports whose pages overlap, hold some rows twice. A
// provider bills each once. Two rows a million calls apart are not told to be one.
type repeats struct {
	seen lastseen.Table
	rows uint32
	n    int64
}

func newRepeats() *repeats { return &repeats{seen: lastseen.New(maxRepeats)} }

// again reports whether a row tells of a call that another row told of: with its id,
// time, outcome and tokens. The id alone would not do: some logs have ids that are made
// unreadable, or counted anew in each file.
func (r *repeats) again(row *decoded) bool {
	if r == nil || !row.isCall || row.err != nil || row.ids.call == 0 || row.call.Time == 0 {
		return false
	}
	c := &row.call
	key := mix(row.ids.call ^ mix(uint64(c.Time)) ^ mix(uint64(c.Prompt())<<32^uint64(c.Output)<<2^uint64(c.Status)))
	r.rows++
	_, again := r.seen.Swap(key, r.rows)
	if again {
		r.n++
	}
	return again
}
