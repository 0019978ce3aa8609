package savings

import (
	"context"
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

// batchRows is how many rows are worked on at once: few enough that what the
// levers change stays in the processor's cache.
const batchRows = 1 << 13

// scanRows is how many rows are in the works at most. It is under maxBatch.
const scanRows = 1 << 16

// scan calls fn for the file's rows, some batches at a time, still to be priced.
func (e *engine) scan(ctx context.Context, in *intake, fn func([]*batch) error) error {
	batches := make([]*batch, 0, scanRows/batchRows)
	return e.file.Scan(ctx, func(c *dataset.Columns) error {
		lo, end := e.window.part(c)
		for lo < end {
			batches = batches[:0]
			for stop := min(lo+scanRows, end); lo < stop; lo += batchRows {
				batches = append(batches, in.next(c.Part(lo, min(lo+batchRows, stop)), len(batches)))
			}
			e.hist.open(batches[0].Row)
			if err := fn(batches); err != nil {
				return err
			}
		}
		return nil
	})
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
