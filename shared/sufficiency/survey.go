package sufficiency

import (
	"context"
	"fmt"
	"time"

	"netra/shared/dataset"
	"netra/shared/lastseen"
	"netra/shared/pricing"
	"netra/shared/usage"
)

// Bounds are what the missing parts of a log could be worth at most, in USD over
// the log's span, from one pass that prices every call under an extreme
// assumption. Each holds for whatever the missing part would have said.
type Bounds struct {
	// CostUSD is the log's cost as computed from tokens and prices.
	CostUSD float64 `json:"cost_usd"`
	// PricedShare is the share of the tokens whose model has a price, 0 to 1.
	PricedShare float64 `json:"priced_share"`
	// RepeatsUSD: every call of a length that its model has seen in the 24 hours
	// before is an exact repeat, answered from a cache for nothing. Where prompt
	// blocks are known, its prompt must have been seen nearly whole, too.
	RepeatsUSD float64 `json:"repeats_usd"`
	// CachedUSD: every prompt starts as the longest prompt of the same model in the hour
	// before, and all of that was read from the provider's cache, and the log does not
	// say so. It is no saving, but by how much the log may be priced too high.
	CachedUSD float64 `json:"cached_usd"`
	// PrefixUSD: the same of models that cache what the caller marks, which is still to
	// come.
	PrefixUSD float64 `json:"prefix_usd"`
	// WrittenUSD: every prompt was written to the provider's cache, and the log does
	// not say so. It is no saving, but by how much the log may be priced too low.
	WrittenUSD float64 `json:"written_usd"`
	// HistoryUSD: all of a prompt over 2,048 tokens is history that can go.
	HistoryUSD float64 `json:"history_usd"`
	// PatienceUSD: every call can wait for the batch tier.
	PatienceUSD float64 `json:"patience_usd"`
	// SessionUSD: history can go, and what is left can wait.
	SessionUSD float64 `json:"session_usd"`
	// TagUSD: every repeat is answered from a cache, and all else can wait.
	TagUSD float64 `json:"tag_usd"`
	// TimeUSD: the same, with every prefix read from the provider's cache, too.
	TimeUSD float64 `json:"time_usd"`
	// CheaperUSD: every call is answered as well by the cheapest known model.
	CheaperUSD float64 `json:"cheaper_usd"`
	// DuplicatesUSD: every call of a length seen in the last 10 seconds was sent twice.
	DuplicatesUSD float64 `json:"duplicates_usd"`
	// DearestUSD is what the tokens of the calls without a price would cost at
	// the price of a dear model (see dearModel).
	DearestUSD float64 `json:"dearest_usd"`
	// Summed says that rows are sums of calls whose lengths are not known: all but one
	// of each may be a repeat and a duplicate.
	Summed bool `json:"summed,omitempty"`
}

const (
	repeatWindow    = int64(24 * time.Hour / time.Microsecond)
	prefixWindow    = int64(time.Hour / time.Microsecond)
	duplicateWindow = int64(10 * time.Second / time.Microsecond)
	// historyKept is the smallest limit on context that the engine considers.
	historyKept = 2048
	// seenWhole is the share of a prompt that must be a known prefix before the
	// prompt can be a repeat, where blocks are known: repeats have all of it.
	seenWhole = 0.9
	// maxSlots bounds the table of lengths; two lengths in one slot only raise
	// the bound.
	maxSlots = 1 << 20
)

// Survey computes the bounds in one pass over a data set. Memory does not grow
// with the log.
func Survey(ctx context.Context, file *dataset.File, book *pricing.Book, fallback pricing.Ref) (*Bounds, error) {
	s := &survey{
		bounds: &Bounds{}, prices: newPriceList(file, book, fallback),
		lastLength: make([]int64, min(maxSlots, 8*file.Rows()+1)), longest: map[uint64]*peak{},
	}
	if err := file.Scan(ctx, s.add); err != nil {
		return nil, fmt.Errorf("survey the log: %w", err)
	}
	s.finish()
	return s.bounds, nil
}

// survey is the state of one pass.
type survey struct {
	bounds         *Bounds
	prices         *priceList
	lastLength     []int64
	longest        map[uint64]*peak
	priced, tokens float64
}

// add prices the calls of one batch under every assumption.
func (s *survey) add(c *dataset.Columns) error {
	for i := range c.N {
		if usage.Status(c.Status[i]) == usage.Served {
			continue
		}
		call := s.callAt(c, i)
		s.tokens += float64(call.tokens.Prompt()+call.tokens.Output) * call.weight
		if !call.priced {
			s.bounds.DearestUSD += s.prices.dear.Cost(call.tokens) * call.weight
			continue
		}
		s.priced += float64(call.tokens.Prompt()+call.tokens.Output) * call.weight
		s.bounds.CostUSD += call.cost
		s.bounds.CheaperUSD += call.saved(s.prices.cheapest(call))
		s.addTogether(call, s.addRepeats(c, i, call))
	}
	return nil
}

// addTogether prices what a part unlocks in several levers at once, each call
// once: the levers overlap, so their sum would promise more than the bill.
func (s *survey) addTogether(call pricedCall, repeat bool) {
	warm, short := call, call
	warm.tokens, short.tokens = s.warm(call), trimmed(call.tokens)
	b := s.bounds
	b.CachedUSD += call.saved(call.rates.Cost(warm.tokens))
	if call.selfCaching {
		warm = call
	}
	b.PrefixUSD += call.saved(call.rates.Cost(warm.tokens))
	b.WrittenUSD += max(0, written(call)-call.computed) * call.weight
	b.HistoryUSD += call.saved(call.rates.Cost(short.tokens))
	b.SessionUSD += call.saved(s.prices.batch(short))
	b.PatienceUSD += call.saved(s.prices.batch(call))
	if repeat {
		b.TagUSD, b.TimeUSD = b.TagUSD+call.cost, b.TimeUSD+call.cost
		return
	}
	b.TagUSD += call.saved(s.prices.batch(call))
	b.TimeUSD += call.saved(s.prices.batch(warm))
}

// pricedCall is one call as the survey sees it.
type pricedCall struct {
	key    uint64 // provider and model
	time   int64
	tokens usage.Tokens
	rates  pricing.Rates
	tier   usage.Tier
	ref    pricing.Ref
	weight float64
	// computed is tokens times price; cost is what counts, for all calls that the
	// row stands for: the reported cost where there is one.
	computed, cost      float64
	priced, selfCaching bool
}

// saved is what a call that would cost other by tokens and prices would save,
// in proportion to what it costs.
func (c pricedCall) saved(other float64) float64 {
	if c.computed <= 0 {
		return 0
	}
	return max(0, c.computed-other) / c.computed * c.cost
}

func (s *survey) callAt(c *dataset.Columns, i int) pricedCall {
	call := pricedCall{
		key: uint64(c.Provider[i])<<32 | uint64(c.Model[i]), time: c.Time[i], tier: dataset.Tiers()[c.Tier[i]], weight: c.Weight[i],
		tokens: usage.Tokens{
			Input: c.Input[i], CacheRead: c.CacheRead[i], CacheWrite5m: c.Write5m[i], CacheWrite1h: c.Write1h[i],
			Output: c.Output[i], Reasoning: c.Reasoning[i], AudioInput: c.AudioInput[i], AudioOutput: c.AudioOutput[i],
			WebSearches: c.WebSearches[i],
		},
	}
	h := s.prices.of(c, i)
	call.rates, call.ref, call.priced, call.selfCaching = h.at(call.time), h.ref, h.priced, h.selfCaching
	if !call.priced {
		return call
	}
	call.computed = call.rates.Cost(call.tokens)
	call.cost = call.computed * call.weight
	// A reported cost counts as the engine counts it, unless it cannot be true.
	if reported := c.Cost[i]; c.Currency[i] <= 1 && reported == reported && !pricing.Impossible(reported, call.computed, call.tokens.Prompt()+call.tokens.Output, c.Counts[i]) {
		call.cost = reported * call.weight
	}
	return call
}

// addRepeats counts a call whose length was seen before, as a repeat within a
// day and as a duplicate within seconds. Calls without times follow each other
// at once. It reports whether the call can be a repeat.
func (s *survey) addRepeats(c *dataset.Columns, i int, call pricedCall) bool {
	if n := float64(c.Counts[i]); n > 1 {
		s.bounds.Summed = true
		s.bounds.DuplicatesUSD += call.cost * (n - 1) / n
		s.bounds.RepeatsUSD += call.cost * (n - 1) / n
		return true
	}
	slot := lastseen.Mix(call.key^uint64(call.tokens.Prompt())*0x9e3779b97f4a7c15) % uint64(len(s.lastLength))
	last := s.lastLength[slot]
	s.lastLength[slot] = call.time + 1 // 0 stays "never"
	if last == 0 {
		return false
	}
	if call.time+1-last <= duplicateWindow {
		s.bounds.DuplicatesUSD += call.cost
	}
	repeat := call.time+1-last <= repeatWindow && seenBefore(c, i, call.tokens.Prompt())
	if repeat {
		s.bounds.RepeatsUSD += call.cost
	}
	return repeat
}

// seenBefore reports whether a prompt can be a repeat by what is known of its
// prefix; without blocks it always can.
func seenBefore(c *dataset.Columns, i int, prompt int64) bool {
	if c.PrefixHash[i] == 0 {
		return true
	}
	from, to := c.PrefixFrom[i], c.PrefixFrom[i+1]
	return to > from && float64(c.PrefixTokens[to-1]) >= seenWhole*float64(prompt)
}

// warm is the call's tokens with as much of the prompt read from a cache as can be.
func (s *survey) warm(call pricedCall) usage.Tokens {
	hit := min(s.peakOf(call.key).before(call.time, call.tokens.Prompt()), call.tokens.Prompt())
	t := call.tokens
	more := min(hit-t.CacheRead, t.Input+t.CacheWrite5m+t.CacheWrite1h)
	if more <= 0 {
		return t
	}
	t.CacheRead += more
	t.CacheWrite5m -= take(&more, t.CacheWrite5m)
	t.CacheWrite1h -= take(&more, t.CacheWrite1h)
	t.Input -= more
	t.AudioInput = min(t.AudioInput, t.Input)
	return t
}

// written is what the call would cost with all of its prompt written to the cache,
// for the lifetime that costs most.
func written(call pricedCall) float64 {
	t := call.tokens
	prompt := t.Prompt()
	t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h, t.AudioInput = 0, 0, prompt, 0, 0
	short := call.rates.Cost(t)
	t.CacheWrite5m, t.CacheWrite1h = 0, prompt
	return max(short, call.rates.Cost(t))
}

// trimmed is tokens without the history that can go.
func trimmed(t usage.Tokens) usage.Tokens {
	if t.Prompt() > historyKept {
		t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h, t.AudioInput = historyKept, 0, 0, 0, 0
	}
	return t
}

// take removes up to have from want and returns how much it took.
func take(want *int64, have int64) int64 {
	n := min(*want, have)
	*want -= n
	return n
}

func (s *survey) peakOf(key uint64) *peak {
	p := s.longest[key]
	if p == nil {
		p = &peak{}
		s.longest[key] = p
	}
	return p
}

// finish caps every bound at the log's cost.
func (s *survey) finish() {
	b := s.bounds
	if s.tokens > 0 {
		b.PricedShare = s.priced / s.tokens
	}
	for _, v := range []*float64{&b.RepeatsUSD, &b.CachedUSD, &b.PrefixUSD, &b.HistoryUSD, &b.PatienceUSD, &b.SessionUSD, &b.TagUSD, &b.TimeUSD, &b.CheaperUSD, &b.DuplicatesUSD} {
		*v = min(*v, b.CostUSD)
	}
}

// peak is the longest prompt of a model within the last hour, from above: it
// keeps the longest of this hour and of the one before.
type peak struct {
	hour          int64
	current, last int64
}

// before returns the longest prompt of the calls before and notes this one.
func (p *peak) before(at, prompt int64) int64 {
	hour := at / prefixWindow
	switch {
	case hour == p.hour+1:
		p.last, p.current = p.current, 0
	case hour > p.hour+1:
		p.last, p.current = 0, 0
	}
	p.hour = max(p.hour, hour)
	longest := max(p.last, p.current)
	p.current = max(p.current, prompt)
	return longest
}
