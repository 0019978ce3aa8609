package sufficiency

import (
	"sort"

	"netra/shared/dataset"
	"netra/shared/pricing"
	"netra/shared/usage"
)

// Models that stand for the ends of the price range where a bound needs one.
// dearModel prices calls whose model is unknown: few models in wide use cost
// more. cheapModels are the cheapest that answer text at the large providers.
var (
	dearModel   = pricing.Ref{Provider: "anthropic", Model: "claude-opus-4-1"}
	cheapModels = []pricing.Ref{
		{Provider: "openai", Model: "gpt-5-nano"}, {Provider: "openai", Model: "gpt-4.1-nano"},
		{Provider: "google", Model: "gemini-2.0-flash-lite"}, {Provider: "aws", Model: "amazon.nova-micro-v1:0"},
		{Provider: "mistral", Model: "ministral-3b"},
	}
)

// priceList prices the calls of one data set and remembers what it looked up:
// rates hold between two price changes.
type priceList struct {
	file     *dataset.File
	book     *pricing.Book
	resolver *pricing.Resolver
	fallback pricing.Ref
	from, to int64
	dear     pricing.Rates
	cheap    []pricing.Rates
	known    map[modelTier]*history
}

// modelTier is a model of the log's dictionaries in a tier; for a model of the
// book, ref is set instead.
type modelTier struct {
	provider, model uint32
	ref             pricing.Ref
	tier            usage.Tier
}

// history is the rates of a model over the log's span: rates[i] holds until
// changes[i].
type history struct {
	ref     pricing.Ref
	changes []int64
	rates   []pricing.Rates
	priced  bool
	// selfCaching: the provider caches prompts unasked, so there is nothing to switch on.
	selfCaching bool
}

func newPriceList(file *dataset.File, book *pricing.Book, fallback pricing.Ref) *priceList {
	p := &priceList{file: file, book: book, resolver: book.Resolver(), fallback: fallback, known: map[modelTier]*history{}}
	if from, to := file.Span(); !from.IsZero() {
		p.from, p.to = from.UnixMicro(), to.UnixMicro()
	}
	p.dear, _ = book.Rates(dearModel, 0, usage.Standard)
	for _, ref := range cheapModels {
		if rates, ok := book.Rates(ref, 0, usage.Standard); ok {
			p.cheap = append(p.cheap, rates)
		}
	}
	return p
}

// of returns the rates of a call's model.
func (p *priceList) of(c *dataset.Columns, i int) *history {
	key := modelTier{provider: c.Provider[i], model: c.Model[i], tier: dataset.Tiers()[c.Tier[i]]}
	h := p.known[key]
	if h == nil {
		ref, ok := p.resolver.Resolve(p.file.Providers.Name(key.provider), p.file.Models.Name(key.model))
		if !ok && key.model == 0 {
			ref = p.fallback
		}
		h = p.lookUp(ref, key.tier)
		p.known[key] = h
	}
	return h
}

// lookUp reads a model's rates at every change of its price within the log's
// span. A model that has no price at any of these times is unpriced.
func (p *priceList) lookUp(ref pricing.Ref, tier usage.Tier) *history {
	h := &history{ref: ref, changes: p.book.Periods(ref, p.from, p.to)}
	if facts, ok := p.book.Facts(ref); ok {
		h.selfCaching = facts.SelfCaching()
	}
	for _, at := range append([]int64{p.from}, h.changes...) {
		rates, ok := p.book.Rates(ref, at, tier)
		h.priced = h.priced || ok
		h.rates = append(h.rates, rates)
	}
	return h
}

func (h *history) at(time int64) pricing.Rates {
	return h.rates[sort.Search(len(h.changes), func(i int) bool { return h.changes[i] > time })]
}

// batch is what a call's tokens would cost in the batch tier; what they cost now
// where it already runs in a cheaper tier or its model has no batch price.
func (p *priceList) batch(call pricedCall) float64 {
	if call.tier != usage.Standard && call.tier != usage.Priority {
		return call.rates.Cost(call.tokens)
	}
	key := modelTier{ref: call.ref, tier: usage.Batch}
	h := p.known[key]
	if h == nil {
		h = p.lookUp(call.ref, usage.Batch)
		p.known[key] = h
	}
	rates := call.rates
	if h.priced {
		rates = h.at(call.time)
	}
	return rates.Cost(call.tokens)
}

// cheapest is what a call's tokens would cost at the cheapest model, with no cached prefix.
func (p *priceList) cheapest(call pricedCall) float64 {
	tokens := call.tokens
	tokens.Input, tokens.CacheRead, tokens.CacheWrite5m, tokens.CacheWrite1h = tokens.Prompt(), 0, 0, 0
	tokens.AudioInput, tokens.AudioOutput, tokens.WebSearches, tokens.Reasoning = 0, 0, 0, 0
	best := call.computed
	for i := range p.cheap {
		best = min(best, p.cheap[i].Cost(tokens))
	}
	return best
}
