package pipeline_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/admission"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

func TestQueuedRunsStartInOrderAsPlacesGetFree(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	for i, want := range []admission.Decision{{Started: true}, {Position: 1}, {Position: 2}} {
		_, d := k.submitTo(u, fmt.Sprint("r", i), plan.Free)
		require.Equal(t, want, d)
	}
	_, _, err := k.desk.Submit(t.Context(), u, submission(u, "r3", plan.Free))
	require.ErrorIs(t, err, admission.ErrQueueFull)
	_, err = u.Run(t.Context(), "r3")
	require.ErrorIs(t, err, store.ErrNotFound, "a refused run leaves nothing behind")

	k.drain()
	for i := range 3 {
		k.requireCompleted(u, fmt.Sprint("r", i))
	}
	assert.Equal(t, append([]string{"run_queued"}, k.wholeRun()...), told(k.events(u, "r1")))
	assert.False(t, k.run(u, "r2").StartedAt.Before(k.run(u, "r1").EndedAt), "one place, one run at a time")
}

// TestSixtyFourSubmissionsAtOnce is the race for five running and twenty queued
// places while stages work, and nothing may be lost or overbooked.
func TestSixtyFourSubmissionsAtOnce(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.thread(u)
	const submissions = 64
	accepted := make([]bool, submissions)
	var wg sync.WaitGroup
	for i := range submissions {
		wg.Go(func() {
			_, _, err := k.desk.Submit(t.Context(), u, submission(u, fmt.Sprint("r", i), plan.Enterprise))
			if accepted[i] = err == nil; !accepted[i] {
				assert.ErrorIs(t, err, admission.ErrQueueFull)
			}
		})
	}
	stop := make(chan struct{})
	watched := make(chan int)
	go func() { watched <- k.mostRunning(u, stop) }()
	wg.Wait()
	s := k.slots(u)
	require.Len(t, s.Running, 5)
	require.Len(t, s.Queued, 20)
	k.drainWith(6)
	close(stop)
	assert.LessOrEqual(t, <-watched, 5)

	n := 0
	for i, ok := range accepted {
		id := fmt.Sprint("r", i)
		if !ok {
			_, err := u.Run(t.Context(), id)
			require.ErrorIs(t, err, store.ErrNotFound)
			continue
		}
		n++
		k.requireCompleted(u, id)
	}
	assert.Equal(t, 25, n)
}

// mostRunning watches the user's slots and returns the most that ran at once.
func (k *kit) mostRunning(u store.User, stop chan struct{}) int {
	most := 0
	for {
		select {
		case <-stop:
			return most
		case <-time.After(5 * time.Millisecond):
			s, err := u.Slots(k.t.Context())
			if assert.NoError(k.t, err) {
				most = max(most, len(s.Value.Running))
			}
		}
	}
}

// drainWith delivers messages by so many workers until every run has ended; a
// message that is refused comes again.
func (k *kit) drainWith(workers int) {
	k.t.Helper()
	var wg sync.WaitGroup
	var busy sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				m, ok := k.queue.take()
				if !ok {
					return
				}
				busy.Add(1)
				if err := k.deliver(m); err != nil && assert.ErrorIs(k.t, err, pipeline.ErrBusy) {
					_ = k.queue.Publish(k.t.Context(), m)
				}
				busy.Done()
			}
		})
	}
	wg.Wait()
	if len(k.queue.waiting) > 0 {
		k.drainWith(workers) // the last worker published after the others had left
	}
}

func TestDayLimitRefusesAndStartsAgainAtMidnight(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	for i := range 20 {
		id := fmt.Sprint("r", i)
		k.submitTo(u, id, plan.Free)
		_, err := k.desk.Cancel(t.Context(), u, id, "enough")
		require.NoError(t, err)
	}
	_, _, err := k.desk.Submit(t.Context(), u, submission(u, "r20", plan.Free))
	require.ErrorIs(t, err, admission.ErrDayFull)
	k.clock.pass(24 * time.Hour)
	k.submitTo(u, "r20", plan.Free)
}

func TestSubmissionNeedsItsThread(t *testing.T) {
	k := newKit(t)
	_, _, err := k.desk.Submit(t.Context(), k.user("ann"), submission(k.user("ann"), "r1", plan.Free))
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAcceptedRunWhoseMessageWasNotPublishedIsRedriven(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.thread(u)
	k.queue.refuse(errors.New("no queue"))
	r, _, err := k.desk.Submit(t.Context(), u, submission(u, "r1", plan.Free))
	require.ErrorContains(t, err, "no queue")
	require.Equal(t, "r1", r.ID, "the run is accepted all the same")
	k.queue.refuse(nil)
	k.sweep(u)
	k.drain()
	k.requireCompleted(u, "r1")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
}

// sweep redrives what is due after some time without a sign of life, as the
// sweeper does.
func (k *kit) sweep(u store.User) []string {
	k.t.Helper()
	k.clock.pass(k.lease + 5*run.Grace)
	due, err := k.fleet.Due(k.t.Context(), k.clock.now(), 500)
	require.NoError(k.t, err)
	var did []string
	for _, ref := range due {
		what, err := k.desk.Redrive(k.t.Context(), u, ref.ID)
		require.NoError(k.t, err)
		did = append(did, what)
	}
	return did
}

func TestRedriveFindsLostMessagesOnceAndLeavesTheRestAlone(t *testing.T) {
	k := newKit(t)
	u, m := k.submit() // and the message is lost
	assert.Equal(t, []string{"published again"}, k.sweep(u))
	again, ok := k.queue.take()
	require.True(t, ok)
	assert.Equal(t, m, again)
	due, err := k.fleet.Due(t.Context(), k.clock.now(), 10)
	require.NoError(t, err)
	assert.Empty(t, due, "not again at once")

	k.kill(u, "r1", time.Hour)
	what, err := k.desk.Redrive(t.Context(), u, "r1")
	require.NoError(t, err)
	assert.Empty(t, what, "somebody works on it")
	what, err = k.desk.Redrive(t.Context(), u, "r404")
	require.NoError(t, err)
	assert.Empty(t, what)
	k.clock.pass(time.Hour)
	require.NoError(t, k.deliver(m))
	k.drain()
	k.requireCompleted(u, "r1")
	what, err = k.desk.Redrive(t.Context(), u, "r1")
	require.NoError(t, err)
	assert.Empty(t, what, "an ended run needs nothing")
}

func TestRunPastItsDeadlineExpiresAndFreesItsPlace(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Free)
	k.submitTo(u, "r2", plan.Free)
	k.queue.lose()
	k.clock.pass(pipeline.RunLimit)
	what, err := k.desk.Redrive(t.Context(), u, "r1")
	require.NoError(t, err)
	assert.Equal(t, "expired", what)
	r := k.run(u, "r1")
	assert.Equal(t, run.Expired, r.Status)
	assert.Equal(t, "deadline", r.Failure.Kind)
	assert.Equal(t, []string{"run_started", "run_failed"}, told(k.events(u, "r1")))
	assert.Equal(t, run.Running, k.run(u, "r2").Status, "the next one starts")
	k.drain()
	k.requireCompleted(u, "r2")
}

func TestRunThatWaitedADayForAPlaceExpires(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Free)
	k.submitTo(u, "r2", plan.Free)
	k.clock.pass(pipeline.QueueLimit)
	what, err := k.desk.Redrive(t.Context(), u, "r2")
	require.NoError(t, err)
	assert.Equal(t, "expired", what)
	assert.Equal(t, "queue_timeout", k.run(u, "r2").Failure.Kind)
	assert.Empty(t, k.slots(u).Queued)
}

func TestQueuedRunStartsWhenTheSlotBeforeItRanOut(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Free)
	k.submitTo(u, "r2", plan.Free)
	k.queue.lose()
	what, err := k.desk.Redrive(t.Context(), u, "r2")
	require.NoError(t, err)
	assert.Empty(t, what, "no place yet")
	k.clock.pass(pipeline.RunLimit + 11*time.Minute) // r1's slot ran out and nobody ended r1
	what, err = k.desk.Redrive(t.Context(), u, "r2")
	require.NoError(t, err)
	assert.Equal(t, "started from the queue", what)
	k.drain()
	k.requireCompleted(u, "r2")
}

func TestCancelEndsARunInEveryStatus(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Free)
	k.submitTo(u, "r2", plan.Free)
	k.submitTo(u, "r3", plan.Free)
	_, err := k.desk.Cancel(t.Context(), u, "r2", "enough")
	require.NoError(t, err)
	assert.Equal(t, []string{"r3"}, k.slots(u).Queued)
	_, err = k.desk.Cancel(t.Context(), u, "r1", "enough")
	require.NoError(t, err)
	assert.Equal(t, run.Running, k.run(u, "r3").Status, "the run that waited behind both")
	again, err := k.desk.Cancel(t.Context(), u, "r1", "enough")
	require.ErrorIs(t, err, run.ErrEnded)
	assert.Equal(t, run.Cancelled, again.Status)
	_, err = k.desk.Cancel(t.Context(), u, "r404", "enough")
	require.ErrorIs(t, err, store.ErrNotFound)
	k.drain()
	k.requireCompleted(u, "r3")
	assert.Equal(t, []string{"run_queued", "run_cancelled"}, told(k.events(u, "r2")))
}

func TestDeadLetterEndsOnlyARunThatNobodyWorksOn(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*kit, store.User, queue.Message)
		stage  string
		want   run.Status
	}{
		"idle":             {func(*kit, store.User, queue.Message) {}, "triage", run.Failed},
		"worked on":        {func(k *kit, u store.User, _ queue.Message) { k.kill(u, "r1", time.Hour) }, "triage", run.Running},
		"crashed":          {func(k *kit, u store.User, _ queue.Message) { k.kill(u, "r1", 0) }, "triage", run.Failed},
		"moved on":         {func(k *kit, _ store.User, m queue.Message) { require.NoError(k.t, k.deliver(m)) }, "triage", run.Running},
		"of a later stage": {func(*kit, store.User, queue.Message) {}, "report", run.Running},
		"ended": {func(k *kit, u store.User, _ queue.Message) {
			_, err := k.desk.Cancel(k.t.Context(), u, "r1", "enough")
			require.NoError(k.t, err)
		}, "triage", run.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			u, m := k.submit()
			c.before(k, u, m)
			m.Stage = c.stage
			require.NoError(t, k.desk.DeadLetter(t.Context(), u, m))
			r := k.run(u, "r1")
			require.Equal(t, c.want, r.Status)
			if c.want == run.Failed {
				assert.Equal(t, "deliveries", r.Failure.Kind)
				assert.Contains(t, r.Failure.Reason, "triage")
				assert.Empty(t, k.slots(u).Running)
			}
		})
	}
	k := newKit(t)
	assert.NoError(t, k.desk.DeadLetter(t.Context(), k.user("ann"), queue.Message{UID: "ann", RunID: "r404", Stage: "triage"}))
}
