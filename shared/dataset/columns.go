package dataset

import "netra/shared/usage"

// Columns is a batch of rows as a struct of arrays, for replays that touch
// millions of rows. All slices but the lists have N elements, and are only to be
// read: columns may share them. A Columns is overwritten by a later batch.
type Columns struct {
	N int
	// Row is the number of the batch's first row in the file.
	Row int64
	// Time is in microseconds since the Unix epoch, 0 if unknown.
	Time []int64
	// Provider, Model, Tag and User are numbers of the reader's dictionaries, in which
	// "" is number 0.
	Provider, Model, Tag, User []uint32
	Tier, Status               []uint8
	// CacheTold says that the log tells what the provider's cache did, be it nothing.
	CacheTold []bool

	Input, CacheRead, Write5m, Write1h           []int64
	Output, Reasoning                            []int64
	AudioInput, AudioOutput, WebSearches, Counts []int64
	Weight                                       []float64
	// LatencyMS and TTFTMS are -1 if unknown, Cost is NaN if not reported.
	LatencyMS, TTFTMS, Cost []float64
	// Currency is a number of the reader's dictionary; 0 is "" and means USD.
	Currency []uint32

	// PrefixHash identifies the first block of the prompt, 0 if unknown.
	PrefixHash []int64
	// PromptBack and SessionBack count rows back to the previous call with the
	// same prompt and of the same session, 0 if there is none.
	PromptBack, SessionBack []int64
	// Row i's prefix was last used by the calls PrefixBack[j] rows ago, up to
	// PrefixTokens[j] tokens, for j from PrefixFrom[i] to PrefixFrom[i+1].
	PrefixFrom               []int32
	PrefixBack, PrefixTokens []int32
}

// Tiers are what the numbers in Columns.Tier stand for.
func Tiers() [5]usage.Tier {
	return [5]usage.Tier{usage.Standard, usage.Batch, usage.Flex, usage.Priority, "other"}
}

// Part returns the rows from lo to hi as Columns that share memory with c.
func (c *Columns) Part(lo, hi int) Columns {
	p := *c
	p.N, p.Row = hi-lo, c.Row+int64(lo)
	for _, v := range p.ints() {
		*v = (*v)[lo:hi]
	}
	for _, v := range p.floats() {
		*v = (*v)[lo:hi]
	}
	for _, v := range p.ids() {
		*v = (*v)[lo:hi]
	}
	p.Tier, p.Status, p.CacheTold = c.Tier[lo:hi], c.Status[lo:hi], c.CacheTold[lo:hi]
	p.PrefixFrom = c.PrefixFrom[lo : hi+1]
	return p
}

func (c *Columns) ints() []*[]int64 {
	return []*[]int64{&c.Time, &c.Input, &c.CacheRead, &c.Write5m, &c.Write1h, &c.Output, &c.Reasoning,
		&c.AudioInput, &c.AudioOutput, &c.WebSearches, &c.Counts, &c.PrefixHash, &c.PromptBack, &c.SessionBack}
}

func (c *Columns) floats() []*[]float64 {
	return []*[]float64{&c.Weight, &c.LatencyMS, &c.TTFTMS, &c.Cost}
}

func (c *Columns) ids() []*[]uint32 {
	return []*[]uint32{&c.Provider, &c.Model, &c.Tag, &c.User, &c.Currency}
}

func (c *Columns) resize(n int) {
	c.N = n
	c.Tier, c.Status = sized(c.Tier, n), sized(c.Status, n)
}

func sized[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n)
	}
	return v[:n]
}
