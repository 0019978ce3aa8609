package savings

import (
	"context"
)

// replay runs the whole log through each lever alone and through the plan.
func (e *engine) replay(ctx context.Context) error {
	e.hist.rewind(e.file.Rows())
	for _, n := range e.entries {
		n.start(e.clock.n)
	}
	e.plan, e.accepted = e.join(false), e.join(true)
	in := e.newIntake()
	first := !e.tallied
	if first {
		e.tally, e.tallied = in.tally, true
		defer e.tally.close()
	}
	replays := newStreams([]func(*batch){func(b *batch) {
		in.price(b)
		e.hist.add(b)
	}}, e.preparations(), e.replays(first))
	return e.scan(ctx, in, func(batches []*batch) error {
		replays.run(batches)
		return e.failure()
	})
}

// preparations are what replays of a batch need of it.
func (e *engine) preparations() []func(*batch) {
	var preparers []preparer
	for _, n := range e.entries {
		if p, ok := n.lever.(preparer); ok && n.alone != nil {
			preparers = append(preparers, p)
		}
	}
	return []func(*batch){func(b *batch) {
		e.hist.follow(b)
		for _, p := range preparers {
			p.prepare(b)
		}
	}}
}

// replays returns what is to be done with each batch, the longest first. None
// depends on another one: they only read what they share.
func (e *engine) replays(first bool) []func(*batch) {
	var out []func(*batch)
	for _, j := range []*joint{e.accepted, e.plan} {
		if w := e.newWork(); j != nil {
			out = append(out, func(b *batch) { j.act(w, b) })
		}
	}
	for _, entries := range e.apart() {
		w := e.newWork()
		out = append(out, func(b *batch) { each(entries, w, b) })
	}
	if first {
		out = append(out, e.tally.add)
	}
	return out
}

// start gives the lever fresh replays and accounts.
func (n *entry) start(blocks int) {
	n.alone, n.aloneLedger, n.planLedger = nil, nil, nil
	if n.replays() {
		n.alone, n.aloneLedger = n.lever.actor(), &ledger{byBlock: make([]float64, blocks)}
	}
}

func (e *engine) newWork() *work {
	return &work{classes: e.classes, cursor: cursor{classes: e.classes}, hist: e.hist}
}

// apart returns the levers that are replayed alone in parts that take about as
// long: those that take as long as all others together have one of their own.
func (e *engine) apart() (parts [][]*entry) {
	var others []*entry
	for _, n := range e.entries {
		switch name := n.lever.name(); {
		case n.alone == nil:
		case name == PromptCache || name == NearRepeats:
			parts = append(parts, []*entry{n})
		default:
			others = append(others, n)
		}
	}
	if len(others) > 0 {
		parts = append(parts, others)
	}
	return parts
}

// each lets levers act alone on the batch.
func each(entries []*entry, w *work, b *batch) {
	w.load(b)
	for _, n := range entries {
		w.restore()
		n.alone.act(w)
		n.aloneLedger.book(w, n.alone)
	}
}

// cent is the least saving worth a proposal.
const cent = 0.01

// trifle is the share of the bill that a lever must save to be put to the user.
const trifle = 0.001

// prune takes levers out that do not save over the whole log, alone or in the
// plan: what paid in the first part did not in the rest. It reports whether the
// plan has to be replayed without them.
func (e *engine) prune() bool {
	again := false
	for _, n := range e.entries {
		if n.alone == nil {
			continue
		}
		if h, ok := n.alone.(*hourly); ok && n.aloneLedger.saved == 0 {
			n.aloneLedger.saved = h.saved(n.aloneLedger.byBlock)
		}
		loses := n.aloneLedger.saved < cent
		if !loses && n.status == Optional && n.aloneLedger.saved < trifle*e.tally.totals.CostUSD {
			n.status, n.reason, n.planLedger, n.alone, n.aloneLedger = NoSaving, "it would save less than a thousandth of the bill, which is not worth a decision", nil, nil, nil
			continue
		}
		crowded := n.planLedger != nil && n.planLedger.saved < -cent
		if loses || crowded {
			again = again || n.planLedger != nil && n.planLedger.calls > 0
			n.drop(loses)
		}
	}
	e.plan.drop(func(n *entry) bool { return n.planLedger == nil })
	if e.accepted.drop(func(n *entry) bool { return !n.replays() }) {
		e.accepted = nil // what was measured after the dropped lever holds no more
	}
	return again
}

func (n *entry) drop(loses bool) {
	n.planLedger = nil
	if loses {
		n.status, n.reason = NoSaving, "over the whole log it would save less than a cent, or lose"
		n.alone, n.aloneLedger = nil, nil
		return
	}
	n.crowded = true
	n.status, n.reason = Optional, "it saves alone, and would cost money together with the rest of the plan"
}
