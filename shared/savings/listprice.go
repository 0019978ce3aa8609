package savings

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"netra/shared/dataset"
	"netra/shared/pricing"
)

// ListPrice is what calls of one model in one tier cost: those of the log at the
// prices of its last day, those of models to move to after every change that the
// price book knows of. A model with a long-context line has two a tier.
type ListPrice struct {
	// Provider and Model are spelled as in the data set; a model to move to is of the
	// provider that the log names for the calls that go there, "" where it names none.
	Provider string `json:"provider"`
	Model    string `json:"model"`
	// Tier is "standard", "batch", "flex" or "priority".
	Tier string `json:"tier"`
	// PromptFrom and PromptBelow bound the prompts, in tokens, that the price holds
	// for; 0 is no bound.
	PromptFrom  int64 `json:"prompt_from,omitempty"`
	PromptBelow int64 `json:"prompt_below,omitempty"`
	// PerMillion is USD per million tokens of each bucket.
	PerMillion pricing.RateSet `json:"usd_per_million"`
	// Search and Request are USD each.
	Search  float64 `json:"web_search_usd,omitempty"`
	Request float64 `json:"request_usd,omitempty"`
}

// prices lists what the calls were priced at, and what those of a log after the
// plan will be.
func (e *engine) prices(a *Analysis) []ListPrice {
	tiers := tiersOf(a)
	var out []ListPrice
	list := func(name Model, k *class) {
		if slices.ContainsFunc(out, func(p ListPrice) bool { return p.Provider == name.Provider && p.Model == name.Model }) {
			return
		}
		for i, tier := range tiers {
			if s := k.tiers[i]; tier != "" && s != nil {
				out = append(out, listed(name, tier, &s.rates[len(s.rates)-1])...)
			}
		}
	}
	for _, k := range e.tally.dearestModels() {
		list(k.name, k)
	}
	for _, move := range moves(a.Proposals) {
		to, ok := e.classes.resolver.Resolve(move.To.Provider, move.To.Model)
		if !ok {
			continue
		}
		name := Model{move.From.Provider, move.To.Model}
		if from, known := e.classes.resolver.Resolve(move.From.Provider, move.From.Model); name.Provider != "" && (!known || from.Provider != to.Provider) {
			name.Provider = to.Provider
		}
		list(name, e.classes.lasting(to))
	}
	return out
}

// maxListed bounds the models of the log whose prices are listed.
const maxListed = 200

// dearestModels are the models of the log, by cost.
func (t *tally) dearestModels() []*class {
	usd := map[int32]float64{}
	for _, pair := range t.seen {
		for _, cell := range t.cells[pair] {
			usd[t.env.pairs.keys[pair].class] += cell.CostUSD
		}
	}
	ids := slices.SortedFunc(maps.Keys(usd), func(a, b int32) int { return cmp.Or(cmp.Compare(usd[b], usd[a]), cmp.Compare(a, b)) })
	var out []*class
	for _, id := range ids[:min(len(ids), maxListed)] {
		out = append(out, t.env.classes.list[id])
	}
	return out
}

// tiersOf names the tiers that a log of the days after can have, "" in the place of
// the others.
func tiersOf(a *Analysis) (names [tierCount]string) {
	delayed := slices.ContainsFunc(a.Proposals, func(p Proposal) bool {
		return p.Lever == BatchTier && (p.Status == Proposed || p.Status == Optional)
	})
	for i, tier := range dataset.Tiers() {
		name := string(tier)
		if i == standardCode {
			name = "standard"
		}
		seen := slices.ContainsFunc(a.Spend.ByTier, func(s Slice) bool { return s.Key == name })
		if seen || i == standardCode || delayed && (i == batchCode || i == flexCode) {
			names[i] = name
		}
	}
	return names
}

// moves are the changes of model that wait in proposals.
func moves(proposals []Proposal) []Swap {
	var out []Swap
	for _, p := range proposals {
		out = append(out, p.Policy.Swaps...)
		if p.Policy.Routing != nil {
			for _, rule := range p.Policy.Routing.Rules {
				out = append(out, Swap{From: rule.From, To: rule.To})
			}
		}
	}
	return out
}

// listed turns rates into one price, or two where long prompts cost more.
func listed(name Model, tier string, r *pricing.Rates) []ListPrice {
	p := ListPrice{Provider: name.Provider, Model: name.Model, Tier: tier, PerMillion: r.Base.PerMillion(), Search: r.Search, Request: r.Request}
	if r.LongFrom == math.MaxInt64 {
		return []ListPrice{p}
	}
	long := p
	p.PromptBelow, long.PromptFrom, long.PerMillion = r.LongFrom+1, r.LongFrom+1, r.Long.PerMillion()
	return []ListPrice{p, long}
}
