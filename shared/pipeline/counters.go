package pipeline

import (
	"fmt"
	"time"

	"netra/shared/run"
	"netra/shared/store"
)

// The counters are Prometheus samples by name and labels. They are written in
// the same atomic step as what they count, so they are right whatever crashes.

// durationBuckets are the upper bounds, in seconds, of duration histograms.
var durationBuckets = [...]float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800}

func acceptCounters(r run.Run) map[string]float64 {
	return map[string]float64{
		fmt.Sprintf("netra_runs_accepted_total{plan=%q}", r.Plan): 1,
		gapsTotal: 0, // shown before there is any, so that an alert can watch it
	}
}

const gapsTotal = "netra_event_gaps_total"

// changeCounters count what one write makes of a run, from before to after,
// with the events that it carries. It is empty for most writes.
func changeCounters(before, after run.Run, events []run.Event) map[string]float64 {
	c := map[string]float64{}
	if n := gaps(before.LastSeq, after.LastSeq, events); n > 0 {
		c[gapsTotal] = n
	}
	if before.StartedAt.IsZero() && !after.StartedAt.IsZero() {
		c["netra_engines_created_total"]++
		c["netra_engines_active"]++
	}
	if before.StartState == "" && after.StartedInsufficient() {
		c["netra_insufficient_starts_total"] = 1
	}
	if !before.Converted && after.Converted {
		c["netra_conversions_total"] = 1
	}
	if before.ValueAt.IsZero() && !after.ValueAt.IsZero() {
		c[fmt.Sprintf("netra_value_delivered_total{state=%q}", stateOf(after))] = 1
		observe(c, "netra_time_to_value_seconds", "", after.ValueAt.Sub(after.CreatedAt))
	}
	if !before.Status.Final() && after.Status.Final() {
		endCounters(c, after)
	}
	return c
}

// endCounters count the end of a run. Its engine, the set of agents that the
// run got when it first started, is cleaned: the write that ends a run also
// takes its lease and its slot away.
func endCounters(c map[string]float64, r run.Run) {
	c[fmt.Sprintf("netra_runs_ended_total{plan=%q,status=%q}", r.Plan, r.Status)]++
	c[fmt.Sprintf("netra_runs_total{state=%q}", stateOf(r))]++
	observe(c, "netra_run_duration_seconds", "", r.EndedAt.Sub(r.CreatedAt))
	if !r.StartedAt.IsZero() {
		c["netra_engines_cleaned_total"]++
		c["netra_engines_active"]--
	}
}

// stateOf is the run's data state, "unknown" before its data was assessed.
func stateOf(r run.Run) string {
	if r.Sufficiency == nil {
		return "unknown"
	}
	return r.Sufficiency.State
}

// gaps counts the places where events do not number on from the one before,
// and whether they end at another number than the run says.
func gaps(before, after int64, events []run.Event) float64 {
	n := 0.0
	for _, e := range events {
		if e.Seq != before+1 {
			n++
		}
		before = e.Seq
	}
	if before != after {
		n++
	}
	return n
}

// count adds samples to the change.
func count(c *store.Change, samples map[string]float64) {
	if c.Counters == nil {
		c.Counters = map[string]float64{}
	}
	for name, by := range samples {
		c.Counters[name] += by
	}
}

func answerCounters(r run.Run, answer string) map[string]float64 {
	return map[string]float64{fmt.Sprintf("netra_data_answers_total{plan=%q,answer=%q}", r.Plan, answer): 1}
}

func stageCounters(stage string, took time.Duration, attempts int, events int64) map[string]float64 {
	c := map[string]float64{
		fmt.Sprintf("netra_stage_commits_total{stage=%q}", stage): 1,
		fmt.Sprintf("netra_events_total{stage=%q}", stage):        float64(events),
	}
	if attempts > 1 {
		c[fmt.Sprintf("netra_stage_retries_total{stage=%q}", stage)] = float64(attempts - 1)
	}
	observe(c, "netra_stage_duration_seconds", fmt.Sprintf("stage=%q", stage), took)
	return c
}

// observe adds one observation to a histogram, as cumulative buckets.
func observe(c map[string]float64, name, label string, d time.Duration) {
	join := func(more string) string {
		if label == "" {
			return more
		}
		return label + "," + more
	}
	for _, le := range durationBuckets {
		if d.Seconds() <= le {
			c[fmt.Sprintf("%s_bucket{%s}", name, join(fmt.Sprintf("le=\"%g\"", le)))]++
		}
	}
	c[fmt.Sprintf("%s_bucket{%s}", name, join(`le="+Inf"`))]++
	suffix := ""
	if label != "" {
		suffix = "{" + label + "}"
	}
	c[name+"_count"+suffix]++
	c[name+"_sum"+suffix] += d.Seconds()
}
