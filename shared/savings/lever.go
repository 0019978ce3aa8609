package savings

import (
	"slices"
	"sync/atomic"

	"netra/shared/dataset"
)

// lever is one way of spending less. The engine calls learn with the batches of
// the first part of the log, then settle once, then replays the log through an
// actor for the lever alone and through another one for the plan.
type lever interface {
	name() string
	// learn sees the first n calls of a batch as they were. The calls before them
	// are in env.hist.
	learn(b *batch, n int)
	// settle fixes the policy. A status other than Proposed and Optional, with its
	// reason, says that there is none.
	settle() (Status, string)
	// actor returns a fresh replay of the policy.
	actor() actor
	// describe fills in the policy and the words of the proposal after the replay.
	describe(p *Proposal)
}

// follower levers have a state that must follow all calls of the first part, also
// those that are not learned from.
type follower interface {
	follow(b *batch, n int)
}

// preparers find once per batch what all replays of their policy look at. The
// batch's links have been followed.
type preparer interface {
	prepare(b *batch)
}

// actor is the replay of one lever's policy over the whole log.
type actor interface {
	// act changes the calls of a batch as the policy would have, and touches those
	// it changed. It must not make a call dearer on purpose.
	act(w *work)
}

// timed actors know what they do to the response time.
type timed interface {
	// after is the latency of touched row i in milliseconds, given what it was.
	after(w *work, i int, before float64) float64
	// method says how after is computed.
	method() string
}

// env is what all levers of one analysis share.
type env struct {
	file    *dataset.File
	classes *classes
	pairs   *pairs
	hist    *history
	clock   *clock
	opts    Options
	latency *latencyModel
	// failed is the first error of an actor, which has no other way to tell it.
	failed atomic.Pointer[error]
}

// fail ends the replay with an error.
func (e *env) fail(err error) { e.failed.CompareAndSwap(nil, &err) }

// failure is what ended the replay, nil if nothing did.
func (e *env) failure() error {
	if err := e.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// levers makes every lever, in the order in which they act on a call.
func (e *env) levers() []lever {
	return []lever{
		&waste{env: e}, &responseCache{env: e}, &nearRepeats{env: e}, &route{env: e}, newSameModel(e), newNewerModel(e),
		&trim{env: e, steps: trimLimits()}, &outputCap{env: e}, &promptCache{env: e, cursor: cursor{classes: e.classes}}, &serviceTier{env: e}, &batchTier{env: e}, &commitment{env: e},
	}
}

// tagNamed reports, by tag number, whether a tag is one of names. It is computed
// again when the file has shown more tags.
type tagNamed struct {
	names []string
	is    []bool
}

func (t *tagNamed) has(f *dataset.File, tag uint32) bool {
	for int(tag) >= len(t.is) {
		t.is = append(t.is, slices.Contains(t.names, f.Tags.Name(uint32(len(t.is)))))
	}
	return t.is[tag]
}

// classTag keys what is learned per model and tag.
type classTag struct {
	class int32
	tag   uint32
}

// perTag is a table of values by class and tag that grows as they appear.
type perTag[T any] struct {
	rows [][]*T
	keys []classTag
}

// at returns the value of a class and tag, making it at first use.
func (p *perTag[T]) at(class int32, tag uint32) *T {
	for int(class) >= len(p.rows) {
		p.rows = append(p.rows, nil)
	}
	for int(tag) >= len(p.rows[class]) {
		p.rows[class] = append(p.rows[class], nil)
	}
	if p.rows[class][tag] == nil {
		p.rows[class][tag] = new(T)
		p.keys = append(p.keys, classTag{class, tag})
	}
	return p.rows[class][tag]
}

// find returns the value of a class and tag, nil if there is none.
func (p *perTag[T]) find(class int32, tag uint32) *T {
	if int(class) >= len(p.rows) || int(tag) >= len(p.rows[class]) {
		return nil
	}
	return p.rows[class][tag]
}
