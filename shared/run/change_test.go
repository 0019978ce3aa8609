package run_test

import (
	"encoding/json"
	"testing"
	"time"

	"netra/shared/run"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const ttl = 2 * time.Second

var noon = time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)

// fresh is a queued run of three stages.
func fresh() *run.Run {
	return &run.Run{ID: "r1", ThreadID: "t1", UserID: "u1", Status: run.Queued,
		Stage: "a", Route: []string{"a", "b", "c"}, CreatedAt: noon}
}

// running is a run that has a slot, with the token "mine" holding stage a.
func running(t *testing.T) *run.Run {
	t.Helper()
	r := fresh()
	must(t)(r.Start(noon, time.Hour))
	must(t)(r.Claim("a", "Agent A", "mine", noon, ttl))
	return r
}

// in is a run in the given status.
func in(t *testing.T, s run.Status) *run.Run {
	t.Helper()
	r := fresh()
	switch s {
	case run.Queued:
	case run.Running:
		r = running(t)
	case run.Waiting:
		r = running(t)
		must(t)(r.Complete("mine", run.Outcome{Ask: &run.DataRequest{Resume: "a", ExpiresAt: noon.Add(time.Hour)}}, noon))
	case run.Completed:
		r = running(t)
		must(t)(r.Complete("mine", run.Outcome{Route: []string{}}, noon))
	case run.Failed:
		must(t)(r.Fail(run.Failure{Kind: "internal"}, noon))
	case run.Cancelled:
		must(t)(r.Cancel("enough", noon))
	case run.Expired:
		must(t)(r.Expire(run.Failure{Kind: "deadline"}, noon))
	}
	require.Equal(t, s, r.Status)
	return r
}

func must(t *testing.T) func([]run.Event, error) []run.Event {
	t.Helper()
	return func(events []run.Event, err error) []run.Event {
		t.Helper()
		require.NoError(t, err)
		return events
	}
}

func types(events []run.Event) []run.EventType {
	var all []run.EventType
	for _, e := range events {
		all = append(all, e.Type)
	}
	return all
}

// dataOf decodes an event's data strictly into the type of its kind.
func dataOf[T any](t *testing.T, e run.Event) T {
	t.Helper()
	var data T
	strictly(t, e.Data, &data)
	return data
}

// TestEveryChangeIsAllowedInItsStatusesOnly is the table of the state machine:
// for each change and each status the error, nil where it is allowed.
func TestEveryChangeIsAllowedInItsStatusesOnly(t *testing.T) {
	order := []run.Status{run.Queued, run.Running, run.Waiting, run.Completed, run.Failed, run.Cancelled, run.Expired}
	ended := run.ErrEnded
	for name, row := range map[string]struct {
		do   func(*run.Run) ([]run.Event, error)
		want [7]error
	}{
		"enqueue": {func(r *run.Run) ([]run.Event, error) { return r.Enqueue(1, noon) },
			[7]error{nil, run.ErrNotQueued, run.ErrNotQueued, ended, ended, ended, ended}},
		"start": {func(r *run.Run) ([]run.Event, error) { return r.Start(noon, time.Hour) },
			[7]error{nil, run.ErrNotQueued, run.ErrNotQueued, ended, ended, ended, ended}},
		"claim": {func(r *run.Run) ([]run.Event, error) { return r.Claim(r.Stage, "A", "other", noon, ttl) },
			[7]error{run.ErrNotRunning, run.ErrLeased, run.ErrNotRunning, ended, ended, ended, ended}},
		"claim of another stage": {func(r *run.Run) ([]run.Event, error) { return r.Claim("c", "C", "other", noon, ttl) },
			[7]error{run.ErrPast, run.ErrPast, run.ErrPast, ended, ended, ended, ended}},
		"emit by the holder": {func(r *run.Run) ([]run.Event, error) { return r.Emit("mine", nil) },
			[7]error{run.ErrNotHolder, nil, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder}},
		"emit by another": {func(r *run.Run) ([]run.Event, error) { return r.Emit("other", nil) },
			[7]error{run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder}},
		"renew by the holder": {func(r *run.Run) ([]run.Event, error) { return nil, r.Renew("mine", noon, ttl) },
			[7]error{run.ErrNotHolder, nil, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder}},
		"release by another": {func(r *run.Run) ([]run.Event, error) { return nil, r.Release("other", noon) },
			[7]error{run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder}},
		"complete by the holder": {func(r *run.Run) ([]run.Event, error) { return r.Complete("mine", run.Outcome{}, noon) },
			[7]error{run.ErrNotHolder, nil, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder}},
		"complete without a token": {func(r *run.Run) ([]run.Event, error) { return r.Complete("", run.Outcome{}, noon) },
			[7]error{run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder, run.ErrNotHolder}},
		"receive": {func(r *run.Run) ([]run.Event, error) { return r.Receive("continue", nil, noon, time.Hour) },
			[7]error{run.ErrNotWaiting, run.ErrNotWaiting, nil, run.ErrNotWaiting, run.ErrNotWaiting, run.ErrNotWaiting, run.ErrNotWaiting}},
		"fail": {func(r *run.Run) ([]run.Event, error) { return r.Fail(run.Failure{}, noon) },
			[7]error{nil, nil, nil, ended, ended, ended, ended}},
		"expire": {func(r *run.Run) ([]run.Event, error) { return r.Expire(run.Failure{}, noon) },
			[7]error{nil, nil, nil, ended, ended, ended, ended}},
		"cancel": {func(r *run.Run) ([]run.Event, error) { return r.Cancel("", noon) },
			[7]error{nil, nil, nil, ended, ended, ended, ended}},
	} {
		for i, status := range order {
			r := in(t, status)
			before := *r
			events, err := row.do(r)
			require.ErrorIs(t, err, row.want[i], "%s of a run that is %s", name, status)
			if row.want[i] != nil {
				assert.Equal(t, before, *r, "a refused %s changed a run that was %s", name, status)
				assert.Empty(t, events)
			}
		}
	}
}

func TestReleasedLeaseCannotBeUsedWithTheEmptyToken(t *testing.T) {
	r := running(t)
	require.NoError(t, r.Release("mine", noon))
	for _, token := range []string{"", "mine"} {
		assert.ErrorIs(t, r.Holds(token), run.ErrNotHolder, "token %q", token)
		assert.ErrorIs(t, r.Renew(token, noon, ttl), run.ErrNotHolder, "token %q", token)
	}
}

func TestClaimTellsTheFirstAttemptAndTheRetriesApart(t *testing.T) {
	r := fresh()
	must(t)(r.Start(noon, time.Hour))
	first := must(t)(r.Claim("a", "Agent A", "one", noon, ttl))
	require.Equal(t, []run.EventType{run.AgentStarted}, types(first))
	assert.Equal(t, run.AgentStartedData{Agent: "Agent A", Position: 1, Stages: 3}, dataOf[run.AgentStartedData](t, first[0]))
	assert.Equal(t, 1, first[0].Attempt)

	_, err := r.Claim("a", "Agent A", "two", noon.Add(ttl-1), ttl)
	require.ErrorIs(t, err, run.ErrLeased, "the lease still lives")
	second := must(t)(r.Claim("a", "Agent A", "two", noon.Add(ttl), ttl))
	require.Equal(t, []run.EventType{run.StageRetrying}, types(second))
	assert.Equal(t, 2, dataOf[run.StageRetryingData](t, second[0]).Attempt)
	assert.ErrorIs(t, r.Holds("one"), run.ErrNotHolder)
	assert.Equal(t, noon, r.StageStartedAt, "the duration counts from the first attempt")
}

func TestHolderKeepsAnExpiredLeaseThatNobodyTook(t *testing.T) {
	r := running(t)
	late := noon.Add(10 * ttl)
	require.NoError(t, r.Renew("mine", late, ttl))
	assert.True(t, r.Lease.Live(late))
	assert.Equal(t, late.Add(ttl+run.Grace), r.NextCheck)
}

func TestRetryTellsOnlyWhatEarlierAttemptsDidNot(t *testing.T) {
	draft := func(key string, kind run.EventType) run.Draft {
		return run.Draft{Key: key, Type: kind, Time: noon, Data: run.AgentThinkingData{Step: key}}
	}
	r := running(t)
	told := must(t)(r.Emit("mine", []run.Draft{draft("think#1", run.AgentThinking), draft("tool#1", run.ToolExecuting)}))
	assert.Equal(t, []run.EventType{run.AgentThinking, run.ToolExecuting}, types(told))

	must(t)(r.Claim("a", "Agent A", "next", noon.Add(ttl), ttl))
	told = must(t)(r.Emit("next", []run.Draft{draft("think#1", run.AgentThinking), draft("tool#1", run.ToolExecuting),
		draft("tool done#1", run.ToolCompleted)}))
	require.Equal(t, []run.EventType{run.ToolCompleted}, types(told))
	assert.Equal(t, r.LastSeq, told[0].Seq)
	assert.Equal(t, 2, told[0].Attempt)
}

func TestSameKeysInTheNextStageAreToldAgain(t *testing.T) {
	r := running(t)
	same := []run.Draft{{Key: "think#1", Type: run.AgentThinking, Time: noon, Data: run.AgentThinkingData{}}}
	assert.Len(t, must(t)(r.Emit("mine", same)), 1)
	must(t)(r.Complete("mine", run.Outcome{}, noon))
	must(t)(r.Claim("b", "Agent B", "next", noon, ttl))
	assert.Len(t, must(t)(r.Emit("next", same)), 1)
}

func TestDataThatIsNoJSONIsRefused(t *testing.T) {
	r := running(t)
	_, err := r.Emit("mine", []run.Draft{{Key: "k", Type: run.AgentThinking, Time: noon, Data: json.RawMessage("{")}})
	require.ErrorContains(t, err, "run r1: encode agent_thinking")
}
