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
	table := newAgeTable()
	for _, i := range b.repeats {
		c.response[e.hist.age(b.Row+int64(i), b.PromptBack[i], b.Time[i], &table)]++
	}
	for _, tokens := range b.prompt {
		c.tokens += tokens
	}
	for i := range b.N {
		var from int64
		for k, age := range b.ages(i) {
			end := int64(b.PrefixTokens[int(b.PrefixFrom[i])+k])
			c.prompt[age] += end - from
			from = end
		}
	}
	c.calls += int64(b.N)
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
