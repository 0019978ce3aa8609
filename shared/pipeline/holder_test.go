package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

// paused is an invocation whose stage stands still until it is resumed.
type paused struct {
	begun, resume chan struct{}
	answer        chan error
}

// pause delivers the message to a stage that stops before then is called.
func (k *kit) pause(m queue.Message, lease time.Duration, then pipeline.StageFunc) *paused {
	p := &paused{begun: make(chan struct{}), resume: make(chan struct{}), answer: make(chan error, 1)}
	step := k.stepOf(m.Stage, func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		close(p.begun)
		<-p.resume
		return then(ctx, in, emit)
	})
	step.Lease = lease
	go func() { p.answer <- step.Handle(k.t.Context(), m) }()
	<-p.begun
	return p
}

func (p *paused) finish() error {
	close(p.resume)
	return <-p.answer
}

// stubborn ignores that its run was lost and returns a result all the same.
func stubborn(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	_, _ = diligent(ctx, in, emit)
	return pipeline.Result{Summary: "of a zombie", Body: "zombie"}, nil
}

// waitingForTheLoss works until it learns that its run was taken over.
func waitingForTheLoss(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	_ = emit.Think(ctx, "zombie", "I still think", 0.9)
	<-ctx.Done()
	return pipeline.Result{Summary: "of a zombie", Body: "zombie"}, errors.Join(emit.Think(ctx, "zombie", "and again", 1))
}

func TestReplacedHolderCanWriteNothing(t *testing.T) {
	for name, zombie := range map[string]pipeline.StageFunc{"commits": stubborn, "emits": waitingForTheLoss} {
		for when, committed := range map[string]bool{"while its successor works": false, "after its successor's commit": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				k := newKit(t)
				u, m := k.submit()
				old := k.pause(m, time.Minute, zombie)
				k.clock.pass(time.Minute)
				successor := k.pause(m, time.Minute, diligent)
				if committed {
					require.NoError(t, successor.finish())
				}
				before, version := k.events(u, "r1"), k.run(u, "r1").LastSeq

				require.ErrorIs(t, old.finish(), run.ErrNotHolder)
				assert.Equal(t, before, k.events(u, "r1"))
				assert.Equal(t, version, k.run(u, "r1").LastSeq)
				if !committed {
					require.NoError(t, successor.finish())
				}
				results, err := u.Results(t.Context(), "r1")
				require.NoError(t, err)
				assert.Contains(t, string(results["triage"]), "goal of ann")
				k.drain()
				k.requireCompleted(u, "r1")
			})
		}
	}
}

// writing makes a file that is too large for a document, of one letter.
func writing(letter string) pipeline.StageFunc {
	return func(context.Context, pipeline.Input, pipeline.Emitter) (pipeline.Result, error) {
		return pipeline.Result{Artifacts: []store.Artifact{{Name: "log.txt", Body: bytes.Repeat([]byte(letter), 300_000)}}}, nil
	}
}

func TestLargeFileOfAReplacedHolderDoesNotTouchItsSuccessors(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	old := k.pause(m, time.Minute, writing("z"))
	k.clock.pass(time.Minute)
	require.NoError(t, k.pause(m, time.Minute, writing("s")).finish())
	require.ErrorIs(t, old.finish(), run.ErrNotHolder)

	a, err := u.Artifact(t.Context(), "r1", "log.txt")
	require.NoError(t, err)
	assert.Empty(t, a.Body)
	object, err := k.files.User("ann").Open(t.Context(), a.Object)
	require.NoError(t, err)
	body, err := io.ReadAll(object)
	require.NoError(t, errors.Join(err, object.Close()))
	assert.Equal(t, strings.Repeat("s", 300_000), string(body))
}

func TestSlowHolderThatNobodyReplacedKeepsItsRun(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	slow := k.pause(m, time.Minute, diligent)
	k.clock.pass(10 * time.Minute)
	require.NoError(t, slow.finish())
	k.drain()
	k.requireCompleted(u, "r1")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
}

func TestHolderRenewsItsLeaseWhileTheStageIsSilent(t *testing.T) {
	k := newKit(t)
	k.desk.Now = time.Now
	u, m := k.submit()
	quiet := k.pause(m, 300*time.Millisecond, diligent)
	first := k.run(u, "r1").Lease.Expires
	require.Eventually(t, func() bool { return k.run(u, "r1").Lease.Expires.After(first.Add(300 * time.Millisecond)) },
		20*time.Second, 20*time.Millisecond, "the lease is never renewed")
	require.NoError(t, quiet.finish())
}

func TestEventsAreWrittenWhileTheStageWorks(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	seen := make(chan struct{})
	k.works["triage"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		r, err := diligent(ctx, in, emit)
		<-seen
		return r, err
	}
	answer := make(chan error, 1)
	go func() { answer <- k.deliver(m) }()
	require.Eventually(t, func() bool { return len(k.events(u, "r1")) == 5 }, 20*time.Second, 10*time.Millisecond,
		"thinking and the tool's two events show before the stage is done")
	close(seen)
	require.NoError(t, <-answer)
	assert.Equal(t, append([]string{"run_started"}, stageEvents("triage")...), told(k.events(u, "r1")))
}

// faulty is a store whose writes fail while it is down.
type faulty struct {
	store.Opener
	down  atomic.Bool
	tries atomic.Int64
}

type faultyUser struct {
	store.User
	at *faulty
}

func (f *faulty) User(uid string) (store.User, error) {
	u, err := f.Opener.User(uid)
	return faultyUser{u, f}, err
}

func (u faultyUser) Apply(ctx context.Context, c store.Change) ([]store.Version, error) {
	if u.at.down.Load() {
		u.at.tries.Add(1)
		return nil, errors.New("the database is down")
	}
	return u.User.Apply(ctx, c)
}

func TestEventsThatCannotBeWrittenAreLoggedAndWrittenLater(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	database := &faulty{Opener: k.fleet}
	k.desk.Store = database
	step := k.stepOf("triage", func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		database.down.Store(true)
		r, err := diligent(ctx, in, emit)
		assert.Eventually(t, func() bool { return database.tries.Load() > 1 }, 20*time.Second, 10*time.Millisecond, "it is tried again")
		database.down.Store(false)
		return r, err
	})
	var log bytes.Buffer
	step.Lease, step.Log = 300*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
	require.NoError(t, step.Handle(t.Context(), m))
	assert.Contains(t, log.String(), `msg="events not written yet" error="the database is down"`)
	k.drain()
	k.requireCompleted(u, "r1")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
}

// taken are the ways in which a run is taken from the stage that works on it.
func taken(k *kit, u store.User) map[string]func() error {
	return map[string]func() error{
		"cancelled": func() error { _, err := k.desk.Cancel(k.t.Context(), u, "r1", "enough"); return err },
		"deleted":   func() error { return u.DeleteRun(k.t.Context(), "r1") },
		"expired": func() error {
			k.clock.pass(pipeline.RunLimit)
			_, err := k.desk.Redrive(k.t.Context(), u, "r1")
			return err
		},
	}
}

func TestRunTakenFromAStageStopsItAndNothingIsWrittenAfter(t *testing.T) {
	for _, how := range []string{"cancelled", "deleted", "expired"} {
		for name, work := range map[string]pipeline.StageFunc{
			"that works on": stubborn,
			"that listens": func(ctx context.Context, _ pipeline.Input, _ pipeline.Emitter) (pipeline.Result, error) {
				<-ctx.Done()
				return pipeline.Result{}, context.Cause(ctx)
			},
		} {
			t.Run(how+" "+name, func(t *testing.T) {
				k := newKit(t)
				u, m := k.submit()
				stage := k.pause(m, 300*time.Millisecond, work) // looks after its lease every 100 ms
				require.NoError(t, taken(k, u)[how]())
				before := k.events(u, "r1")

				require.Error(t, stage.finish())
				assert.Equal(t, before, k.events(u, "r1"))
				assert.NoError(t, k.deliver(m), "the message that comes again is acknowledged")
				assert.Empty(t, k.queue.waiting)
				if how != "deleted" {
					assert.Equal(t, how, string(k.run(u, "r1").Status))
					assert.Empty(t, k.slots(u).Running)
				}
			})
		}
	}
}

func TestRequestThatRunsOutOfTimeFreesTheLease(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	ctx, cancel := context.WithCancel(t.Context())
	step := k.stepOf("triage", func(ctx context.Context, _ pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		require.NoError(t, emit.Think(ctx, "look", "I look", 0.5))
		cancel() // as Cloud Run does at the end of a request's time
		return pipeline.Result{}, fmt.Errorf("read: %w", ctx.Err())
	})
	require.ErrorIs(t, step.Handle(ctx, m), context.Canceled)
	assert.Equal(t, run.Lease{}.Token, k.run(u, "r1").Lease.Token)
	require.NoError(t, k.deliver(m))
	k.drain()
	k.requireCompleted(u, "r1")
}
