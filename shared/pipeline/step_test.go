package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

func TestFiveStagesRunToTheEnd(t *testing.T) {
	k := newKit(t)
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Enterprise)
	k.drain()

	k.requireCompleted(u, "r1")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
	var stages []string
	for _, m := range k.queue.published() {
		assert.Equal(t, queue.Message{UID: "ann", RunID: "r1", Stage: m.Stage}, m)
		stages = append(stages, m.Stage)
	}
	assert.Equal(t, k.table.StageNames(), stages)
	thread, err := u.Thread(t.Context(), "t")
	require.NoError(t, err)
	assert.Equal(t, "r1", thread.Value.LastRun)
	assert.Equal(t, "title of r1", thread.Value.Title)

	c := k.counters()
	assert.InDelta(t, 1, c[`netra_runs_accepted_total{plan="enterprise"}`], 0)
	assert.InDelta(t, 1, c[`netra_runs_ended_total{plan="enterprise",status="completed"}`], 0)
	for _, stage := range k.table.StageNames() {
		assert.InDelta(t, 1, c[fmt.Sprintf("netra_stage_commits_total{stage=%q}", stage)], 0, stage)
		assert.InDelta(t, 5, c[fmt.Sprintf("netra_events_total{stage=%q}", stage)], 0, stage)
	}
}

func TestStageGetsTheResultsOfThoseBefore(t *testing.T) {
	k := newKit(t)
	k.works["actions"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		var before struct{ Stage, Goal string }
		if err := in.Decode("optimization", &before); err != nil {
			return pipeline.Result{}, err
		}
		assert.Equal(t, "optimization", before.Stage)
		assert.Equal(t, "goal of ann r1", before.Goal)
		assert.ErrorContains(t, in.Decode("report", &before), "no result of report")
		assert.Len(t, in.Results, 3)
		assert.Equal(t, "ann", in.Documents.UID())
		return diligent(ctx, in, emit)
	}
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	k.requireCompleted(u, "r1")
}

func TestResultArtifactsAndHeadlineAreCommittedWithTheStage(t *testing.T) {
	k := newKit(t)
	k.works["triage"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		r, err := diligent(ctx, in, emit)
		r.Headline = map[string]int{"levers": 3}
		r.Artifacts = []store.Artifact{{Name: "goal.json", MediaType: "application/json", Body: []byte(`{}`)}}
		r.Sufficiency = &run.Sufficiency{Score: 70, State: "minimal"}
		r.Counters = map[string]float64{"netra_savings_found_usd": 12.5}
		return r, err
	}
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	a, err := u.Artifact(t.Context(), "r1", "goal.json")
	require.NoError(t, err)
	assert.JSONEq(t, `{}`, string(a.Body))
	r := k.run(u, "r1")
	assert.Equal(t, []string{"goal.json"}, r.Artifacts)
	assert.Equal(t, 70, r.Sufficiency.Score)
	assert.InDelta(t, 12.5, k.counters()["netra_savings_found_usd"], 0)
	events := k.events(u, "r1")
	var done run.AgentCompletedData
	require.NoError(t, json.Unmarshal(events[len(events)-1].Data, &done))
	assert.JSONEq(t, `{"levers":3}`, string(done.Result))
	assert.Equal(t, "triage is done", done.Summary)
}

func TestStageMayShortenTheRoute(t *testing.T) {
	k := newKit(t)
	k.works["intelligence"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		r, err := diligent(ctx, in, emit)
		r.Route = []string{"report"}
		return r, err
	}
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	r := k.run(u, "r1")
	assert.Equal(t, run.Completed, r.Status)
	assert.Equal(t, []string{"triage", "intelligence", "report"}, r.Route)
	require.NoError(t, wellFormed(k.events(u, "r1")))
}

func TestRedeliveryAfterTheCommitPublishesAgainAndChangesNothing(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	before := told(k.events(u, "r1"))
	for range 3 {
		require.NoError(t, k.deliver(m))
	}
	assert.Equal(t, before, told(k.events(u, "r1")))
	published := k.queue.published()
	require.Len(t, published, 5, "first stage, hand-on, and one more for each redelivery")
	for _, again := range published[1:] {
		assert.Equal(t, "intelligence", again.Stage)
	}
	k.drain() // four messages for one stage
	k.requireCompleted(u, "r1")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
}

func TestLateMessagesOfAnEndedRunAreAcknowledgedAndDoNothing(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	require.NoError(t, k.deliver(m))
	k.drain()
	all := k.queue.published()
	for _, late := range all {
		require.NoError(t, k.deliver(late))
	}
	assert.Len(t, k.queue.published(), len(all), "nothing is published again")
	assert.Equal(t, k.wholeRun(), told(k.events(u, "r1")))
}

func TestMessagesThatNobodyCanServeAreAcknowledged(t *testing.T) {
	k := newKit(t)
	_, good := k.submit()
	for name, m := range map[string]queue.Message{
		"unknown run":    {UID: "ann", RunID: "r404", Stage: "triage"},
		"unknown user":   {UID: "bob", RunID: "r1", Stage: "triage"},
		"impossible uid": {UID: "../ann", RunID: "r1", Stage: "triage"},
		"impossible run": {UID: "ann", RunID: "a/b", Stage: "triage"},
	} {
		assert.NoError(t, k.deliver(m), name)
	}
	assert.NoError(t, k.step("report").Handle(t.Context(), good), "a message on the wrong topic")
	assert.Len(t, k.events(k.user("ann"), "r1"), 1)
}

func TestConcurrentDeliveriesRunTheStageOnce(t *testing.T) {
	k := newKit(t)
	k.lease = 300 * time.Millisecond
	var worked atomic.Int32
	others := make(chan struct{})
	k.works["triage"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		worked.Add(1)
		<-others // the holder is still at work when all others have given up
		return diligent(ctx, in, emit)
	}
	u, m := k.submit()
	const deliveries = 8
	answers := make(chan error, deliveries)
	var wg sync.WaitGroup
	for range deliveries {
		wg.Go(func() { answers <- k.deliver(m) })
	}
	for range deliveries - 1 {
		require.ErrorIs(t, <-answers, pipeline.ErrBusy, "a delivery beside the holder's is to come again")
	}
	close(others)
	wg.Wait()
	require.NoError(t, <-answers)
	assert.EqualValues(t, 1, worked.Load())
	assert.Equal(t, append([]string{"run_started"}, stageEvents("triage")...), told(k.events(u, "r1")))
}

// kill leaves the run as a process does that was killed right after its claim.
func (k *kit) kill(u store.User, id string, lease time.Duration) {
	k.t.Helper()
	doc, err := u.Run(k.t.Context(), id)
	require.NoError(k.t, err)
	events, err := doc.Value.Claim(doc.Value.Stage, "Agent", "killed", k.clock.now(), lease)
	require.NoError(k.t, err)
	_, err = u.Apply(k.t.Context(), store.Change{Runs: []store.RunChange{{Run: doc.Value, Version: doc.Version, Events: events}}})
	require.NoError(k.t, err)
}

func TestDeliveryWaitsForAKilledHoldersLeaseAndTakesOver(t *testing.T) {
	k := newKit(t)
	k.lease = 400 * time.Millisecond
	k.desk.Now = time.Now
	u, m := k.submit()
	k.kill(u, "r1", k.lease)
	require.NoError(t, k.deliver(m), "one delivery is enough")
	assert.Equal(t, []string{"run_started", "triage agent_started", "triage stage_retrying", "triage agent_thinking",
		"triage tool_executing", "triage tool_completed", "triage agent_completed"}, told(k.events(u, "r1")))
}

func TestDeliveryDoesNotWaitLongerThanOneLease(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	k.kill(u, "r1", time.Hour)
	require.ErrorIs(t, k.deliver(m), pipeline.ErrBusy)
	k.clock.pass(time.Hour)
	require.NoError(t, k.deliver(m))
}

func TestRetryAfterAFailureTellsNothingTwice(t *testing.T) {
	boom := errors.New("boom")
	for name, fail := range map[string]func() error{
		"error": func() error { return boom },
		"panic": func() error { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			tries := 0
			k.works["triage"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
				if tries++; tries < 3 {
					require.NoError(t, emit.Think(ctx, "look", "I look", 0.5))
					if tries == 2 {
						require.NoError(t, emit.ToolExecuting(ctx, run.ToolExecutingData{Tool: "count"}))
					}
					return pipeline.Result{}, fail()
				}
				return diligent(ctx, in, emit)
			}
			u, m := k.submit()
			require.Error(t, k.deliver(m))
			assert.False(t, k.run(u, "r1").Lease.Live(k.clock.now()), "the lease is free at once")
			require.Error(t, k.deliver(m))
			require.NoError(t, k.deliver(m))
			assert.Equal(t, []string{"run_started", "triage agent_started", "triage agent_thinking", "triage stage_retrying",
				"triage tool_executing", "triage stage_retrying", "triage tool_completed", "triage agent_completed"}, told(k.events(u, "r1")))
			assert.InDelta(t, 2, k.counters()[`netra_stage_retries_total{stage="triage"}`], 0)
			k.drain()
			k.requireCompleted(u, "r1")
		})
	}
}

func TestMissingDocumentOfAStageIsAFailureAndNotALostRun(t *testing.T) {
	k := newKit(t)
	k.works["triage"] = func(ctx context.Context, in pipeline.Input, _ pipeline.Emitter) (pipeline.Result, error) {
		_, err := in.Documents.Dataset(ctx, "deleted")
		return pipeline.Result{}, err
	}
	u, m := k.submit()
	require.ErrorIs(t, k.deliver(m), store.ErrNotFound)
	assert.False(t, k.run(u, "r1").Lease.Live(k.clock.now()), "the lease is free for the retry")
}

func TestRefusalEndsTheRunWithItsReason(t *testing.T) {
	k := newKit(t)
	k.works["triage"] = func(ctx context.Context, _ pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		require.NoError(t, emit.Think(ctx, "look", "I look", 0.5))
		return pipeline.Result{}, fmt.Errorf("read the log: %w", pipeline.Refuse("bad_data", "the log is empty", "upload another"))
	}
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Free)
	k.submitTo(u, "r2", plan.Free)
	m, _ := k.queue.take()
	require.NoError(t, k.deliver(m), "nothing to deliver again")

	r := k.run(u, "r1")
	assert.Equal(t, run.Failed, r.Status)
	assert.Equal(t, &run.Failure{Kind: "bad_data", Reason: "the log is empty", Advice: "upload another"}, r.Failure)
	assert.Equal(t, []string{"run_started", "triage agent_started", "triage agent_thinking", "run_failed"}, told(k.events(u, "r1")))
	next, ok := k.queue.take()
	require.True(t, ok, "the next queued run is told")
	assert.Equal(t, "r2", next.RunID)
	assert.Equal(t, run.Running, k.run(u, "r2").Status)
	assert.Len(t, k.slots(u).Running, 1)
}

func TestResultThatIsTooLargeEndsTheRunWithoutRetries(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for name, spoil := range map[string]func(context.Context, pipeline.Emitter, *pipeline.Result){
		"body": func(_ context.Context, _ pipeline.Emitter, r *pipeline.Result) { r.Body = big },
		"headline": func(_ context.Context, _ pipeline.Emitter, r *pipeline.Result) {
			r.Headline = map[string]string{"x": big}
		},
		"event": func(ctx context.Context, emit pipeline.Emitter, _ *pipeline.Result) {
			require.NoError(t, emit.Think(ctx, "big", big, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.works["triage"] = func(ctx context.Context, _ pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
				r := pipeline.Result{}
				spoil(ctx, emit, &r)
				return r, nil
			}
			u, m := k.submit()
			require.NoError(t, k.deliver(m))
			r := k.run(u, "r1")
			require.Equal(t, run.Failed, r.Status)
			assert.Equal(t, "too_large", r.Failure.Kind)
			assert.Empty(t, k.slots(u).Running)
		})
	}
}

func TestAttemptsEnd(t *testing.T) {
	k := newKit(t)
	worked := 0
	k.works["triage"] = func(context.Context, pipeline.Input, pipeline.Emitter) (pipeline.Result, error) {
		worked++
		return pipeline.Result{}, errors.New("always")
	}
	u, m := k.submit()
	for range k.table.Delivery.MaxAttempts {
		require.Error(t, k.deliver(m))
		require.Equal(t, run.Running, k.run(u, "r1").Status)
	}
	require.NoError(t, k.deliver(m), "the delivery after the last attempt ends the run")
	r := k.run(u, "r1")
	assert.Equal(t, run.Failed, r.Status)
	assert.Equal(t, "attempts", r.Failure.Kind)
	assert.Equal(t, k.table.Delivery.MaxAttempts, worked)
	assert.Empty(t, k.slots(u).Running)
	require.NoError(t, wellFormed(k.events(u, "r1")))
}

func TestLastAttemptIsNotEndedByADuplicateDelivery(t *testing.T) {
	k := newKit(t)
	u, m := k.submit()
	for range k.table.Delivery.MaxAttempts - 1 {
		k.kill(u, "r1", time.Minute)
		k.clock.pass(time.Minute)
	}
	k.lease = time.Hour
	k.works["triage"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		beside := k.stepOf("triage", diligent)
		beside.Lease = time.Nanosecond // does not wait for the holder
		require.ErrorIs(t, beside.Handle(ctx, m), pipeline.ErrBusy)
		return diligent(ctx, in, emit)
	}
	require.NoError(t, k.deliver(m))
	assert.Equal(t, "intelligence", k.run(u, "r1").Stage)
}

// A retry may find that it needs another tool than the attempt that crashed.
func TestAToolCallThatARetryDoesWithoutIsEndedAsFailed(t *testing.T) {
	k := newKit(t)
	tries := 0
	k.works["triage"] = func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		if tries++; tries == 1 {
			require.NoError(t, emit.ToolExecuting(ctx, run.ToolExecutingData{Tool: "other"}))
			return pipeline.Result{}, errors.New("boom")
		}
		return diligent(ctx, in, emit)
	}
	u, m := k.submit()
	require.Error(t, k.deliver(m))
	require.NoError(t, k.deliver(m))
	ends := map[string]bool{}
	for _, e := range k.events(u, "r1") {
		if e.Type == run.ToolCompleted {
			var d run.ToolCompletedData
			require.NoError(t, json.Unmarshal(e.Data, &d))
			ends[d.Tool] = d.Success
		}
	}
	assert.Equal(t, map[string]bool{"count": true, "other": false}, ends)
}
