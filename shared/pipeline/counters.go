package pipeline

import (
	"fmt"
	"time"

	"netra/shared/run"
)

// The counters are Prometheus samples by name and labels. They are written in
// the same atomic step as what they count, so they are right whatever crashes.

// durationBuckets are the upper bounds, in seconds, of duration histograms.
var durationBuckets = [...]float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800}

func acceptCounters(r run.Run) map[string]float64 {
	return map[string]float64{fmt.Sprintf("netra_runs_accepted_total{plan=%q}", r.Plan): 1}
}

func endCounters(r run.Run) map[string]float64 {
	c := map[string]float64{fmt.Sprintf("netra_runs_ended_total{plan=%q,status=%q}", r.Plan, r.Status): 1}
	observe(c, "netra_run_duration_seconds", "", r.EndedAt.Sub(r.CreatedAt))
	return c
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
