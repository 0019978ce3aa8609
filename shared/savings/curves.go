package savings

import "time"

// curves count, by lifetime, what caches of unlimited size would hit.
type curves struct {
	prompt, response [8]int64 // by the first lifetime that holds the gap
	tokens, calls    int64
}

// lifetimes of the curves; 0 is unlimited.
func curveLifetimes() [8]time.Duration {
	return [8]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 0}
}

func (c *curves) add(e *env, b *batch) {
	var limits [7]int64 // but the unlimited one
	for k := range limits {
		limits[k] = curveLifetimes()[k].Microseconds()
	}
	for _, i := range b.repeats {
		c.response[e.bucket(b.Row+int64(i), b.PromptBack[i], b.Time[i], &limits)]++
	}
	for i := range b.N {
		c.tokens += b.prompt[i]
		var from int64
		for j := b.PrefixFrom[i]; j < b.PrefixFrom[i+1]; j++ {
			c.prompt[e.bucket(b.Row+int64(i), b.PrefixBack[j], b.Time[i], &limits)] += b.PrefixTokens[j] - from
			from = b.PrefixTokens[j]
		}
	}
	c.calls += int64(b.N)
}

// bucket returns the first lifetime that holds the time since the call back rows
// ago. It compares with every limit: branches would be mispredicted.
func (e *env) bucket(row, back, now int64, limits *[7]int64) int {
	slot, ok := e.hist.slot(row, back)
	if !ok {
		return len(limits)
	}
	gap, k := now-e.hist.time[slot], 0
	for _, limit := range limits {
		k += int(uint64(limit-gap) >> 63) // 1 if the gap is longer
	}
	return k
}

func (c *curves) points() Curves {
	return Curves{PromptCache: points(c.prompt, c.tokens), ResponseCache: points(c.response, c.calls)}
}

func points(counts [8]int64, of int64) []CurvePoint {
	var out []CurvePoint
	var hits int64
	for i, d := range curveLifetimes() {
		hits += counts[i]
		out = append(out, CurvePoint{LifetimeSeconds: int64(d.Seconds()), Hits: hits, Share: percent(float64(hits), float64(of)) / 100})
	}
	return out
}
