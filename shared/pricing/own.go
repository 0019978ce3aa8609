package pricing

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"netra/shared/usage"
)

// OwnPrices are prices that the user gives, by model name, in USD per million
// tokens. They override the book at every time and in the standard tier; tiers
// multiply them as they would the book's.
type OwnPrices map[string]OwnPrice

// EveryModel is the name of the price of all models that have none of their own,
// and of calls that name no model.
const EveryModel = "*"

// UnnamedModel is what the calls of a log that names no model are called, where
// one price prices them all and no model of the book does.
const UnnamedModel = "the log's model"

// OwnPrice is one model's own price. Cache prices that are not given follow the
// ratios published for the model's family; where none are, cached tokens cost as
// much as others.
type OwnPrice struct {
	Input        float64  `json:"input"`
	Output       float64  `json:"output"`
	CacheRead    *float64 `json:"cache_read,omitempty"`
	CacheWrite5m *float64 `json:"cache_write_5m,omitempty"`
	CacheWrite1h *float64 `json:"cache_write_1h,omitempty"`
	Reasoning    *float64 `json:"reasoning,omitempty"`
	AudioInput   *float64 `json:"audio_input,omitempty"`
	AudioOutput  *float64 `json:"audio_output,omitempty"`
	// WebSearch is USD per thousand searches.
	WebSearch *float64 `json:"web_search,omitempty"`
	// Tiers are what the service tiers batch, flex and priority multiply all token
	// prices with, where your contract differs from the published rule.
	Tiers map[usage.Tier]float64 `json:"tiers,omitempty"`
}

// ParseOwnPrices reads {model: {input, output, cache_read, ...}}. An unknown
// field or a price that cannot be right is an error that names the model.
func ParseOwnPrices(data []byte) (OwnPrices, error) {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	var own OwnPrices
	if err := decoder.Decode(&own); err != nil {
		return nil, fmt.Errorf("read your prices: want {model: {input, output, cache_read, ...}} in USD per million tokens: %w", err)
	}
	for name, p := range own {
		if reason := p.fault(name); reason != "" {
			return nil, fmt.Errorf("your price of %s: %s", name, reason)
		}
	}
	return own, nil
}

// Limits on what a tier multiplies prices with. Public tables hold rows with
// priority at 50 times the standard price; the dearest real one is 2.5 times.
const (
	leastTier = 0.05
	mostTier  = 5
)

func (p OwnPrice) fault(name string) string {
	for tier, times := range p.Tiers {
		if tier != usage.Batch && tier != usage.Flex && tier != usage.Priority {
			return fmt.Sprintf("unknown tier %q: use batch, flex or priority", tier)
		}
		if !(times >= leastTier && times <= mostTier) {
			return fmt.Sprintf("the %s tier costs %g times the standard price, outside %g to %d", tier, times, leastTier, mostTier)
		}
	}
	return p.set(name).fault()
}

// factors are the price's own tier rules.
func (p OwnPrice) factors() map[usage.Tier]factor {
	out := map[usage.Tier]factor{}
	for tier, times := range p.Tiers {
		r := ratio{int64(math.Round(times * 1e6)), 1e6}
		out[tier] = factor{all: r, read: r, long: true}
	}
	return out
}

// set turns the price into a price set.
func (p OwnPrice) set(name string) priceSet {
	s := priceSet{{direction: "input"}: perMillion(p.Input), {direction: "output"}: perMillion(p.Output)}
	for u, given := range map[unit]*float64{
		{direction: "input", kind: "read"}:             p.CacheRead,
		{direction: "input", kind: "write"}:            p.CacheWrite5m,
		{direction: "input", kind: "write", ttl: "1h"}: p.CacheWrite1h,
		{direction: "output", kind: "reasoning"}:       p.Reasoning,
		{direction: "input", modality: "audio"}:        p.AudioInput,
		{direction: "output", modality: "audio"}:       p.AudioOutput,
		{other: "web_searches"}:                        p.WebSearch,
	} {
		if given != nil {
			s[u] = perMillion(*given)
		}
	}
	if ratios, ok := publishedRatios(baseName(name)); ok {
		s.withRatios(ratios)
	}
	return s
}

// With returns a book in which own prices take precedence; b is not changed. A
// name that the book knows keeps its provider, its tiers and its other names; a
// new one becomes a model of the provider "own". Calls of models that neither
// knows are calls of EveryModel, where that has a price.
func (b *Book) With(own OwnPrices) *Book {
	out := &Book{AsOf: b.AsOf, Source: b.Source, Broken: b.Broken, byID: maps.Clone(b.byID), every: b.every}
	out.providers = slices.Clone(b.providers)
	out.own = slices.Compact(slices.Sorted(slices.Values(slices.Concat(b.own, slices.Collect(maps.Keys(own))))))
	if flat, ok := own[EveryModel]; ok {
		out.replaceAll(flat)
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if name == EveryModel {
			continue
		}
		ref, ok := b.resolve("", name)
		if !ok {
			ref = out.addOwn(clean(name))
		}
		out.replace(ref, own[name].set(name), own[name].factors())
	}
	return out
}

// replace gives a model new prices in a copy of its provider's list. A model that
// the provider serves from another one's list comes first in its own.
func (b *Book) replace(ref Ref, set priceSet, tiers map[usage.Tier]factor) {
	m := *b.model(ref)
	m.Prices, m.tiers = periods{{set: set}}, tiers
	p := *b.byID[ref.Provider]
	p.models, p.byID = slices.Clone(p.models), maps.Clone(p.byID)
	p.byID[ref.Model] = &m
	if i := slices.IndexFunc(p.models, func(old *model) bool { return old.ID == ref.Model }); i >= 0 {
		p.models[i] = &m
	} else {
		p.models = slices.Insert(p.models, 0, &m)
	}
	b.put(&p)
}

// replaceAll gives all models one price.
func (b *Book) replaceAll(flat OwnPrice) {
	set, tiers := flat.set(EveryModel), flat.factors()
	for _, old := range slices.Clone(b.providers) {
		p := *old
		p.models, p.byID = make([]*model, len(old.models)), make(map[string]*model, len(old.byID))
		for i, m := range old.models {
			changed := *m
			changed.Prices, changed.tiers = periods{{set: set}}, tiers
			p.models[i], p.byID[m.ID] = &changed, &changed
		}
		b.put(&p)
	}
	b.every = b.addOwn(EveryModel)
	b.replace(b.every, set, tiers)
}

// addOwn adds a model that the book does not have, found by exactly its name.
func (b *Book) addOwn(name string) Ref {
	p := provider{ID: ownProvider, byID: map[string]*model{}, ModelMatch: clause{kind: "contains"}}
	if old := b.byID[ownProvider]; old != nil {
		p = *old
		p.models, p.byID = slices.Clone(p.models), maps.Clone(p.byID)
	}
	m := &model{ID: name, identity: identity(name), Match: clause{kind: "equals", text: name}}
	p.models, p.byID[name] = append(p.models, m), m
	b.put(&p)
	return Ref{ownProvider, name}
}

// ownProvider is the id of the provider that holds models known only from the
// user's own prices.
const ownProvider = "own"

func (b *Book) put(p *provider) {
	b.byID[p.ID] = p
	for i := range b.providers {
		if b.providers[i].ID == p.ID {
			b.providers[i] = p
			return
		}
	}
	b.providers = append(b.providers, p)
}

// baseName is a model name without its provider prefix.
func baseName(name string) string {
	name = clean(name)
	return name[strings.LastIndexByte(name, '/')+1:]
}
