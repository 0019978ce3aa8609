package savings

import "netra/shared/words"

// unseen adds up what providers that cache prompts by themselves may have taken off
// the bill unseen: calls without a logged cost, of models of which the log says
// nowhere what was read from the cache. They are priced as if nothing was.
type unseen struct {
	env     *env
	cursor  cursor
	classes []unseenClass
}

type unseenClass struct {
	told       bool
	calls      int64
	usd, lower float64
}

// add looks at a batch whose links have been followed.
func (u *unseen) add(b *batch) {
	for len(u.classes) < len(u.env.classes.list) {
		u.classes = append(u.classes, unseenClass{})
	}
	for i, id := range b.class {
		k, c := u.env.classes.list[id], &u.classes[id]
		if c.told || !k.facts.SelfCaching() {
			continue
		}
		c.told = b.CacheTold[i]
		known := b.Cost[i] == b.Cost[i] && b.Currency[i] <= 1 // the logged cost has the cache in it
		if known || b.out(i) || b.scale[i] == 0 || b.Counts[i] != 1 || b.prompt[i] < k.facts.Cache.MinPrefix {
			continue
		}
		c.calls++
		c.usd += b.cost[i]
		c.lower += u.cached(b, i, k)
	}
}

// cached is what row i cost if the provider held every prefix for its lifetime.
func (u *unseen) cached(b *batch, i int, k *class) float64 {
	t := k.cachedBill(b.prompt[i], k.warmest(b, i), marks[wholePrompt], fiveMinutes) // what is not read is written once, at the one price there is
	return b.priced(i, u.cursor.rates(b.class[i], b.Tier[i], b.Time[i]), t.in, t.read, t.w5, t.w1, b.Output[i])
}

// sum is nil if it makes no difference of a cent.
func (u *unseen) sum() *CacheUnknown {
	var c CacheUnknown
	for _, class := range u.classes {
		if !class.told {
			c.Calls += class.calls
			c.CostUSD += class.usd
			c.LowerUSD += class.lower
		}
	}
	if c.CostUSD-c.LowerUSD < cent {
		return nil
	}
	return &c
}

func (c *CacheUnknown) caveat() string {
	return words.Count(int(c.Calls), "call", "calls") + " that cost " + words.USD(c.CostUSD) +
		" here are of models whose providers cache prompts by themselves, and the log does not say what was read from those caches. " +
		"If they held every prefix for its lifetime, these calls cost " + words.USD(c.LowerUSD) +
		": the bill can be that much lower than it says here, and so can what is saved on it. A log with cached tokens or costs settles it."
}
