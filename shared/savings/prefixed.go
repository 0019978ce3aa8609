package savings

// prefixed is a call that a cached prefix matters to. Its group, a number of
// promptCache.groups, says how the prefix is cached; it is below 0 for calls that
// do not use the cache, but hand on what others cached of the same prefix.
type prefixed struct {
	row, group int32
	// What using the cache means to a call that no other lever changes, if all calls
	// before it that have a part in its prefix use the cache too, as nearly all do:
	// parts is how many parts of its prefix still live, read the tokens billed as read
	// from them, below 0 if the call cannot use the cache, and usd its cost.
	parts int32
	read  int64
	usd   float64
}

// handsOn is the group of calls that only hand on, noPrefix marks all others.
const (
	handsOn  = -1
	noPrefix = -2
)

// chosen remembers the group of the last prefix of a class and tag: most have one.
type chosen struct {
	prefix int64
	group  int32
	known  bool
}

// prepare finds the calls of a batch that the policy matters to, and what it means to
// them, once for all replays of the batch. The batch's links must have been followed. Calls link to calls with the same first block only, because
// blocks are chained hashes: a prefix that is cached for no tag needs no following.
func (l *promptCache) prepare(b *batch) {
	b.prefixed = b.prefixed[:0]
	if l.groups == nil {
		return
	}
	l.scratch = grow(l.scratch, b.N)
	for len(l.last) < len(l.pairs.keys) {
		l.last = append(l.last, chosen{})
	}
	n := 0
	for i, prefix := range b.PrefixHash {
		last := &l.last[b.pair[i]]
		if !last.known || last.prefix != prefix {
			*last = chosen{prefix, l.group(b.class[i], b.Tag[i], prefix), true}
		}
		l.scratch[n] = prefixed{row: int32(i), group: last.group}
		n += int(uint32(noPrefix-last.group) >> 31) // keeps it without a branch
	}
	b.prefixed = append(b.prefixed, l.scratch[:n]...)
	for k := range b.prefixed {
		if p := &b.prefixed[k]; p.group >= 0 {
			l.foresee(b, p, l.groups[p.group])
		}
	}
}

// foresee fills in what the policy means to a call that nothing else changes.
func (l *promptCache) foresee(b *batch, p *prefixed, g *cacheStats) {
	i := int(p.row)
	k := l.classes.list[b.class[i]]
	if p.read = -1; b.locked[i] || b.scale[i] == 0 || b.Counts[i] != 1 || g.choice == unmarked || !k.caches(b.prompt[i], g.choice) {
		return
	}
	var hit int64
	for n, age := range b.ages(i) {
		if age > g.choice.age() {
			break
		}
		p.parts, hit = int32(n+1), int64(b.PrefixTokens[int(b.PrefixFrom[i])+n])
		if hit >= marks[g.mark] {
			break
		}
	}
	t := k.cachedBill(b.prompt[i], hit, marks[g.mark], g.choice)
	p.read, p.usd = t.read, b.priced(i, l.cursor.rates(b.class[i], b.Tier[i], b.Time[i]), t.in, t.read, t.w5, t.w1, b.Output[i])
}

// caches reports whether a model caches a prompt of so many tokens for a lifetime.
func (k *class) caches(prompt int64, life lifetime) bool {
	f := &k.facts
	return f.Cached && prompt >= f.Cache.MinPrefix && (life != oneHour || f.Cache.OneHour)
}

// group returns the group of a call.
func (l *promptCache) group(class int32, tag uint32, prefix int64) int32 {
	if prefix == 0 || int(class) >= len(l.active) || !l.active[class] {
		return noPrefix
	}
	if g := l.of(class, tag, prefix); g != nil && g.choice != uncached {
		return g.number
	}
	if l.shared[classPrefix{class, prefix}] || l.anyPrefix[class] {
		return handsOn
	}
	return noPrefix
}

// classPrefix is a prefix of a model, whatever the tag.
type classPrefix struct {
	class  int32
	prefix int64
}

// number gives the groups that are cached their numbers, and notes which prefixes
// have one.
func (l *promptCache) number() {
	l.shared, l.anyPrefix = map[classPrefix]bool{}, make([]bool, len(l.classes.list))
	add := func(g *cacheStats) bool {
		if g.choice == uncached {
			return false
		}
		g.number = int32(len(l.groups))
		l.groups = append(l.groups, g)
		return true
	}
	l.prefixes.each(func(k prefixKey, g *cacheStats) {
		if g.calls >= rareCalls && add(g) {
			l.shared[classPrefix{k.class, k.prefix}] = true
		}
	})
	for _, k := range l.pooled.keys {
		if add(l.pooled.at(k.class, k.tag)) {
			l.anyPrefix[k.class] = true
		}
	}
}
