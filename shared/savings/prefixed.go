package savings

// prefixed is a call that a cached prefix matters to. Its group, a number of
// promptCache.groups, says how the prefix is cached; it is below 0 for calls that
// do not use the cache, but hand on what others cached of the same prefix.
type prefixed struct{ row, group int32 }

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

// prepare finds the calls of a batch that the policy matters to, once for all
// replays of the batch. Calls link to calls with the same first block only, because
// blocks are chained hashes: a prefix that is cached for no tag needs no following.
func (l *promptCache) prepare(b *batch) {
	b.prefixed = grow(b.prefixed, b.N)
	if l.groups == nil {
		b.prefixed = b.prefixed[:0]
		return
	}
	for len(l.last) < len(l.pairs.keys) {
		l.last = append(l.last, chosen{})
	}
	n := 0
	for i, prefix := range b.PrefixHash {
		last := &l.last[b.pair[i]]
		if !last.known || last.prefix != prefix {
			*last = chosen{prefix, l.group(b.class[i], b.Tag[i], prefix), true}
		}
		b.prefixed[n] = prefixed{int32(i), last.group}
		n += int(uint32(noPrefix-last.group) >> 31) // keeps it without a branch
	}
	b.prefixed = b.prefixed[:n]
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
