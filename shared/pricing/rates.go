package pricing

import (
	"math"
	"time"

	"netra/shared/usage"
)

// Rates are the prices of one model at one time and tier, in USD per token (or
// per request and search). Rates is a plain value: copy it, cache it, compare it.
type Rates struct {
	// Base holds for prompts of up to LongFrom tokens, Long for the whole of every
	// longer call, output included. Without a long-context line LongFrom is
	// math.MaxInt64 and Long equals Base.
	Base, Long RateSet
	LongFrom   int64
	Search     float64
	Request    float64
}

// RateSet is USD per token for each bucket of usage.Tokens. A bucket that the
// model does not price apart has the rate of the bucket that contains it, so
// every field holds what such a token costs.
type RateSet struct {
	Input        float64 `json:"input"`
	CacheRead    float64 `json:"cache_read"`
	CacheWrite5m float64 `json:"cache_write_5m"`
	CacheWrite1h float64 `json:"cache_write_1h"`
	Output       float64 `json:"output"`
	Reasoning    float64 `json:"reasoning"`
	AudioInput   float64 `json:"audio_input"`
	AudioOutput  float64 `json:"audio_output"`
}

// PerMillion returns the rates in USD per million tokens.
func (s RateSet) PerMillion() RateSet {
	for _, rate := range []*float64{&s.Input, &s.CacheRead, &s.CacheWrite5m, &s.CacheWrite1h, &s.Output, &s.Reasoning, &s.AudioInput, &s.AudioOutput} {
		*rate *= 1e6
	}
	return s
}

// Cost returns the USD of one call. Buckets must be disjoint as usage.Tokens
// says; Reasoning and AudioOutput are charged as parts of Output, AudioInput as
// a part of Input.
func (r *Rates) Cost(t usage.Tokens) float64 {
	s := &r.Base
	if t.Prompt() > r.LongFrom {
		s = &r.Long
	}
	return s.Input*float64(t.Input-t.AudioInput) + s.AudioInput*float64(t.AudioInput) +
		s.CacheRead*float64(t.CacheRead) + s.CacheWrite5m*float64(t.CacheWrite5m) + s.CacheWrite1h*float64(t.CacheWrite1h) +
		s.Output*float64(t.Output-t.Reasoning-t.AudioOutput) + s.Reasoning*float64(t.Reasoning) +
		s.AudioOutput*float64(t.AudioOutput) + r.Search*float64(t.WebSearches) + r.Request
}

// Rates returns what ref costs at a time (microseconds since the Unix epoch, UTC;
// 0 means Book.AsOf) in a tier. It is false if the book does not know the model,
// or not what it costs in that tier: such a call is unpriced.
func (b *Book) Rates(ref Ref, unixMicros int64, tier usage.Tier) (Rates, bool) {
	set, ok := b.prices(ref, unixMicros, tier)
	if !ok || !set.pricesTokens() {
		return Rates{}, false
	}
	return set.rates(), true
}

// prices returns the price set of a model at a time and tier.
func (b *Book) prices(ref Ref, unixMicros int64, tier usage.Tier) (priceSet, bool) {
	m := b.model(ref)
	if m == nil {
		return nil, false
	}
	set := m.Prices.at(b.when(unixMicros))
	if tier == usage.Standard {
		return set, true
	}
	f, ok := m.tiers[tier]
	if !ok {
		f, ok = tierFactor(ref, tier)
	}
	if !ok {
		return nil, false
	}
	return set.scaled(f), true
}

// when turns a call's time into the time to price it at.
func (b *Book) when(unixMicros int64) time.Time {
	if unixMicros == 0 {
		return b.AsOf
	}
	return time.UnixMicro(unixMicros).UTC()
}

// pricesTokens reports whether the set can price a prompt: a set with neither
// input nor output would make every call free.
func (s priceSet) pricesTokens() bool {
	_, in := s[unit{direction: "input"}]
	_, out := s[unit{direction: "output"}]
	_, request := s[unit{other: "requests"}]
	return in || out || request
}

func (s priceSet) rates() Rates {
	r := Rates{LongFrom: math.MaxInt64, Base: s.rateSet(0)}
	r.Long = r.Base
	for _, p := range s {
		for _, l := range p.lines {
			r.LongFrom = l.Start
			r.Long = s.rateSet(l.Start + 1)
		}
	}
	r.Search = s.float(unit{other: "web_searches"}, 0)
	r.Request = s.float(unit{other: "requests"}, 0)
	return r
}

func (s priceSet) rateSet(prompt int64) RateSet {
	in, out := unit{direction: "input"}, unit{direction: "output"}
	read := unit{direction: "input", kind: "read"}
	return RateSet{
		Input:        s.float(in, prompt),
		CacheRead:    s.float(read, prompt),
		CacheWrite5m: s.float(unit{direction: "input", kind: "write", ttl: "5m"}, prompt),
		CacheWrite1h: s.float(unit{direction: "input", kind: "write", ttl: "1h"}, prompt),
		AudioInput:   s.float(unit{direction: "input", modality: "audio"}, prompt),
		Output:       s.float(out, prompt),
		Reasoning:    s.float(unit{direction: "output", kind: "reasoning"}, prompt),
		AudioOutput:  s.float(unit{direction: "output", modality: "audio"}, prompt),
	}
}

// float returns USD for one of u in a call with a prompt of that size.
func (s priceSet) float(u unit, prompt int64) float64 {
	_, p, ok := s.nearest(u)
	if !ok {
		return 0
	}
	return p.at(prompt).Shift(-u.per()).InexactFloat64()
}

// Periods returns the times in (from, to), in microseconds, at which the price
// of ref changes, rising: between two of them Rates is constant. A model priced
// by the hour of the day has two a day.
func (b *Book) Periods(ref Ref, from, to int64) []int64 {
	m := b.model(ref)
	if m == nil {
		return nil
	}
	return m.Prices.changes(from, to)
}

// Settled is a time (microseconds) at which every change that the book knows of
// has happened. A saving from now on must be computed with the prices of then:
// an introductory price that ends next month saves nothing in a year.
func (b *Book) Settled() int64 {
	last := b.AsOf
	for _, p := range b.providers {
		for _, m := range p.models {
			for _, period := range m.Prices {
				for _, at := range [...]time.Time{period.from, period.until} {
					if at.After(last) {
						last = at
					}
				}
			}
		}
	}
	return last.Add(12 * time.Hour).UnixMicro()
}
