package savings

import "slices"

// joint is a replay of several levers together.
type joint struct {
	members       []*member
	before, after sketch
}

// member is a lever in a joint replay.
type member struct {
	entry  *entry
	actor  actor
	ledger *ledger
}

// join puts the proposed levers together, and with optional the ones that wait
// for a decision too; then it is nil if there are none. A commitment replaces the
// way of paying and is never among them.
func (e *engine) join(optional bool) *joint {
	j, waiting := &joint{}, false
	for _, n := range e.entries {
		if n.lever.name() == Commitment || n.crowded || n.status != Proposed && !(optional && n.status == Optional) {
			continue
		}
		waiting = waiting || n.status == Optional
		m := &member{entry: n, actor: n.lever.actor(), ledger: &ledger{byBlock: make([]float64, e.clock.n)}}
		if !optional {
			n.planLedger = m.ledger
		}
		j.members = append(j.members, m)
	}
	if optional && !waiting {
		return nil
	}
	return j
}

// act lets the levers act on the batch one after the other.
func (j *joint) act(w *work, b *batch) {
	w.load(b)
	for _, m := range j.members {
		w.fresh()
		m.actor.act(w)
		m.ledger.book(w, m.actor)
	}
	for i, before := range b.LatencyMS {
		if before >= 0 && w.tier[i] == b.Tier[i] {
			j.before.add(before)
			j.after.add(w.latency[i])
		}
	}
}

// drop takes levers out, and reports whether one of them had changed calls.
func (j *joint) drop(out func(*entry) bool) (acted bool) {
	if j == nil {
		return false
	}
	j.members = slices.DeleteFunc(j.members, func(m *member) bool {
		acted = acted || out(m.entry) && m.ledger.calls > 0
		return out(m.entry)
	})
	return acted
}
