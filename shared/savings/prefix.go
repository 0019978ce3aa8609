package savings

// part is a part of a prompt's prefix: its tokens up to end were last used by the
// call in row.
type part struct {
	row        int64
	start, end int64
	// left is how many parts of the same call there are from this one on.
	left int32
}

// prefixes follows a prompt cache through a replay. The data set's links say
// which call last used each part of a prompt; where that call did not use the
// cache in this replay (it was not made, or nothing is cached for it), the use
// before it counts. The cache is of unlimited size and entries live from their
// last use.
type prefixes struct {
	*env
	// state tells, by row, whether the call used the cache: 0 it did not, from used on
	// it did with that mark, 1 it did not and its parts, resolved to calls that did, are
	// in arena at from[row].
	state []uint8
	from  []uint32
	arena []part
	// next is the number of parts ever put into arena, which is a ring.
	next uint32
	buf  []part
}

const (
	unused uint8 = iota
	bypassed
	used // with the first of marks; used+1 with the second, and so on
)

// arenaSize is the number of parts remembered for calls that did not use the cache.
const arenaSize = 1 << 17

// maxParts bounds the parts of one call; the older ones of longer lists are dropped.
const maxParts = 64

func newPrefixes(e *env) *prefixes {
	return &prefixes{env: e, state: make([]uint8, e.hist.mask+1), from: make([]uint32, e.hist.mask+1), arena: make([]part, arenaSize)}
}

// hit returns how many tokens of row i's prompt are in the cache: the longest
// prefix whose parts were all used within the lifetime.
func (p *prefixes) hit(b *batch, i int, life lifetime) int64 {
	row, oldest := b.Row+int64(i), life.age()
	var hit int64
	for k, age := range b.ages(i) {
		j := int(b.PrefixFrom[i]) + k
		slot := (row - int64(b.PrefixBack[j])) & p.hist.mask
		switch {
		case age > oldest || p.state[slot] == unused:
			return hit
		case p.state[slot] >= used:
			end, limit := int64(b.PrefixTokens[j]), marks[p.state[slot]-used]
			if end > limit { // what it did not mark hides what calls before it did
				return max(hit, limit)
			}
			hit = end
			continue
		}
		var whole bool
		if hit, whole = p.around(slot, hit, int64(b.PrefixTokens[j]), b.Time[i]-life.micros()); !whole {
			return hit
		}
	}
	return hit
}

// all reports whether the calls that last used the first n parts of row i's prefix
// all used the cache, with that mark or a longer one.
func (p *prefixes) all(b *batch, i, n int, mark uint8) bool {
	row, from := b.Row+int64(i), int(b.PrefixFrom[i])
	for _, back := range b.PrefixBack[from : from+n] {
		if p.state[(row-int64(back))&p.hist.mask] < used+mark {
			return false
		}
	}
	return true
}

// around returns how far an unused call's parts between from and to reach that
// were last used no earlier than since, and whether that is all the way.
func (p *prefixes) around(slot, from, to, since int64) (int64, bool) {
	var reached int64
	p.buf, reached = p.detour(p.buf[:0], slot, from, to)
	for _, part := range p.buf {
		if p.hist.time[part.row&p.hist.mask] < since {
			return part.start, false
		}
	}
	return reached, reached == to
}

// detour adds the parts of an unused call's own prefix between from and to, and
// returns how far they reach.
func (p *prefixes) detour(out []part, slot, from, to int64) ([]part, int64) {
	at := p.from[slot]
	if p.next-at > arenaSize {
		return out, from // overwritten
	}
	for n := p.arena[at%arenaSize].left; n > 0; n-- {
		q := p.arena[at%arenaSize]
		at++
		if q.end <= from {
			continue
		}
		q.start, q.end = from, min(q.end, to)
		out = append(out, q)
		if from = q.end; from == to {
			break
		}
	}
	return out, from
}

// open begins a batch: until they are noted, its rows did not use the cache.
func (p *prefixes) open(b *batch) {
	for lo := 0; lo < b.N; {
		ring := p.state[(b.Row+int64(lo))&p.hist.mask:]
		n := min(len(ring), b.N-lo)
		clear(ring[:n])
		lo += n
	}
}

// use notes that row i used the cache, and up to what mark.
func (p *prefixes) use(b *batch, i int, mark uint8) {
	p.state[(b.Row+int64(i))&p.hist.mask] = used + mark
}

// pass notes that row i did not use the cache: later calls with its prefix depend
// on what calls before it left there.
func (p *prefixes) pass(b *batch, i int) {
	if b.PrefixFrom[i] < b.PrefixFrom[i+1] {
		p.remember((b.Row+int64(i))&p.hist.mask, p.resolve(b, i))
	}
}

// resolve returns the parts of row i's prefix with the last calls that used the cache.
func (p *prefixes) resolve(b *batch, i int) []part {
	p.buf = p.buf[:0]
	row := b.Row + int64(i)
	var done int64
	for j := b.PrefixFrom[i]; j < b.PrefixFrom[i+1] && len(p.buf) < maxParts; j++ {
		slot, ok := p.hist.slot(row, int64(b.PrefixBack[j]))
		if !ok || p.state[slot] == unused {
			break
		}
		end := int64(b.PrefixTokens[j])
		if p.state[slot] >= used {
			limit := marks[p.state[slot]-used]
			if done < limit {
				p.buf = append(p.buf, part{row: row - int64(b.PrefixBack[j]), end: min(end, limit)})
			}
			if end > limit {
				break
			}
			done = end
			continue
		}
		if p.buf, done = p.detour(p.buf, slot, done, end); done < end {
			break
		}
	}
	return p.buf[:min(len(p.buf), maxParts)]
}

// remember keeps the parts of a call that did not use the cache.
func (p *prefixes) remember(slot int64, parts []part) {
	if len(parts) == 0 {
		return
	}
	p.state[slot], p.from[slot] = bypassed, p.next
	for k, q := range parts {
		q.left = int32(len(parts) - k)
		p.arena[p.next%arenaSize] = q
		p.next++
	}
}
