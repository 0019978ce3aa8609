package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

var errDead = errors.New("the process was killed")

// process is what one function process does to the outside: its writes and its
// publishes. It dies at the effect with the given number, before it or after
// it; nothing that a dead process does has any effect.
type process struct {
	opener store.Opener
	queue  queue.Publisher
	at     int
	after  bool

	mu   sync.Mutex
	done int
	dead bool
}

func (p *process) effect(do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errDead
	}
	p.done++
	if p.done != p.at {
		return do()
	}
	p.dead = true
	if p.after {
		return errors.Join(do(), errDead)
	}
	return errDead
}

func (p *process) died() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

func (p *process) Publish(ctx context.Context, m queue.Message) error {
	return p.effect(func() error { return p.queue.Publish(ctx, m) })
}

func (p *process) User(uid string) (store.User, error) {
	u, err := p.opener.User(uid)
	return &mortal{u, p}, err
}

// mortal is a user's documents as a process that can die sees them.
type mortal struct {
	store.User
	process *process
}

func (m *mortal) Apply(ctx context.Context, c store.Change) (versions []store.Version, err error) {
	err = m.process.effect(func() error {
		versions, err = m.User.Apply(ctx, c)
		return err
	})
	return versions, err
}

func (m *mortal) Run(ctx context.Context, id string) (store.Versioned[run.Run], error) {
	if m.process.died() {
		return store.Versioned[run.Run]{}, errDead
	}
	return m.User.Run(ctx, id)
}

// world is a pipeline in which one process dies once and is replaced.
type world struct {
	*kit
	process *process
}

func (w *world) desk() *pipeline.Desk {
	return &pipeline.Desk{Table: w.table, Store: w.process, Queue: w.process, Now: w.clock.now}
}

// deliver hands the message to the process. If that dies, its lease runs out, a
// new process takes its place and the message comes again.
func (w *world) deliver(m queue.Message) {
	w.t.Helper()
	f, _ := w.table.Function(m.Stage)
	for range 3 {
		step := &pipeline.Step{Stage: f, Work: pipeline.StageFunc(diligent), Desk: w.desk(), Files: w.files, Lease: w.lease,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		if err := step.Handle(w.t.Context(), m); err == nil {
			return
		}
		require.True(w.t, w.process.died(), "only a death makes a delivery fail")
		w.restart()
	}
	w.t.Fatal("the message is refused again and again")
}

func (w *world) restart() {
	w.process = &process{opener: w.fleet, queue: w.queue}
	w.clock.pass(w.lease)
}

// finish submits two runs for one place, kills the process on the way and lets
// deliveries and the sweeper end the work.
func (w *world) finish(u store.User) {
	w.t.Helper()
	for _, id := range []string{"r1", "r2"} {
		theirs, err := w.process.User(u.UID())
		require.NoError(w.t, err)
		if _, _, err := w.desk().Submit(w.t.Context(), theirs, submission(u, id, plan.Free)); err != nil {
			require.ErrorIs(w.t, err, errDead)
			w.restart()
			w.resubmit(u, id)
		}
	}
	for range 3 {
		for m, ok := w.queue.take(); ok; m, ok = w.queue.take() {
			w.deliver(m)
		}
		w.sweep(u)
	}
}

// resubmit sends a message again whose answer never came, as a client does with
// the same idempotency key: a run that was accepted is not accepted twice.
func (w *world) resubmit(u store.User, id string) {
	if _, err := u.Run(w.t.Context(), id); errors.Is(err, store.ErrNotFound) {
		_, _, err := w.desk().Submit(w.t.Context(), u, submission(u, id, plan.Free))
		require.NoError(w.t, err)
	}
}

// TestDeathAtAnyEffectLosesAndDoublesNothing kills the process before and after
// its first write or publish, its second, and so on to the last.
func TestDeathAtAnyEffectLosesAndDoublesNothing(t *testing.T) {
	k := newKit(t)
	k.table.Stages = k.table.Stages[3:] // one that hands on and one that ends the run show it all
	deaths := 0
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			u := k.user(fmt.Sprintf("ann-%d-%v", at, after))
			k.thread(u)
			w := &world{k, &process{opener: k.fleet, queue: k.queue, at: at, after: after}}
			first := w.process
			w.finish(u)
			for _, id := range []string{"r1", "r2"} {
				k.requireCompleted(u, id)
			}
			if !first.died() {
				break
			}
			deaths++
		}
	}
	require.GreaterOrEqual(t, deaths, 2*2*7, "a run has a submission, a claim and a commit for each stage, and the publishes")
	c := k.counters()
	runs := c[`netra_runs_accepted_total{plan="free"}`]
	assert.InDelta(t, 2*(deaths+2), runs, 0, "no run was accepted twice")
	assert.InDelta(t, runs, c[`netra_runs_ended_total{plan="free",status="completed"}`], 0)
	for _, stage := range k.table.StageNames() {
		assert.InDelta(t, runs, c[fmt.Sprintf("netra_stage_commits_total{stage=%q}", stage)], 0, "commits of %s", stage)
	}
	assert.InDelta(t, runs, c["netra_engines_created_total"], 0)
	assert.InDelta(t, runs, c["netra_engines_cleaned_total"], 0)
	assert.InDelta(t, 0, c["netra_engines_active"], 0)
	assert.InDelta(t, 0, c["netra_event_gaps_total"], 0)
}

// TestMessagesOutOfOrderAndLateDoNoHarm delivers everything that was ever
// published again, in reverse, between the stages.
func TestMessagesOutOfOrderAndLateDoNoHarm(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	for m, ok := k.queue.take(); ok; m, ok = k.queue.take() {
		require.NoError(t, k.deliver(m))
		old := k.queue.published()
		for i := len(old) - 1; i >= 0 && len(old) < 20; i-- {
			require.NoError(t, k.deliver(old[i]))
		}
	}
	k.requireCompleted(u, "r1")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
}
