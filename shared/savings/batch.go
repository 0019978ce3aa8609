package savings

import (
	"netra/shared/dataset"
	"netra/shared/pricing"
	"netra/shared/usage"
)

// batch is a batch of rows with what is known of each before any lever acts.
type batch struct {
	dataset.Columns
	// billed is true once the calls' costs are known.
	billed bool
	class  []int32
	// pair is the number of the class and tag.
	pair []int32
	// prompt is the whole prompt in tokens.
	prompt []int64
	// cost is what the call cost in USD, weight and reported cost included; scale
	// is cost over the price of one such call in the book, 0 if it cannot be
	// repriced.
	cost, scale []float64
	// block is the time block of the bootstrap.
	block []int32
	// locked rows may be changed by no lever: left out, unpriced or excluded ones.
	locked []bool
	// corrupt rows are left out of everything; nil if the batch has none.
	corrupt []bool
	// repeats are the rows whose prompt was asked before.
	repeats []int32
	// prefixed are the rows that the prompt cache's policy matters to.
	prefixed []prefixed
	// waiting are the rows that may go to the batch tier, firsts is how many answers
	// the first calls of prompts store.
	waiting []int32
	firsts  int64
	// premium are the rows that were billed at the priority tier.
	premium []int32
	links
	// rare is true if some row has audio, web searches or reasoning tokens.
	rare bool
	// learn is how many rows belong to the first part of the log.
	learn int
}

// intake turns columns into batches: it prices each call as it was.
type intake struct {
	classes  *classes
	cursor   cursor
	pairs    *pairs
	names    []int32 // pair + 1 by provider, model and tag
	clock    clock
	excluded map[string]bool
	tags     []bool // by tag number: excluded
	tally    *tally
	// used is the memory of the batches of a large log.
	used []*batch
	// kept holds the batches of a log that is small enough to be priced only once,
	// by first row; nil for a larger one.
	kept map[int64]*batch
}

// keepRows is the size of a log up to which its priced batches are kept.
const keepRows = 1_100_000

// next returns the batch of some rows, whose calls are still to be priced: the levers
// may be at work on earlier batches then, and must find no new classes. Unless batches
// are kept, it uses the memory of the last one that was asked for with the same number.
func (in *intake) next(c dataset.Columns, number int) *batch {
	if b := in.kept[c.Row]; b != nil {
		return b
	}
	b := in.memory(c.Row, number)
	b.Columns, b.billed, b.known = c, false, false
	b.class, b.pair, b.prompt = grow(b.class, c.N), grow(b.pair, c.N), grow(b.prompt, c.N)
	in.classify(b)
	return b
}

func (in *intake) memory(row int64, number int) *batch {
	if in.kept != nil {
		in.kept[row] = new(batch)
		return in.kept[row]
	}
	for number >= len(in.used) {
		in.used = append(in.used, new(batch))
	}
	return in.used[number]
}

func (in *intake) classify(b *batch) {
	f := in.classes.file
	models, tags := f.Models.Len(), f.Tags.Len()
	if size := f.Providers.Len() * models * tags; in.names == nil && size <= maxNames {
		in.names = make([]int32, size)
	}
	for i, tag := range b.Tag {
		b.prompt[i] = b.Input[i] + b.CacheRead[i] + b.Write5m[i] + b.Write1h[i]
		at := (int(b.Provider[i])*models+int(b.Model[i]))*tags + int(tag)
		if at < len(in.names) && in.names[at] != 0 {
			b.pair[i] = in.names[at] - 1
			b.class[i] = in.pairs.keys[b.pair[i]].class
			continue
		}
		b.class[i] = in.classes.of(b.Provider[i], b.Model[i])
		b.pair[i] = in.pairs.of(b.class[i], tag)
		if at < len(in.names) {
			in.names[at] = b.pair[i] + 1
		}
	}
}

// maxNames bounds the table of pairs by name; a log with more names does without.
const maxNames = 1 << 16

// price finds out what the calls of a batch cost, unless that was done. It takes the
// batches in order of time.
func (in *intake) price(b *batch) {
	if b.billed {
		return
	}
	c := &b.Columns
	b.billed, b.corrupt = true, nil
	b.cost, b.scale = grow(b.cost, c.N), grow(b.scale, c.N)
	b.block, b.locked = grow(b.block, c.N), grow(b.locked, c.N)
	b.rare = anyPositive(c.AudioInput) || anyPositive(c.AudioOutput) || anyPositive(c.WebSearches) || anyPositive(c.Reasoning)
	b.learn = in.clock.blocks(c, b.block)
	b.repeats = positive(b.repeats[:0], c.PromptBack)
	in.costs(b)
	in.lockTags(b)
}

// costs fills cost and scale. The reported cost wins over the computed one.
func (in *intake) costs(b *batch) {
	for i := range b.N {
		b.cost[i], b.scale[i], b.locked[i] = 0, 0, true
		if usage.Status(b.Status[i]) == usage.Served {
			continue
		}
		computed, priced := in.computed(b, i)
		reported := b.Cost[i]
		known := reported == reported // NaN is unknown
		has := known && b.Currency[i] <= 1
		usd := computed
		if has {
			if pricing.Impossible(reported, computed, b.prompt[i]+b.Output[i], b.Counts[i]) {
				in.leaveOut(b, i, computed)
				continue
			}
			usd = reported
		}
		usd *= b.Weight[i]
		b.cost[i], b.locked[i] = usd, usd <= 0 || b.Counts[i] == 0 // a line of a bill is no call
		if known {
			in.tally.reconcile(b, i, computed, has)
		}
		if !priced {
			in.tally.noteUnpriced(b, i, has)
		}
		if computed > 0 && usd > 0 {
			b.scale[i] = usd / computed
		}
	}
}

// leaveOut takes a row with an impossible cost out of everything.
func (in *intake) leaveOut(b *batch, i int, computed float64) {
	in.tally.corrupt(b, i, computed)
	if b.corrupt == nil {
		b.corrupt = make([]bool, b.N)
	}
	b.corrupt[i] = true
}

// out reports whether row i is left out of everything.
func (b *batch) out(i int) bool { return b.corrupt != nil && b.corrupt[i] }

// computed is tokens times prices, 0 and false if the model is not in the book.
func (in *intake) computed(b *batch, i int) (float64, bool) {
	rates := in.cursor.rates(b.class[i], b.Tier[i], b.Time[i])
	if rates == nil {
		return 0, false
	}
	if !b.rare {
		return plain(rates, b.Input[i], b.CacheRead[i], b.Write5m[i], b.Write1h[i], b.Output[i], b.Counts[i]), true
	}
	t := bill{in: b.Input[i], read: b.CacheRead[i], w5: b.Write5m[i], w1: b.Write1h[i], out: b.Output[i]}
	t.extras(&b.Columns, i)
	return t.cost(rates, b.Counts[i]), true
}

func (in *intake) lockTags(b *batch) {
	if len(in.excluded) == 0 {
		return
	}
	for len(in.tags) < in.classes.file.Tags.Len() {
		in.tags = append(in.tags, in.excluded[in.classes.file.Tags.Name(uint32(len(in.tags)))])
	}
	for i, tag := range b.Tag {
		b.locked[i] = b.locked[i] || in.tags[tag]
	}
}

// bill is the billed tokens of one call.
type bill struct {
	in, read, w5, w1, out                     int64
	reasoning, audioIn, audioOut, webSearches int64
}

func (t *bill) extras(c *dataset.Columns, i int) {
	t.reasoning, t.audioIn = c.Reasoning[i], c.AudioInput[i]
	t.audioOut, t.webSearches = c.AudioOutput[i], c.WebSearches[i]
}

// cost prices a bill as pricing.Rates.Cost does. A row that sums up count calls
// is over the long-context line if its average call is.
func (t *bill) cost(r *pricing.Rates, count int64) float64 {
	usd := plain(r, t.in, t.read, t.w5, t.w1, t.out, count)
	if t.reasoning|t.audioIn|t.audioOut|t.webSearches != 0 {
		s := rateSet(r, t.in+t.read+t.w5+t.w1, count)
		usd += (s.Reasoning-s.Output)*float64(t.reasoning) + (s.AudioInput-s.Input)*float64(t.audioIn) +
			(s.AudioOutput-s.Output)*float64(t.audioOut) + r.Search*float64(t.webSearches)
	}
	return usd
}

// plain is bill.cost of a bill without extras, in registers: most calls have none.
func plain(r *pricing.Rates, in, read, w5, w1, out, count int64) float64 {
	s := rateSet(r, in+read+w5+w1, count)
	return s.Input*float64(in) + s.CacheRead*float64(read) + s.CacheWrite5m*float64(w5) +
		s.CacheWrite1h*float64(w1) + s.Output*float64(out) + r.Request*float64(count)
}

func rateSet(r *pricing.Rates, prompt, count int64) *pricing.RateSet {
	if prompt > r.LongFrom && prompt/max(count, 1) > r.LongFrom {
		return &r.Long
	}
	return &r.Base
}

func anyPositive(v []int64) bool {
	for _, x := range v {
		if x > 0 {
			return true
		}
	}
	return false
}

// positive appends the indexes of the values above 0. It writes each index and
// keeps it or not, because a branch would be mispredicted for every few rows.
func positive(dst []int32, v []int64) []int32 {
	dst = grow(dst, len(v))
	n := 0
	for i, x := range v {
		dst[n] = int32(i)
		n += int(uint64(-x) >> 63)
	}
	return dst[:n]
}

func grow[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n)
	}
	return v[:n]
}
