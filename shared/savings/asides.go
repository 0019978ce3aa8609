package savings

import (
	"fmt"
	"math"
	"slices"

	"netra/shared/pricing"
	"netra/shared/words"
)

// asides add up what calls cost more than they had to, where no lever acts on it.
type asides struct {
	env    *env
	cursor cursor
	// overLine is what calls that pass a long-context line by little cost above one at
	// the line.
	overLine Finding
	// lined tells by class whether the model has such a line.
	lined []bool
	// cold is, by class, what providers that cache by themselves did not read from the
	// cache of what had come within its lifetime; less than 0 if they read more.
	cold []Finding
	// marked is, by pair of class and tag, what marks for a provider's cache cost above
	// what was read back; less than 0 if they pay.
	marked []Finding
}

// nearLine is the share of a long-context line by which a prompt may pass it and be
// called near it.
const nearLine = 0.1

func (f *Finding) count(b *batch, i int, usd float64) {
	f.Calls += b.Counts[i]
	f.CostUSD += usd
}

// add looks at a batch whose links have been followed.
func (a *asides) add(b *batch) {
	a.cold = grown(a.cold, len(a.env.classes.list))
	a.marked = grown(a.marked, len(a.env.pairs.keys))
	for _, k := range a.env.classes.list[len(a.lined):] {
		a.lined = append(a.lined, k.lined())
	}
	for i, id := range b.class {
		if b.scale[i] == 0 || b.out(i) {
			continue
		}
		k := a.env.classes.list[id]
		cached := b.CacheRead[i]+b.Write5m[i]+b.Write1h[i] > 0
		switch {
		case k.facts.SelfCaching():
			a.read(b, i, k)
		case cached && k.facts.Cached:
			plain := b.priced(i, a.rates(b, i), b.prompt[i], 0, 0, 0, b.Output[i])
			a.marked[b.pair[i]].count(b, i, b.cost[i]-plain)
		}
		if a.lined[id] && b.Counts[i] == 1 {
			a.line(b, i)
		}
	}
}

// lined reports whether a model costs more for prompts over a line.
func (k *class) lined() bool {
	return slices.ContainsFunc(k.tiers[:], func(s *schedule) bool {
		return s != nil && slices.ContainsFunc(s.rates, func(r pricing.Rates) bool { return r.LongFrom < math.MaxInt64 })
	})
}

// rates are those at which a call with a scale was priced.
func (a *asides) rates(b *batch, i int) *pricing.Rates {
	return a.cursor.rates(b.class[i], b.Tier[i], b.Time[i])
}

func grown(v []Finding, n int) []Finding {
	for len(v) < n {
		v = append(v, Finding{})
	}
	return v
}

// line adds what a call just over its model's line cost above one at the line.
func (a *asides) line(b *batch, i int) {
	rates := a.rates(b, i)
	over := b.prompt[i] - rates.LongFrom
	if over <= 0 || float64(over) > nearLine*float64(rates.LongFrom) || b.Input[i] < over {
		return
	}
	usd := b.priced(i, rates, b.Input[i]-over, b.CacheRead[i], b.Write5m[i], b.Write1h[i], b.Output[i])
	a.overLine.count(b, i, b.cost[i]-usd)
}

// read adds what a prompt cost above one of which all that was warm had been read.
func (a *asides) read(b *batch, i int, k *class) {
	if !b.CacheTold[i] || b.Counts[i] != 1 || b.prompt[i] < k.facts.Cache.MinPrefix {
		return
	}
	more := min(k.billable(k.warmest(b, i))-b.CacheRead[i], b.Input[i])
	if more == 0 {
		return
	}
	s := rateSet(a.rates(b, i), b.prompt[i], 1)
	a.cold[b.class[i]].count(b, i, float64(more)*(s.Input-s.CacheRead)*b.scale[i])
}

func (a *asides) findings(prompts bool) []Finding {
	out := []Finding{}
	add := func(f Finding, lever, text string) {
		if f.CostUSD >= cent {
			f.Lever, f.Text = lever, text
			out = append(out, f)
		}
	}
	add(a.overLine, Context, fmt.Sprintf("Prompts that pass their model's long-context line by %.0f%% or less, at what they cost above one at the line: over it the whole call is billed at the higher price, so cut or split them.", 100*nearLine))
	for id, f := range a.cold {
		f.Estimated = true
		add(f, PromptCache, "Prompts to "+a.env.classes.list[id].name.Model+" whose start had come within the provider's own cache lifetime and was not read from it, at the price difference: keep the start the same, and send calls that share one with the same prompt_cache_key where the provider has it.")
	}
	for pair, f := range a.marked {
		if prompts {
			break // the lever looks at each prefix
		}
		k := a.env.pairs.keys[pair]
		of := a.env.classes.list[k.class].name.Model
		if tag := a.env.file.Tags.Name(k.tag); tag != "" {
			of += " (" + words.Line(tag) + ")"
		}
		add(f, PromptCache, "Calls of "+of+" whose writes to the provider's cache cost more than their reads save, at what they cost above calls without a mark: move cache_control to the end of what stays the same, or take it away.")
	}
	return out
}
