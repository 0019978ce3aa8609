package savings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netra/shared/words"
)

func (l *promptCache) actor() actor {
	r := &cacheReplay{promptCache: l, state: newPrefixes(l.env)}
	if l.alone == nil {
		l.alone, r.measure = r, true
	}
	return r
}

type cacheReplay struct {
	*promptCache
	state   *prefixes
	measure bool
}

func (r *cacheReplay) act(w *work) {
	r.state.open(w.b)
	for k := range w.b.prefixed {
		p := &w.b.prefixed[k]
		i := int(p.row)
		if p.group < 0 {
			r.state.pass(w.b, i)
			continue
		}
		g, prompt := r.groups[p.group], w.prompt(i)
		if g.choice == unmarked {
			r.unmark(w, i, prompt)
			continue
		}
		bill := w.marked(prompt, p.read, g)
		as := w.cost[i] == w.b.cost[i] // as logged: every lever that changes a call changes its cost
		switch {
		case as && p.read >= 0 && r.state.all(w.b, i, int(p.parts), g.mark):
			w.cache(i, bill)
			w.touch(i, p.usd)
		case as && p.read >= 0 || r.eligible(w, i, prompt, g):
			bill = r.classes.list[w.class[i]].cachedBill(prompt, r.state.hit(w.b, i, g.choice), marks[g.mark], g.choice)
			w.cache(i, bill)
			w.touch(i, w.price(i))
		default:
			r.state.pass(w.b, i)
			continue
		}
		r.state.use(w.b, i, g.mark)
		if r.measure {
			g.hit += bill.read
			g.prompt += prompt
		}
	}
}

// unmark has a prompt billed as if nothing of it were cached.
func (r *cacheReplay) unmark(w *work, i int, prompt int64) {
	r.state.pass(w.b, i)
	if w.in[i] < prompt && !w.fixed(i) && w.b.scale[i] != 0 && w.b.Counts[i] == 1 {
		w.cache(i, bill{in: prompt})
		w.touch(i, w.price(i))
	}
}

// eligible reports whether a call of a group with a lifetime uses the cache.
func (r *cacheReplay) eligible(w *work, i int, prompt int64, g *cacheStats) bool {
	if w.fixed(i) || w.cold[i] || w.b.scale[i] == 0 || w.b.Counts[i] != 1 {
		return false
	}
	return r.classes.list[w.class[i]].caches(prompt, g.choice)
}

// marked is class.cachedBill with what is read known.
func (w *work) marked(prompt, read int64, g *cacheStats) bill {
	marked := min(prompt, marks[g.mark])
	t := bill{in: prompt - marked, read: read, w5: marked - read}
	if g.choice == oneHour {
		t.w5, t.w1 = 0, t.w5
	}
	return t
}

// cache has a prompt billed as the provider's cache would have it.
func (w *work) cache(i int, t bill) { w.in[i], w.read[i], w.w5[i], w.w1[i] = t.in, t.read, t.w5, t.w1 }

func (r *cacheReplay) after(w *work, i int, before float64) float64 {
	return max(0, before-r.latency.perPrompt*float64(w.read[i]-w.b.CacheRead[i]))
}

func (r *cacheReplay) method() string { return r.latency.method() }

func (l *promptCache) describe(p *Proposal) {
	l.prefixes.each(func(key prefixKey, g *cacheStats) {
		pool := l.pooled.find(key.class, key.tag)
		if g.calls >= rareCalls && (g.choice != uncached || pool != nil && pool.choice != uncached) {
			p.Policy.PromptCache = append(p.Policy.PromptCache, l.setting(key.class, key.tag, fmt.Sprintf("%016x", uint64(key.prefix)), g))
		}
	})
	for _, k := range l.pooled.keys {
		if g := l.pooled.at(k.class, k.tag); g.choice != uncached {
			p.Policy.PromptCache = append(p.Policy.PromptCache, l.setting(k.class, k.tag, "", g))
		}
	}
	slices.SortFunc(p.Policy.PromptCache, func(a, b PrefixSetting) int {
		return cmp.Or(cmp.Compare(b.HitTokens, a.HitTokens), cmp.Compare(a.Prefix, b.Prefix))
	})
	p.Policy.PromptCache = p.Policy.PromptCache[:min(len(p.Policy.PromptCache), maxSettings)]
	promptCacheWords(p)
	if l.quiet {
		p.Assumptions = append(p.Assumptions, "The log does not say of every call what was cached: where your code marks prefixes already, their saving is in your bill already.")
	}
	if slices.ContainsFunc(p.Policy.PromptCache, func(s PrefixSetting) bool { return s.MinPrefix == 0 }) {
		p.Assumptions = append(p.Assumptions, "At a price of your own no shortest prefix is known: hits of any length count.")
	}
}

// maxSettings bounds the settings of a proposal; the largest are kept.
const maxSettings = 500

func (l *promptCache) setting(class int32, tag uint32, prefix string, g *cacheStats) PrefixSetting {
	k := l.classes.list[class]
	s := PrefixSetting{From: k.name, Tag: l.file.Tags.Name(tag), Prefix: prefix, TTL: "5m",
		MinPrefix: k.facts.Cache.MinPrefix, Calls: g.calls, HitTokens: g.hit, PromptTokens: g.prompt}
	s.Marked = g.marked() && g.choice != uncached
	switch {
	case g.choice == uncached || g.choice == unmarked:
		s.TTL = NotCached
	case g.choice == oneHour:
		s.TTL = "1h"
	}
	if s.TTL != NotCached && int(g.mark) != wholePrompt {
		s.MarkTokens = marks[g.mark]
	}
	if g.prompt > 0 {
		s.HitShare = float64(g.hit) / float64(g.prompt)
	}
	return s
}

func countMarked(settings []PrefixSetting) (n int) {
	for _, s := range settings {
		if s.Marked {
			n++
		}
	}
	return n
}

// marking says what is marked: prefixes with a setting of their own, and classes whose
// other prompts share one. It is "" for settings that only take marks away.
func marking(settings []PrefixSetting) string {
	prefixes, classes := 0, 0
	for _, s := range settings {
		switch {
		case s.TTL == NotCached:
		case s.Prefix == "":
			classes++
		default:
			prefixes++
		}
	}
	var out []string
	if prefixes > 0 {
		out = append(out, words.Count(prefixes, "shared prefix", "shared prefixes"))
	}
	if classes > 0 {
		which := "the prompts of "
		if prefixes > 0 {
			which = "the other prompts of "
		}
		out = append(out, which+words.Count(classes, "class of calls", "classes of calls"))
	}
	return strings.Join(out, " and ")
}

func promptCacheWords(p *Proposal) {
	if what := marking(p.Policy.PromptCache); what != "" {
		p.Summary = "Mark " + what + " for the provider's prompt cache, with the lifetime and the length that pay for each. "
	}
	if n := countMarked(p.Policy.PromptCache); n > 0 {
		p.Summary += fmt.Sprintf("%s marked already, and what is written to the cache for it costs more than the reads save: those marks move or go.", words.Count(n, "prefix is", "prefixes are"))
	}
	p.Summary = strings.TrimSpace(p.Summary)
	p.Effort, p.Risk = "low", "low"
	p.RiskNote = "Answers do not change. If prefixes are used less often than in this log, writes cost more than they save."
	p.Rollback = "Remove the cache markers; entries expire by themselves."
	p.Assumptions = []string{
		"The provider keeps every entry for its lifetime: a warm repeat can still miss, so the hits are an upper bound.",
		"Every use renews an entry; what is marked and not read is written and pays the write premium.",
		"Hits under the provider's minimum prefix do not count.",
		"Prefixes that the log shows cached already are left as they are, unless their writes cost more than their reads save.",
	}
	p.Steps = []string{
		"Put what stays the same first in the prompt: tools, system text, documents; then what changes.",
		"Set the cache marker and lifetime per prefix as in the settings file: behind the last part that stays the same, at about the length that it names, else at the end of the prompt too.",
	}
	if countMarked(p.Policy.PromptCache) > 0 {
		p.Steps = append(p.Steps, "Take the cache_control that your code sets now out of prompts with a prefix that the settings file calls marked: a gateway adds marks and takes none away.")
	}
	p.Verify = "Share of prompt tokens that are cache reads, per model and day: it should come near the hit share of the settings."
}
