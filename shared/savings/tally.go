package savings

import (
	"cmp"
	"slices"
	"time"

	"netra/shared/pricing"
	"netra/shared/usage"
)

// tally adds up the log as it was: totals, spend, reconciliation, curves.
type tally struct {
	env *env

	totals        Totals
	reconciled    Reconciliation
	corruptRows   int64
	corruptUSD    float64
	reportedUSD   float64
	corruptSample []CorruptRow
	unpriced      map[int32]*Unpriced
	cells         []*[tierCount]Slice // by pair and tier
	seen          []int32             // the pairs that have cells, in order
	byDay         map[int64]*Slice
	byUser        []Slice // by number
	byBlock       []float64
	failed        Finding
	aborted       Finding
	reasoning     Finding
	failedSilent  int64
	curves        curves
	unseen        unseen
	asides        asides
	// latency holds the known latencies of all calls.
	latency sketch
}

func newTally(e *env) *tally {
	return &tally{env: e, asides: asides{env: e, cursor: cursor{classes: e.classes}}, unseen: unseen{env: e, cursor: cursor{classes: e.classes}}, corruptSample: []CorruptRow{}, unpriced: map[int32]*Unpriced{}, byDay: map[int64]*Slice{}, byBlock: make([]float64, e.clock.n)}
}

// maxCorrupt bounds the corrupt rows that are named.
const maxCorrupt = 20

func (t *tally) corrupt(b *batch, i int, computed float64) {
	t.corruptRows++
	t.corruptUSD += b.Cost[i]
	if len(t.corruptSample) < maxCorrupt {
		t.corruptSample = append(t.corruptSample, CorruptRow{row: b.Row + int64(i), Time: moment(b.Time[i]),
			Model: t.env.classes.list[b.class[i]].name.Model, ReportedUSD: b.Cost[i], ComputedUSD: computed})
	}
}

// reconcile compares a reported cost with the computed one; it has a meaning if it
// is in USD.
func (t *tally) reconcile(b *batch, i int, computed float64, has bool) {
	r := &t.reconciled
	if !has {
		r.OtherCurrency++
		return
	}
	t.reportedUSD += b.Cost[i]
	if computed <= 0 {
		return
	}
	r.Rows++
	r.ReportedUSD += b.Cost[i]
	r.ComputedUSD += computed
	if pricing.Matches(b.Cost[i], computed) {
		r.Matching++
	}
}

func (t *tally) noteUnpriced(b *batch, i int, has bool) {
	u := t.unpriced[b.class[i]]
	if u == nil {
		name := t.env.classes.list[b.class[i]].name
		u = &Unpriced{Provider: name.Provider, Model: name.Model}
		t.unpriced[b.class[i]] = u
	}
	u.Calls += b.Counts[i]
	u.Tokens += b.prompt[i] + b.Output[i]
	if has {
		u.ReportedUSD += b.Cost[i]
	}
}

// add sums up a batch. Corrupt rows have no cost and are left out.
func (t *tally) add(b *batch) {
	estimated := t.totals.EstimatedCalls
	for i := range b.N {
		if b.out(i) {
			continue
		}
		t.cell(b, i)[b.Tier[i]].add(b, i)
		t.totals.Rows++
		estimated += float64(b.Counts[i]) * b.Weight[i]
		t.totals.CacheReadTokens += b.CacheRead[i]
		t.totals.CacheWriteTokens += b.Write5m[i] + b.Write1h[i]
		t.totals.ReasoningTokens += b.Reasoning[i]
	}
	t.totals.EstimatedCalls = estimated
	t.blocks(b)
	t.days(b)
	t.addUsers(b)
	t.states(b)
	t.curves.add(t.env, b)
	t.unseen.add(b)
	t.asides.add(b)
	t.latency.addKnown(b.LatencyMS)
}

// cell returns the account by tier of row i's class and tag.
func (t *tally) cell(b *batch, i int) *[tierCount]Slice {
	pair := b.pair[i]
	for int(pair) >= len(t.cells) {
		t.cells = append(t.cells, nil)
	}
	if t.cells[pair] == nil {
		t.cells[pair] = new([tierCount]Slice)
		t.seen = append(t.seen, pair)
	}
	return t.cells[pair]
}

// blocks adds the costs to their blocks; those of one block come together.
func (t *tally) blocks(b *batch) {
	for i := 0; i < b.N; {
		block := b.block[i]
		usd := t.byBlock[block]
		for ; i < b.N && b.block[i] == block; i++ {
			usd += b.cost[i]
		}
		t.byBlock[block] = usd
	}
}

func (s *Slice) add(b *batch, i int) {
	s.Calls += b.Counts[i]
	s.InputTokens += b.prompt[i]
	s.OutputTokens += b.Output[i]
	s.CostUSD += b.cost[i]
}

// close adds up the cells; it must be called once, after the last batch.
func (t *tally) close() {
	for _, pair := range t.seen {
		for _, s := range t.cells[pair] {
			t.totals.Calls += s.Calls
			t.totals.InputTokens += s.InputTokens
			t.totals.OutputTokens += s.OutputTokens
			t.totals.CostUSD += s.CostUSD
		}
	}
}

const dayMicros = 24 * 3_600_000_000

// days adds a batch to the spend by day; its rows come in order of time.
func (t *tally) days(b *batch) {
	for i := 0; i < b.N; {
		day := b.Time[i] / dayMicros
		slice := t.byDay[day]
		if slice == nil {
			slice = &Slice{Key: time.UnixMicro(day * dayMicros).UTC().Format(time.DateOnly)}
			t.byDay[day] = slice
		}
		sum := *slice
		for ; i < b.N && b.Time[i]/dayMicros == day; i++ {
			if !b.out(i) {
				sum.add(b, i)
			}
		}
		*slice = sum
	}
}

// addUsers adds a batch to the spend by user.
func (t *tally) addUsers(b *batch) {
	if t.byUser == nil { // the file's names are known from its first batch on
		t.byUser = make([]Slice, t.env.file.Users.Len())
	}
	if len(t.byUser) == 1 {
		return
	}
	for i, id := range b.User {
		if !b.out(i) {
			t.byUser[id].add(b, i)
		}
	}
}

// states adds up failed, abandoned and thinking calls.
func (t *tally) states(b *batch) {
	for i, s := range b.Status {
		switch usage.Status(s) {
		case usage.Failed:
			t.failed.Calls += b.Counts[i]
			t.failed.CostUSD += b.cost[i]
			if b.prompt[i]+b.Output[i] == 0 {
				t.failedSilent += b.Counts[i]
			}
		case usage.Aborted:
			t.aborted.Calls += b.Counts[i]
			t.aborted.CostUSD += b.cost[i]
		}
	}
	if b.rare {
		t.thinking(b)
	}
}

// shortAnswer is the number of visible tokens up to which thinking is called unused.
const shortAnswer = 16

func (t *tally) thinking(b *batch) {
	for i, tokens := range b.Reasoning {
		if tokens == 0 || b.Output[i]-tokens > shortAnswer || b.scale[i] == 0 {
			continue
		}
		if s := t.env.classes.list[b.class[i]].tiers[b.Tier[i]]; s != nil {
			t.reasoning.Calls += b.Counts[i]
			t.reasoning.CostUSD += s.at(b.Time[i]).Base.Reasoning * float64(tokens) * b.scale[i]
		}
	}
}

// pricing sums up how the calls were priced.
func (t *tally) pricing() Pricing {
	p := Pricing{BookAsOf: t.env.classes.book.AsOf.Format(time.DateOnly), Own: t.env.classes.book.Own(), Reconciliation: t.reconciled,
		Corrupt: t.corruptSample, CorruptRows: t.corruptRows,
		CorruptUSD: t.corruptUSD, ReportedUSD: t.reportedUSD, Unpriced: []Unpriced{}, CacheUnknown: t.unseen.sum()}
	p.Reconciliation.ResidualUSD = p.Reconciliation.ReportedUSD - p.Reconciliation.ComputedUSD
	var calls, tokens int64
	for _, u := range t.unpriced {
		p.Unpriced = append(p.Unpriced, *u)
		calls += u.Calls
		tokens += u.Tokens
	}
	slices.SortFunc(p.Unpriced, func(a, b Unpriced) int {
		return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(a.Model, b.Model))
	})
	p.UnpricedCallShare = percent(float64(calls), float64(t.totals.Calls)) / 100
	p.UnpricedTokenShare = percent(float64(tokens), float64(t.totals.InputTokens+t.totals.OutputTokens)) / 100
	return p
}
