// Package sufficiency says how much of what a goal needs a log gives: a score
// from 0 to 100, one of four states, and for each missing part why it is
// needed, which levers it unlocks, what it is worth on this log and how to
// export it.
//
//	bounds, err := sufficiency.Survey(ctx, file, book) // one pass over the data set
//	s := sufficiency.Assess(sufficiency.Evidence{Goal: g, Coverage: coverage, Bounds: bounds, Provider: "litellm"})
//
// # The score
//
// Every part of a log has a weight per focus (see parts); a goal about several
// things takes their average. A part counts by the share of calls that carry
// it, and all but tokens, model, time and span only for what has a price: on
// calls without one no saving can be computed, whatever else they carry. Parts
// that serve only levers which the goal excludes are not needed and are left
// out, and the rest is scaled to 100.
//
// The weights follow what a missing part closes off. Without tokens, model and
// time nothing can be priced over time, and with nothing but these a bill can
// be taken apart and the levers that need no more replayed: together with the
// span, user and reported cost they come to just under half of a cost goal, so
// that such a log is minimal, not insufficient. Prompt blocks and hashes open
// the two caches, the largest savings that leave every answer as it is; they
// weigh as much as a log may lack and still be sufficient. Quality labels open
// routing, which saves most where it may be used but needs what few logs have:
// without them a log is sufficient, not optimal.
//
// # The worth
//
// What a part is worth on this log is what the levers that it unlocks would
// save, each alone, if the log had it: a range that is computed, not guessed.
// The calls are priced under the extreme assumptions that the log as it is
// allows. At least is that nothing repeats and nothing may move: no saving. At
// most is, for example, that every call of a length seen in the last day is an
// exact repeat. See Bounds for the assumption of each part. A part that opens no
// saving says so, and what it is good for instead: that of cached tokens says by
// how much the log may be mispriced without it.
package sufficiency

// State says what a log can carry.
type State string

// The states, from the least data to the most.
const (
	Insufficient State = "insufficient"
	Minimal      State = "minimal"
	Sufficient   State = "sufficient"
	Optimal      State = "optimal"
)

// minimalScore is where proposals begin.
const minimalScore = 40

// stateOf is the one table of thresholds: below 40 Netra teaches and asks, from
// 40 it proposes what the data carries, from 80 the full plan, and from 95 also
// what needs quality labels and forecasts.
func stateOf(score int) State {
	switch {
	case score >= 95:
		return Optimal
	case score >= 80:
		return Sufficient
	case score >= minimalScore:
		return Minimal
	}
	return Insufficient
}
