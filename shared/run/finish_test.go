package run_test

import (
	"testing"
	"time"

	"netra/shared/run"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStagesFollowTheRouteToTheEnd(t *testing.T) {
	r := running(t)
	for _, stage := range []string{"a", "b", "c"} {
		require.Equal(t, stage, r.Stage)
		if stage != "a" {
			must(t)(r.Claim(stage, stage, "mine", noon, ttl))
		}
		events := must(t)(r.Complete("mine", run.Outcome{Summary: "did " + stage, Artifacts: []string{stage, "shared"}}, noon.Add(3*time.Second)))
		require.Equal(t, run.AgentCompleted, events[0].Type)
		assert.Equal(t, stage, events[0].Stage)
		assert.Zero(t, r.Attempt)
		assert.Equal(t, run.Lease{}, r.Lease)
		if stage == "c" {
			require.Equal(t, []run.EventType{run.AgentCompleted, run.RunCompleted}, types(events))
			assert.Equal(t, run.RunCompletedData{Status: run.Completed, Summary: "did c", DurationMS: 3000,
				Artifacts: []string{"a", "shared", "b", "c"}}, dataOf[run.RunCompletedData](t, events[1]))
			assert.Empty(t, events[1].Stage, "the end is about the run")
		}
	}
	assert.Equal(t, run.Completed, r.Status)
	assert.Zero(t, r.NextCheck, "the sweeper need not look at an ended run")
	assert.Equal(t, noon.Add(3*time.Second), r.EndedAt)
}

func TestCompletedStageIsPast(t *testing.T) {
	r := running(t)
	must(t)(r.Complete("mine", run.Outcome{}, noon))
	_, err := r.Claim("a", "A", "late", noon, ttl)
	assert.ErrorIs(t, err, run.ErrPast)
	_, err = r.Complete("mine", run.Outcome{}, noon)
	assert.ErrorIs(t, err, run.ErrNotHolder)
}

func TestOutcomeRevisesWhatIsStillToCome(t *testing.T) {
	for name, c := range map[string]struct {
		route, want []string
		next        string
	}{
		"kept":      {nil, []string{"a", "b", "c"}, "b"},
		"shortened": {[]string{"c"}, []string{"a", "c"}, "c"},
		"extended":  {[]string{"b", "d", "c"}, []string{"a", "b", "d", "c"}, "b"},
		"ended":     {[]string{}, []string{"a"}, ""},
	} {
		r := running(t)
		must(t)(r.Complete("mine", run.Outcome{Route: c.route}, noon))
		assert.Equal(t, c.want, r.Route, name)
		if c.next == "" {
			assert.Equal(t, run.Completed, r.Status, name)
			continue
		}
		assert.Equal(t, c.next, r.Stage, name)
	}
}

func TestNextIsEmptyForTheLastAndForUnknownStages(t *testing.T) {
	r := fresh()
	for stage, next := range map[string]string{"a": "b", "b": "c", "c": "", "unknown": "", "": ""} {
		assert.Equal(t, next, r.Next(stage), "after %q", stage)
	}
}

// waiting is a run whose second stage asked for data and wants the first to run again.
func waiting(t *testing.T) *run.Run {
	t.Helper()
	r := running(t)
	r.Datasets = []string{"d1"}
	must(t)(r.Complete("mine", run.Outcome{}, noon))
	must(t)(r.Claim("b", "Agent B", "mine", noon, ttl))
	events := must(t)(r.Complete("mine", run.Outcome{Ask: &run.DataRequest{
		Round: 1, RoundsLeft: 4, Resume: "a", ExpiresAt: noon.Add(time.Hour)}}, noon))
	require.Equal(t, []run.EventType{run.AgentCompleted, run.DataRequested}, types(events))
	return r
}

func TestRunThatAsksWaitsWithoutHoldingAnything(t *testing.T) {
	r := waiting(t)
	assert.Equal(t, run.Waiting, r.Status)
	assert.Equal(t, "a", r.Stage)
	assert.Equal(t, run.Lease{}, r.Lease)
	assert.Equal(t, noon.Add(time.Hour), r.Deadline)
	assert.Equal(t, r.Deadline, r.NextCheck)
	require.NotNil(t, r.Request)
}

func TestAnswerRunsTheAskedStageAgainInTheNextRound(t *testing.T) {
	r := waiting(t)
	events := must(t)(r.Receive("data", []string{"d1", "d2"}, noon, time.Hour))
	assert.Equal(t, run.DataReceivedData{Round: 1, Answer: "data", Datasets: []string{"d1", "d2"}},
		dataOf[run.DataReceivedData](t, events[0]))
	assert.Equal(t, []string{"d1", "d2"}, r.Datasets, "no data set twice")
	assert.Equal(t, run.Queued, r.Status)
	assert.Nil(t, r.Request)
	assert.Equal(t, 1, r.Round)
	must(t)(r.Start(noon.Add(time.Minute), time.Hour))
	assert.Equal(t, noon, r.StartedAt, "the first start counts")
	assert.Equal(t, []run.EventType{run.AgentStarted}, types(must(t)(r.Claim("a", "Agent A", "again", noon.Add(time.Minute), ttl))))
}

func TestRunThatGotNoDataEndsAsExpiredWithItsReport(t *testing.T) {
	r := waiting(t)
	must(t)(r.Receive("expired", nil, noon, time.Hour))
	must(t)(r.Start(noon, time.Hour))
	must(t)(r.Claim("a", "Agent A", "mine", noon, ttl))
	events := must(t)(r.Complete("mine", run.Outcome{Route: []string{}}, noon))
	assert.Equal(t, run.Expired, r.Status)
	assert.Equal(t, run.Expired, dataOf[run.RunCompletedData](t, events[1]).Status)
}

func TestStageCannotAskToResumeOffTheRoute(t *testing.T) {
	r := running(t)
	_, err := r.Complete("mine", run.Outcome{Ask: &run.DataRequest{Resume: "z"}}, noon)
	require.ErrorContains(t, err, `cannot resume at "z"`)
}

func TestEndsTellWhy(t *testing.T) {
	why := run.Failure{Kind: "deadline", Reason: "too late", Advice: "try again"}
	r := running(t)
	failed := must(t)(r.Fail(why, noon))
	assert.Equal(t, why, dataOf[run.Failure](t, failed[0]))
	assert.Equal(t, &why, r.Failure)

	r = running(t)
	expired := must(t)(r.Expire(why, noon))
	assert.Equal(t, []run.EventType{run.RunFailed}, types(expired))
	assert.Equal(t, run.Expired, r.Status)

	r = running(t)
	cancelled := must(t)(r.Cancel("enough", noon))
	assert.Equal(t, run.RunCancelledData{Reason: "enough"}, dataOf[run.RunCancelledData](t, cancelled[0]))
	assert.Nil(t, r.Failure)
}
