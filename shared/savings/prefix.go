package savings

// part is a part of a prompt's prefix: its tokens up to end were last used by the
// call in row.
type part struct {
	row int64
	end int64
}

// prefixes follows a prompt cache through a replay. The data set's links say
// which call last used each part of a prompt; where that call did not use the
// cache in this replay (it was not made, or nothing is cached for it), the use
// before it counts. The cache is of unlimited size and entries live from their
// last use.
type prefixes struct {
	*env
	// used tells, by row, whether the call used the cache.
	used []bool
	// bypass holds the parts of calls that did not use the cache, resolved to calls
	// that did.
	bypass map[int64][]part
	order  []int64
	buf    []part
}

// maxBypass bounds the calls remembered in bypass.
const maxBypass = 1 << 18

func newPrefixes(e *env) *prefixes {
	return &prefixes{env: e, used: make([]bool, e.hist.mask+1), bypass: map[int64][]part{}}
}

// hit returns how many tokens of row i's prompt are in the cache: the longest
// prefix whose parts were all used within the lifetime in microseconds.
func (p *prefixes) hit(b *batch, i int, ttl int64) int64 {
	var hit int64
	for _, part := range p.resolve(b, i) {
		if b.Time[i]-p.hist.time[part.row&p.hist.mask] > ttl {
			break
		}
		hit = part.end
	}
	return hit
}

// resolve returns the parts of row i's prefix with the last calls that used the
// cache. It is valid until the next call.
func (p *prefixes) resolve(b *batch, i int) []part {
	p.buf = p.buf[:0]
	row := b.Row + int64(i)
	var done int64
	for j := b.PrefixFrom[i]; j < b.PrefixFrom[i+1]; j++ {
		slot, ok := p.hist.slot(row, b.PrefixBack[j])
		if !ok {
			break
		}
		last, end := row-b.PrefixBack[j], b.PrefixTokens[j]
		if p.used[slot] {
			p.buf = append(p.buf, part{last, end})
			done = end
			continue
		}
		done = p.detour(last, done, end)
		if done < end {
			break
		}
	}
	return p.buf
}

// detour adds the parts of an unused call's own prefix between from and to, and
// returns how far they reach.
func (p *prefixes) detour(row, from, to int64) int64 {
	for _, part := range p.bypass[row] {
		if part.end <= from {
			continue
		}
		part.end = min(part.end, to)
		p.buf = append(p.buf, part)
		from = part.end
		if from == to {
			break
		}
	}
	return from
}

// note records whether row i used the cache. It must be called once for each row
// in order.
func (p *prefixes) note(b *batch, i int, used bool) {
	row := b.Row + int64(i)
	p.used[row&p.hist.mask] = used
	if used || b.PrefixFrom[i] == b.PrefixFrom[i+1] {
		return
	}
	parts := p.resolve(b, i)
	if len(parts) == 0 {
		return
	}
	if len(p.order) >= maxBypass {
		for _, old := range p.order[:maxBypass/2] {
			delete(p.bypass, old)
		}
		p.order = append(p.order[:0], p.order[maxBypass/2:]...)
	}
	p.bypass[row] = append([]part(nil), parts...)
	p.order = append(p.order, row)
}
