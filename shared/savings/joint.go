package savings

import "slices"

// joint is a replay of several levers together.
type joint struct {
	members []*member
	// saved is by whom and what for the saved calls were made; nil if nobody asks.
	saved *shares
	// left holds the latencies of calls moved to the batch tier, was and now those
	// that changed otherwise: what the plan does to all latencies of the log.
	left, was, now sketch
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
	var taken []*entry
	waiting := false
	for _, n := range e.entries {
		if n.lever.name() == Commitment || n.crowded || n.status != Proposed && !(optional && n.status == Optional) {
			continue
		}
		waiting = waiting || n.status == Optional
		taken = append(taken, n)
	}
	if optional && !waiting {
		return nil
	}
	j := &joint{}
	if !optional {
		j.saved = &shares{}
	}
	for _, n := range taken {
		m := &member{entry: n, actor: n.lever.actor(), ledger: &ledger{byBlock: make([]float64, e.clock.n)}}
		if !optional {
			n.planLedger = m.ledger
		}
		j.members = append(j.members, m)
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
	j.time(w)
	if j.saved != nil {
		j.saved.add(w)
	}
}

// shares are what the levers together save on the calls of each tag and of each
// user, by number.
type shares struct{ byTag, byUser []float64 }

func (s *shares) add(w *work) {
	for i, before := range w.b.cost {
		if saved := before - w.cost[i]; saved != 0 {
			s.byTag = added(s.byTag, w.b.Tag[i], saved)
			s.byUser = added(s.byUser, w.b.User[i], saved)
		}
	}
}

// added adds usd to the sum of a number.
func added(sums []float64, id uint32, usd float64) []float64 {
	if missing := int(id) + 1 - len(sums); missing > 0 {
		sums = append(sums, make([]float64, missing)...)
	}
	sums[id] += usd
	return sums
}

// put hands the sums to the slices of the same numbers.
func put(sums []float64, into []Slice) {
	for id := range min(len(sums), len(into)) {
		into[id].SavedUSD = sums[id]
	}
}

// time notes the latencies that changed. A row that several levers changed is
// there more than once, and counts once: it is put back when it was noted.
func (j *joint) time(w *work) {
	for _, i := range w.changed {
		before, after := w.b.LatencyMS[i], w.latency(i)
		switch {
		case w.tier[i] == batchCode && w.b.Tier[i] != batchCode:
			j.left.add(before)
			w.tier[i] = w.b.Tier[i]
		case after != before:
			j.was.add(before)
			j.now.add(after)
		}
		w.late[i] = asLogged
	}
}

// latencies returns the latencies of the log's calls before and after the plan,
// but for those moved to the batch tier, given those of all calls.
func (j *joint) latencies(all *sketch) (before, after sketch) {
	before.join(all, 1)
	before.join(&j.left, -1)
	after.join(&before, 1)
	after.join(&j.was, -1)
	after.join(&j.now, 1)
	return before, after
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
