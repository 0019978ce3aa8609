package pipeline_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/admission"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/store"
)

// asking makes intelligence ask for data until it has been answered so often.
func asking(k *kit, rounds int) {
	k.works["intelligence"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		r, err := diligent(ctx, in, emit)
		if in.Run.Round < rounds && in.Run.Answer != "expired" {
			r.Ask = &run.DataRequest{Round: in.Run.Round + 1, RoundsLeft: run.MaxRounds - in.Run.Round - 1, Resume: "intelligence",
				Items: []run.Missing{{Field: "session"}}, ExpiresAt: k.clock.now().Add(pipeline.DataLimit)}
		}
		return r, err
	}
}

// ask submits r1, and r2 behind it, and lets r1 run until it waits.
func (k *kit) ask() store.User {
	k.t.Helper()
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Free)
	k.submitTo(u, "r2", plan.Free)
	for range 2 {
		m, ok := k.queue.take()
		require.True(k.t, ok)
		require.NoError(k.t, k.deliver(m))
	}
	require.Equal(k.t, run.Waiting, k.run(u, "r1").Status)
	return u
}

func TestWaitingRunHoldsNoPlace(t *testing.T) {
	k := newKit(t)
	asking(k, 1)
	u := k.ask()
	s := k.slots(u)
	require.Len(t, s.Running, 1)
	assert.Equal(t, "r2", s.Running[0].RunID, "the next run has the place")
	m, ok := k.queue.take()
	require.True(t, ok)
	assert.Equal(t, "r2", m.RunID, "nothing is published for the one that waits")
	events := told(k.events(u, "r1"))
	assert.Equal(t, []string{"intelligence agent_completed", "data_requested"}, events[len(events)-2:])
	r := k.run(u, "r1")
	assert.Equal(t, "session", r.Request.Items[0].Field)
}

func TestAnsweredRunQueuesThenRunsTheStageAgainAndEnds(t *testing.T) {
	k := newKit(t)
	asking(k, 1)
	u := k.ask()
	_, err := u.Apply(t.Context(), store.Change{Datasets: []store.Versioned[store.Dataset]{{Value: store.Dataset{ID: "d2"}}}})
	require.NoError(t, err)
	r, d, err := k.desk.Resume(t.Context(), u, "r1", pipeline.Answer{Kind: "data", Datasets: []string{"d2"}, PriceModel: "gpt-4o"})
	require.NoError(t, err)
	assert.Equal(t, admission.Decision{Position: 1}, d, "r2 has the only place")
	assert.Equal(t, run.Queued, r.Status)
	_, err = k.desk.Cancel(t.Context(), u, "r2", "make room")
	require.NoError(t, err)
	k.queue.waiting = k.queue.waiting[1:] // r2's message
	k.drain()
	k.requireCompleted(u, "r1")
	r = k.run(u, "r1")
	assert.Equal(t, []string{"d2"}, r.Datasets)
	assert.Equal(t, "gpt-4o", r.PriceModel)
	assert.Equal(t, 1, r.Round)
	var middle []string
	for _, e := range told(k.events(u, "r1")) {
		if e == "data_received" || e == "run_queued" || e == "intelligence agent_started" || e == "data_requested" {
			middle = append(middle, e)
		}
	}
	assert.Equal(t, []string{"intelligence agent_started", "data_requested", "data_received", "run_queued", "intelligence agent_started"}, middle)
	assert.InDelta(t, 1, k.counters()[`netra_data_answers_total{plan="free",answer="data"}`], 0)
}

func TestRunMayAskInEveryRound(t *testing.T) {
	k := newKit(t)
	asking(k, run.MaxRounds)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	for round := range run.MaxRounds {
		k.drain()
		require.Equal(t, run.Waiting, k.run(u, "r1").Status, "round %d", round)
		_, _, err := k.desk.Resume(t.Context(), u, "r1", pipeline.Answer{Kind: "continue"})
		require.NoError(t, err)
	}
	k.drain()
	k.requireCompleted(u, "r1")
}

func TestRunThatGetsNoDataEndsWithItsReportAsExpired(t *testing.T) {
	k := newKit(t)
	asking(k, 3)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	assert.Empty(t, k.sweep(u), "it may wait")
	k.clock.pass(pipeline.DataLimit)
	assert.Equal(t, []string{"resumed without data"}, k.sweep(u))
	k.drain()
	r, events := k.run(u, "r1"), k.events(u, "r1")
	assert.Equal(t, run.Expired, r.Status)
	assert.Nil(t, r.Failure, "it has a report")
	require.NoError(t, wellFormed(events))
	assert.Equal(t, run.RunCompleted, events[len(events)-1].Type)
	assert.Contains(t, string(events[len(events)-1].Data), `"expired"`)
}

func TestOneOfManyAnswersCounts(t *testing.T) {
	k := newKit(t)
	asking(k, 1)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = k.desk.Resume(t.Context(), u, "r1", pipeline.Answer{Kind: "continue"}) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, run.ErrNotWaiting)
	}
	assert.Equal(t, 1, won)
	k.drain()
	k.requireCompleted(u, "r1")
}

func TestWaitingRunCanBeCancelled(t *testing.T) {
	k := newKit(t)
	asking(k, 1)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	_, err := k.desk.Cancel(t.Context(), u, "r1", "enough")
	require.NoError(t, err)
	_, _, err = k.desk.Resume(t.Context(), u, "r1", pipeline.Answer{Kind: "continue"})
	require.ErrorIs(t, err, run.ErrNotWaiting)
	k.clock.pass(pipeline.DataLimit)
	what, err := k.desk.Redrive(t.Context(), u, "r1")
	require.NoError(t, err)
	assert.Empty(t, what)
}

func TestDeadlineOfARunIsThatOfItsLastStart(t *testing.T) {
	k := newKit(t)
	asking(k, 1)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	k.clock.pass(3 * 24 * time.Hour) // far over RunLimit, but the run only waited
	_, _, err := k.desk.Resume(t.Context(), u, "r1", pipeline.Answer{Kind: "continue"})
	require.NoError(t, err)
	k.drain()
	k.requireCompleted(u, "r1")
}
