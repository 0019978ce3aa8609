package savings

import (
	"context"
	"errors"
)

var errLearned = errors.New("the first part of the log ends here")

// learn shows the first part of the log to the levers and lets them choose.
func (e *engine) learn(ctx context.Context) error {
	e.hist = newHistory(e.file.Rows())
	for _, l := range e.levers() {
		n := &entry{lever: l}
		if ok, why := e.opts.wants(l.name()); !ok {
			n.status, n.reason = Excluded, why
		}
		e.entries = append(e.entries, n)
	}
	in := e.newIntake()
	learners := newStreams([]func(*batch){func(b *batch) {
		in.price(b)
		e.hist.add(b)
		if e.sampled(b) {
			e.hist.follow(b)
		}
	}}, e.learners())
	err := e.scan(ctx, in, func(batches []*batch) error {
		learners.run(batches)
		if last := batches[len(batches)-1]; last.learn < last.N {
			return errLearned
		}
		return nil
	})
	if err != nil && !errors.Is(err, errLearned) {
		return err
	}
	if err := e.failure(); err != nil {
		return err
	}
	e.latency.fit()
	e.settle()
	return nil
}

// learnRows is about how many calls the levers learn from: of a longer first part
// they see every so manieth batch. What they choose is replayed on all calls.
const learnRows = 1 << 18

// sampled reports whether the levers learn from a batch.
func (e *engine) sampled(b *batch) bool {
	every := 1 + int64(learnShare*float64(e.file.Rows()))/learnRows
	return b.Row/batchRows%every == 0
}

// learners returns what is to be done with each batch of the first part. None
// depends on another one.
func (e *engine) learners() []func(*batch) {
	out := []func(*batch){func(b *batch) {
		if e.sampled(b) {
			e.latency.learn(b, b.learn)
		}
	}}
	for _, n := range e.entries {
		if n.status == Excluded {
			continue
		}
		f, follows := n.lever.(follower)
		out = append(out, func(b *batch) {
			switch {
			case e.sampled(b):
				n.lever.learn(b, b.learn)
			case follows:
				f.follow(b, b.learn)
			}
		})
	}
	return out
}

func (e *engine) settle() {
	for _, n := range e.entries {
		if n.status == Excluded {
			continue
		}
		n.status, n.reason = n.lever.settle()
		if n.status == Optional && e.opts.accepts(n.lever.name()) {
			n.status, n.reason = Proposed, ""
		}
	}
}
