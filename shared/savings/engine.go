package savings

import (
	"context"
	"errors"
	"fmt"

	"netra/shared/dataset"
	"netra/shared/pricing"
)

// Analyse replays a data set through all levers that the options allow. It reads
// the file once to learn the policies and once, seldom twice, to replay them. Its
// memory does not grow with the file. Errors are those of the file, of ctx, and
// of options that cannot be.
func Analyse(ctx context.Context, file *dataset.File, book *pricing.Book, opts Options) (*Analysis, error) {
	return analyse(ctx, file, book, opts, keepRows)
}

// analyse is Analyse with the size of a log up to which priced batches are kept.
func analyse(ctx context.Context, file *dataset.File, book *pricing.Book, opts Options, keep int64) (*Analysis, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	_, last := file.Span()
	window := opts.window(last)
	clock := newClock(file, window)
	e := &engine{keepRows: keep, window: window, env: &env{file: file, classes: newClasses(book, file, opts.PriceModel, &clock), pairs: &pairs{}, clock: &clock, opts: opts, latency: &latencyModel{}}}
	e.classes.minPrefix = opts.MinPrefix
	if err := e.learn(ctx); err != nil {
		return nil, fmt.Errorf("learn from the log: %w", err)
	}
	if err := e.replay(ctx); err != nil {
		return nil, fmt.Errorf("replay the log: %w", err)
	}
	for e.prune() {
		if err := e.replay(ctx); err != nil {
			return nil, fmt.Errorf("replay the log: %w", err)
		}
	}
	return e.analysis()
}

// engine is one analysis under way.
type engine struct {
	*env
	keepRows int64
	window   window
	// intake is the one intake of a small log, nil for a large one.
	intake *intake
	// tally is the account of the log as it was, complete after the first replay.
	tally   *tally
	tallied bool
	entries []*entry
	// plan and accepted are the two plans of the last replay: what is proposed, and
	// that with everything that waits for the user's decision.
	plan, accepted *joint
}

// entry is a lever with its state in the analysis.
type entry struct {
	lever  lever
	status Status
	reason string
	// crowded levers save alone and lose together with the rest of the plan.
	crowded     bool
	alone       actor
	aloneLedger *ledger
	planLedger  *ledger
}

// replays reports whether the lever has a policy to replay.
func (n *entry) replays() bool { return n.status == Proposed || n.status == Optional }

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
	in, learners := e.newIntake(), newStreams(e.learners())
	batches := make([]*batch, 0, scanRows/batchRows)
	err := e.scan(ctx, func(parts []dataset.Columns) error {
		batches = batches[:0]
		for k := range parts {
			b := in.next(&parts[k], k)
			e.hist.add(b)
			if e.sampled(b) {
				e.hist.follow(b)
			}
			batches = append(batches, b)
			if b.learn < b.N {
				break
			}
		}
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

// batchRows is how many rows are worked on at once: few enough that what the
// levers change stays in the processor's cache.
const batchRows = 1 << 13

// scanRows is how many rows are in the works at most. It is under maxBatch.
const scanRows = 1 << 16

// scan calls fn for the file's rows, some batches at a time.
func (e *engine) scan(ctx context.Context, fn func([]dataset.Columns) error) error {
	return e.file.Scan(ctx, func(c *dataset.Columns) error {
		lo, end := e.window.part(c)
		for lo < end {
			var parts []dataset.Columns
			for stop := min(lo+scanRows, end); lo < stop; lo += batchRows {
				parts = append(parts, c.Part(lo, min(lo+batchRows, stop)))
			}
			e.hist.open(parts[0].Row)
			if err := fn(parts); err != nil {
				return err
			}
		}
		return nil
	})
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

func (e *engine) newIntake() *intake {
	if e.intake != nil {
		return e.intake
	}
	in := &intake{classes: e.classes, cursor: cursor{classes: e.classes}, pairs: e.pairs, clock: *e.clock, tally: newTally(e.env), excluded: map[string]bool{}}
	if e.file.Rows() <= e.keepRows {
		in.kept, e.intake = map[int64]*batch{}, in
	}
	for _, tag := range e.opts.ExcludeTags {
		in.excluded[tag] = true
	}
	if untold(e.file, e.opts.ExcludeTags) {
		in.excluded[""] = true // any call may be one of them
	}
	return in
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
	replays := newStreams(e.preparations(), e.replays(first))
	batches := make([]*batch, 0, scanRows/batchRows)
	return e.scan(ctx, func(parts []dataset.Columns) error {
		batches = batches[:0]
		for k := range parts {
			b := in.next(&parts[k], k)
			e.hist.add(b)
			batches = append(batches, b)
		}
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
