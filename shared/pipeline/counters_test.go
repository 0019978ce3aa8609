package pipeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/run"
)

func numbers(seqs ...int64) []run.Event {
	events := make([]run.Event, len(seqs))
	for i, seq := range seqs {
		events[i].Seq = seq
	}
	return events
}

func TestGapsInTheEventsOfOneWriteAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		before, after int64
		events        []run.Event
		want          float64
	}{
		"nothing told":         {before: 4, after: 4},
		"one after the other":  {before: 4, after: 6, events: numbers(5, 6)},
		"one skipped at first": {before: 4, after: 7, events: numbers(6, 7), want: 1},
		"two places":           {before: 0, after: 5, events: numbers(2, 3, 5), want: 2},
		"one told twice":       {before: 4, after: 5, events: numbers(5, 5), want: 1},
		"the last one lost":    {before: 4, after: 6, events: numbers(5), want: 1},
	} {
		got := changeCounters(run.Run{LastSeq: c.before}, run.Run{LastSeq: c.after}, c.events)
		assert.InDelta(t, c.want, got[gapsTotal], 0, name)
	}
}

func TestARunThatEndsInTheQueueHadNoEngine(t *testing.T) {
	now := time.Now()
	queued := run.Run{Plan: "free", Status: run.Queued, CreatedAt: now, Deadline: now.Add(QueueLimit)}
	after := queued
	events, err := after.Cancel("enough", now.Add(time.Second))
	require.NoError(t, err)
	c := changeCounters(queued, after, events)
	assert.InDelta(t, 1, c[`netra_runs_ended_total{plan="free",status="cancelled"}`], 0)
	assert.InDelta(t, 1, c[`netra_runs_total{state="unknown"}`], 0)
	for _, name := range []string{"netra_engines_created_total", "netra_engines_cleaned_total", "netra_engines_active"} {
		assert.NotContains(t, c, name)
	}
}

func TestARunConvertsOnceAndOnlyFromAnInsufficientStart(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		start   string
		answers []string
		want    float64
	}{
		{"insufficient", []string{"data", "data"}, 1},
		{"insufficient", []string{"continue", "data"}, 1},
		{"insufficient", []string{"continue", "expired"}, 0},
		{"minimal", []string{"data"}, 0},
	} {
		r := run.Run{StartState: c.start, Status: run.Waiting}
		converted := 0.0
		for _, answer := range c.answers {
			before := r
			events, err := r.Receive(answer, nil, now, QueueLimit)
			require.NoError(t, err)
			converted += changeCounters(before, r, events)["netra_conversions_total"]
			r.Status = run.Waiting // it asks again
		}
		assert.InDelta(t, c.want, converted, 0, "%+v", c)
	}
}
