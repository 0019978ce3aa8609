package savings

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"netra/shared/words"
	"strings"

	"netra/shared/pricing"
)

// monthHours is a month of 30 days.
const monthHours = 720

// analysis puts together what the replays found.
func (e *engine) analysis() (*Analysis, error) {
	a := &Analysis{Span: e.span(), Before: e.tally.totals, Pricing: e.tally.pricing(), Spend: e.tally.spend(e.plan.saved),
		Curves: e.tally.curves.points(), Extrapolation: e.extrapolation(), Findings: e.findings(), Options: e.opts}
	boot := newBootstrap(e.clock.n, e.clock.unit, e.opts.Seed)
	for _, n := range e.entries {
		a.Proposals = append(a.Proposals, e.proposal(n, a, boot))
	}
	origins := make(chan error, 1)
	go func() { origins <- e.origins(a.Proposals, a.Pricing.Corrupt) }()
	a.Pricing.Prices = e.prices(a)
	a.Plan = e.planOf(e.plan, a, boot)
	a.Plan.IfAccepted = e.ifAccepted(a, boot)
	a.Backtest = e.backtest()
	a.Caveats = e.caveats(a)
	err := <-origins
	rank(a.Proposals)
	return a, err
}

func (e *engine) span() Span {
	d := designOf(e.clock.n, e.clock.unit)
	s := Span{Block: d.unit, Blocks: d.blocks(e.clock.n), Hours: e.clock.hours()}
	s.Relative = e.clock.relative()
	if !s.Relative {
		s.From, s.To = moment(e.clock.from), moment(e.clock.to)
	}
	return s
}

// extrapolation is nil for under an hour of log: so little says nothing of a month.
func (e *engine) extrapolation() *Extrapolation {
	hours := e.clock.hours()
	if !e.clock.dated() || hours < 1 {
		return nil
	}
	x := &Extrapolation{Factor: monthHours / hours}
	length := words.Duration(time.Duration(hours * float64(time.Hour)))
	x.Basis = fmt.Sprintf("%s of log, scaled to a month of 30 days (times %.3g)", length, x.Factor)
	if hours < 7*24 {
		x.Basis = fmt.Sprintf("%s of log taken as typical of a whole month (times %.3g): less than a week shows no weekday pattern", length, x.Factor)
	}
	return x
}

func (e *engine) proposal(n *entry, a *Analysis, boot *bootstrap) Proposal {
	p := Proposal{Lever: n.lever.name(), Title: Title(n.lever.name()), Status: n.status, Reason: n.reason, CostBeforeUSD: a.Before.CostUSD, CostAfterUSD: a.Before.CostUSD, Assumptions: []string{}, Steps: []string{}, Evidence: Evidence{Rows: []EvidenceRow{}}}
	if n.status != Excluded {
		n.lever.describe(&p)
	}
	if n.alone == nil {
		p.monthly(a)
		return p
	}
	l := n.aloneLedger
	p.SavingsUSD, p.CostAfterUSD = l.saved, a.Before.CostUSD-l.saved
	p.EstimatedSavingsPercentage = percent(l.saved, a.Before.CostUSD)
	p.Interval = boot.total(l.byBlock)
	if n.planLedger != nil {
		p.MarginalUSD = n.planLedger.saved
	}
	p.Evidence = e.evidence(l)
	p.Latency = effect(l, n.alone)
	p.monthly(a)
	return p
}

// monthly scales the figures to a month, where that can be done.
func (p *Proposal) monthly(a *Analysis) {
	if x := a.Extrapolation; x != nil {
		p.EstimatedMonthlyCost = scaled(p.CostAfterUSD, x)
		p.EstimatedMonthlySavings = scaled(p.SavingsUSD, x)
		p.MonthlyInterval = &Interval{Low: p.Interval.Low * x.Factor, High: p.Interval.High * x.Factor}
	}
}

func scaled(usd float64, x *Extrapolation) *float64 {
	v := usd * x.Factor
	return &v
}

func (e *engine) evidence(l *ledger) Evidence {
	ev := Evidence{Calls: l.calls, Tokens: l.tokens, CostUSD: l.cost, Rows: []EvidenceRow{}}
	for _, s := range l.top {
		ev.Rows = append(ev.Rows, EvidenceRow{row: s.row, Time: moment(s.time), Provider: e.classes.list[s.class].name.Provider, Model: e.classes.list[s.class].name.Model,
			Tag: e.file.Tags.Name(s.tag), InputTokens: s.in, OutputTokens: s.out, CostUSD: s.cost, SavedUSD: s.usd})
	}
	return ev
}

// effect is what a lever does to response times, nil where the log has none.
func effect(l *ledger, a actor) *Latency {
	t, ok := a.(timed)
	if !ok || l.before.n == 0 {
		return nil
	}
	return &Latency{Calls: l.before.n, Before: l.before.distribution(), After: l.after.distribution(), Method: t.method()}
}

// origins fills in the lines and hashes of the rows that the analysis names.
func (e *engine) origins(proposals []Proposal, corrupt []CorruptRow) error {
	var rows []int64
	for _, p := range proposals {
		for _, r := range p.Evidence.Rows {
			rows = append(rows, r.row)
		}
	}
	for _, r := range corrupt {
		rows = append(rows, r.row)
	}
	found, err := e.file.Origins(rows)
	if err != nil {
		return fmt.Errorf("look up the evidence: %w", err)
	}
	for _, p := range proposals {
		for i := range p.Evidence.Rows {
			r := &p.Evidence.Rows[i]
			r.Line = found[r.row].Line
			if h := found[r.row].PromptHash; h != 0 {
				r.Hash = fmt.Sprintf("%016x", h)
			}
		}
	}
	for i := range corrupt {
		corrupt[i].Line = found[corrupt[i].row].Line
	}
	return nil
}

// rank puts the plan's levers first, by what they add, then the optional ones,
// then the rest in the order in which levers act.
func rank(p []Proposal) {
	class := func(s Status) int {
		return slices.Index([]Status{Proposed, Optional, NoSaving, NeedsData, Excluded}, s)
	}
	slices.SortStableFunc(p, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(class(a.Status), class(b.Status)), cmp.Compare(b.MarginalUSD, a.MarginalUSD),
			cmp.Compare(b.SavingsUSD, a.SavingsUSD))
	})
}

func (e *engine) findings() []Finding {
	t := e.tally
	out := []Finding{}
	add := func(f Finding, lever, text string) {
		if f.Calls > 0 {
			f.Lever, f.Text = lever, text
			out = append(out, f)
		}
	}
	if t.failed.CostUSD >= cent { // others are told as an estimate
		add(t.failed, Waste, "Calls that failed and have a cost in the log.")
	}
	if t.failedSilent > 0 && t.totals.Calls > 0 {
		mean := t.totals.CostUSD / float64(t.totals.Calls)
		usd := min(mean*float64(t.failedSilent), maxFailedShare*t.totals.CostUSD)
		add(Finding{Calls: t.failedSilent, CostUSD: usd, Estimated: true}, Waste,
			"Failed calls without tokens may have been billed: estimated at the mean cost of a call, at most 1% of the bill. In no total.")
	}
	add(t.aborted, Waste, "Streams that the client abandoned; what was generated is billed. Cancel the request upstream when the client goes.")
	add(t.reasoning, Output, "Reasoning before answers of at most 16 tokens: try a lower reasoning effort for these calls.")
	return append(out, t.asides.findings(e.file.Carries("prefix_hash"))...)
}

// maxFailedShare caps the estimate for failed calls.
const maxFailedShare = 0.01

func (e *engine) caveats(a *Analysis) []string {
	out := []string{}
	say := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(a.Before.Rows == 0 && !e.window.bounded, "The log has no calls.")
	say(a.Before.Rows == 0 && e.window.bounded, "The log has no calls in the time range that you asked for.")
	say(e.window.bounded && a.Before.Rows > 0, "Only the calls in the time range that you asked for are counted: %d of the log's %d.",
		a.Before.Rows+a.Pricing.CorruptRows, e.file.Rows())
	say(untold(e.file, e.opts.ExcludeTags), "The log has no tags, so the calls that you left out cannot be told from the rest: no lever changes any.")
	say(a.Extrapolation == nil && a.Before.Rows > 0, "The log covers under an hour or has no times: no monthly figure is given.")
	if x := a.Extrapolation; x != nil {
		say(true, "Monthly figures: %s.", x.Basis)
	}
	say(len(a.Pricing.Own) > 0, "%s.", ownPrices(a.Pricing.Own))
	say(len(a.Pricing.Unpriced) > 0, "%s no price: %.1f%% of calls and %.1f%% of tokens. Such calls are not counted as free; no saving is computed on them.",
		words.Count(len(a.Pricing.Unpriced), "model has", "models have"), 100*a.Pricing.UnpricedCallShare, 100*a.Pricing.UnpricedTokenShare)
	if c := a.Pricing.CacheUnknown; c != nil {
		say(true, "%s", c.caveat())
	}
	say(a.Pricing.CorruptRows > 0, "Left out of every total, for an impossible cost: %s.", words.Count(int(a.Pricing.CorruptRows), "row", "rows"))
	r := a.Pricing.Reconciliation
	say(r.Rows > 0 && (r.ResidualUSD > 0.01*r.ComputedUSD || r.ResidualUSD < -0.01*r.ComputedUSD),
		"Reported costs differ from tokens times prices by $%.2f over %d rows; the difference is named here and spread nowhere.", r.ResidualUSD, r.Rows)
	say(r.OtherCurrency > 0, "%d rows have a cost in another currency; computed costs are used for them.", r.OtherCurrency)
	say(a.Before.EstimatedCalls > float64(a.Before.Calls), "The log is a sample: costs are scaled to %.0f calls; repeats between calls that are not in the sample cannot be seen, so cache savings are understated.", a.Before.EstimatedCalls)
	say(e.clock.dated() && e.clock.n < minBlocks, "The log spans only %d %ss: intervals are rough.", e.clock.n, e.clock.unit)
	say(e.quietCache() && slices.Contains(a.Plan.main().Levers, PromptCache), "The log does not say of every call what was read from and written to a provider's cache. Where your code marks prefixes already, the bill is lower than computed from tokens, and a part of what prompt caching saves is saved already.")
	return append(out, e.doubts(a)...)
}

// quietCache reports whether the log leaves out what calls read from a cache that
// prompt caching is about.
func (e *engine) quietCache() bool {
	for _, n := range e.entries {
		if l, ok := n.lever.(*promptCache); ok {
			return l.quiet
		}
	}
	return false
}

// days is the span from which a log shows twice what a day is like.
const days = 48

// doubts are the caveats about intervals.
func (e *engine) doubts(a *Analysis) []string {
	out := []string{}
	switch p := a.Plan.main(); {
	case p.SlowDrift > likely:
		out = append(out, fmt.Sprintf("By what the log shows, what is saved drifts, with a probability of %.0f%%, so slowly that the log holds few of its ups and downs. Then the 90%% intervals miss the truth more often than one time in ten: they hold for times like these, and only a longer log tells.",
			100*p.SlowDrift))
	case p.EffectiveBlocks > 0 && p.EffectiveBlocks < enoughBlocks:
		out = append(out, fmt.Sprintf("What is saved in one %s is so like what is saved in the next that the log's %d tell no more than about %.0f that do not depend on each other. The intervals are wide for it and may still miss a slow drift; a longer log narrows them.",
			a.Span.Block, a.Span.Blocks, max(1, p.EffectiveBlocks)))
	}
	if hours := e.clock.hours(); e.clock.dated() && a.Before.Rows > 0 && hours < days {
		out = append(out, fmt.Sprintf("The log covers %s: what changes from one day to the next, or slowly within a day, cannot be seen in it. The intervals hold for times like these.",
			words.Duration(time.Duration(hours*float64(time.Hour)))))
	}
	return out
}

// ownPrices says which prices are the user's.
func ownPrices(names []string) string {
	if slices.Contains(names, pricing.EveryModel) {
		return "All calls are priced at the prices that you gave"
	}
	return "The prices that you gave hold for " + strings.Join(names, ", ") + "; all others are the price book's"
}
