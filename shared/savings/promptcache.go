package savings

import (
	"time"
)

// promptCache caches prompt prefixes at providers that do so where the caller marks
// them. (Where the provider caches by itself there is nothing to switch on: what the
// log shows is what it gave.) For each prefix (the calls of a model whose prompts start
// with the same block) it chooses a lifetime of 5 minutes, 1 hour, or none, and how much
// of the prompt's start to mark, whichever costs least with the write premium paid.
// Prefixes that are too rare to judge share the choice of their model and tag.
type promptCache struct {
	*env
	prefixes prefixTable
	pooled   perTag[cacheStats]
	alone    *cacheReplay
	// active tells by class whether some prefix of it is cached. Prefixes are
	// linked within a class, so the calls of others need not be followed.
	active []bool
	// groups are the groups that are cached, last the group of the last call of each
	// class and tag; shared prefixes, and all prefixes of the classes in anyPrefix,
	// are cached for some tag.
	groups    []*cacheStats
	scratch   []prefixed
	cursor    cursor
	last      []chosen
	shared    map[classPrefix]bool
	anyPrefix []bool
	// markable and selfCached say whether the log has prefixes of models that cache what
	// is marked, and of those that cache by themselves; quiet, whether the log leaves
	// out what some of the first read from a cache.
	markable, selfCached, quiet bool
}

// lifetime is a choice of the lever.
type lifetime uint8

const (
	uncached lifetime = iota
	fiveMinutes
	oneHour
	// unmarked takes away the marks that the log's calls have.
	unmarked
)

// age is the age of a part that is in the cache just so.
func (t lifetime) age() uint8 {
	if t == oneHour {
		return ageOneHour
	}
	return ageFiveMinutes
}

func (t lifetime) micros() int64 {
	if t == oneHour {
		return time.Hour.Microseconds()
	}
	return (5 * time.Minute).Microseconds()
}

// cacheStats are what caching would have saved on the calls of a prefix.
type cacheStats struct {
	calls  int64
	saved  [3]markSavings // by lifetime
	cached int64          // calls whose tokens or cost show that they are cached already
	plain  float64        // what the calls would have saved with nothing cached
	choice lifetime
	mark   uint8 // index into marks
	number int32 // of promptCache.groups

	// What the replay alone saw.
	hit, prompt int64
}

// rareCalls is how many calls a prefix needs for a choice of its own.
const rareCalls = 20

// cachedAlready is the share of calls with logged cache reads or writes from
// which a prefix counts as cached already.
const cachedAlready = 0.1

// cheapShare of the price is what a call must cost at least, by its logged cost, for
// its prompt to count as read anew where the log does not tell of the cache: LiteLLM's
// spend has cached reads in it and its tokens have not.
const cheapShare = 0.9

func (l *promptCache) name() string { return PromptCache }

func (l *promptCache) learn(b *batch, n int) {
	for i := range n {
		if b.PrefixHash[i] == 0 || b.locked[i] || b.scale[i] == 0 || b.Counts[i] != 1 {
			continue
		}
		k := l.classes.list[b.class[i]]
		if k.facts.SelfCaching() {
			l.selfCached = true
			continue
		}
		if !k.facts.Cached || b.prompt[i] < k.facts.Cache.MinPrefix {
			continue
		}
		l.markable, l.quiet = true, l.quiet || !b.CacheTold[i]
		g := l.prefixes.at(b.class[i], b.Tag[i], b.PrefixHash[i])
		g.calls++
		if b.CacheRead[i]+b.Write5m[i]+b.Write1h[i] > 0 || !b.CacheTold[i] && b.scale[i] < cheapShare*b.Weight[i] {
			g.cached++
		}
		l.try(b, i, k, g)
	}
}

// try adds what each lifetime would save on row i, if all calls were cached so.
func (l *promptCache) try(b *batch, i int, k *class, g *cacheStats) {
	r := &k.tiers[b.Tier[i]].at(b.Time[i]).Base
	scale := b.scale[i]
	now := r.Input*float64(b.Input[i]) + r.CacheRead*float64(b.CacheRead[i]) + r.CacheWrite5m*float64(b.Write5m[i]) + r.CacheWrite1h*float64(b.Write1h[i])
	g.plain += scale * (now - r.Input*float64(b.prompt[i]))
	short, long := int64(b.warm[fiveMinutes][i]), int64(b.warm[oneHour][i])
	k.tryMarks(&g.saved[fiveMinutes], b.prompt[i], short, now, scale, r.Input, r.CacheRead, r.CacheWrite5m)
	if k.facts.Cache.OneHour {
		k.tryMarks(&g.saved[oneHour], b.prompt[i], long, now, scale, r.Input, r.CacheRead, r.CacheWrite1h)
	}
}

// tryMarks adds what each mark would save on a prompt that costs now.
func (k *class) tryMarks(saved *markSavings, prompt, hit int64, now, scale, input, read, write float64) {
	before := 0.0
	for m, limit := range marks {
		t := k.cachedBill(prompt, hit, limit, fiveMinutes)
		usd := scale * (now - float64(t.in)*input - float64(t.read)*read - float64(t.w5)*write)
		saved[m] += usd - before
		if limit >= prompt {
			return // longer marks save the same
		}
		before = usd
	}
}

// billable is what the provider bills as read of a cached prefix.
func (k *class) billable(hit int64) int64 {
	c := &k.facts.Cache
	switch {
	case hit < c.MinPrefix:
		return 0
	case c.Step > 1:
		return c.MinPrefix + (hit-c.MinPrefix)/c.Step*c.Step
	}
	return hit
}

// cachedBill splits a prompt that is marked up to a limit and of which hit tokens are
// cached. Hits under the provider's minimum do not count, and so short a mark does
// nothing; what is marked and not read is written, where the provider bills that apart.
func (k *class) cachedBill(prompt, hit, limit int64, life lifetime) bill {
	marked := min(prompt, limit)
	if marked < k.facts.Cache.MinPrefix {
		return bill{in: prompt}
	}
	t := bill{in: prompt - marked, read: k.billable(min(hit, marked))}
	switch life {
	case oneHour:
		t.w1 = marked - t.read
	default:
		t.w5 = marked - t.read
	}
	return t
}

func (l *promptCache) settle() (Status, string) {
	if !l.file.Carries("prefix_hash") {
		return NeedsData, "the log has neither prompts nor hashes of their blocks, so shared prefixes cannot be told"
	}
	l.prefixes.each(func(key prefixKey, g *cacheStats) {
		if g.calls < rareCalls {
			l.pooled.at(key.class, key.tag).add(g)
		}
	})
	for _, k := range l.prefixes.rest.keys {
		l.pooled.at(k.class, k.tag).add(l.prefixes.rest.at(k.class, k.tag))
	}
	if !l.clock.dated() {
		return NeedsData, "the calls have no times, so how long a prefix must live is not known"
	}
	l.active = make([]bool, len(l.classes.list))
	any := false
	choose := func(class int32, g *cacheStats) {
		g.choose(l.opts.PromptCacheTTL)
		if g.choice != uncached {
			l.active[class], any = true, true
		}
	}
	l.prefixes.each(func(k prefixKey, g *cacheStats) {
		if g.calls >= rareCalls {
			choose(k.class, g)
		}
	})
	for _, k := range l.pooled.keys {
		choose(k.class, l.pooled.at(k.class, k.tag))
	}
	l.number()
	if l.selfCached && !l.markable {
		return NoSaving, "the providers of these models cache prompts by themselves, or the prompts are shorter than what they cache: there is nothing to switch on"
	}
	if !any {
		return NoSaving, "no prefix is used again soon enough to pay for writing it, or the provider caches it already"
	}
	return Proposed, ""
}

func (g *cacheStats) add(o *cacheStats) {
	g.calls += o.calls
	g.cached += o.cached
	g.plain += o.plain
	for i := range g.saved {
		g.saved[i].add(&o.saved[i])
	}
}

// marked reports whether the log's calls mark the prefix already.
func (g *cacheStats) marked() bool { return float64(g.cached) > cachedAlready*float64(g.calls) }

// choose leaves a prefix as it is that is marked already, unless its writes cost more
// than its reads save: then nothing can be worse than the marks it has.
func (g *cacheStats) choose(fixed string) {
	if g.marked() && g.plain <= 0 {
		return
	}
	lives := []lifetime{fiveMinutes, oneHour}
	switch fixed {
	case "5m":
		lives = lives[:1]
	case "1h":
		lives = lives[1:]
	}
	whole, short := 0.0, 0.0
	for _, life := range lives {
		if usd := g.saved[life].whole(); usd > whole {
			whole, g.choice, g.mark = usd, life, uint8(wholePrompt)
		}
	}
	for _, life := range lives {
		if mark, usd := g.saved[life].short(); usd > max(short, finer*whole) {
			short, g.choice, g.mark = usd, life, mark
		}
	}
	if g.marked() && max(short, whole) < finer*g.plain {
		g.choice = unmarked
	}
}

// of returns the stats that decide about a call, nil if none do.
func (l *promptCache) of(class int32, tag uint32, prefix int64) *cacheStats {
	if g := l.prefixes.find(class, tag, prefix); g != nil && g.calls >= rareCalls {
		return g
	}
	return l.pooled.find(class, tag)
}
