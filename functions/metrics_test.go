package functions_test

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/config"
	"netra/shared/plan"
	"netra/shared/run"
)

// metrics are the samples of /api/metrics by name and labels.
func (u *user) metrics() map[string]float64 {
	u.t.Helper()
	status, raw := u.request("GET", u.cloud.servers["api"].URL+"/api/metrics", nil)
	require.Equal(u.t, http.StatusOK, status)
	samples := map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		i := strings.LastIndex(lines.Text(), " ")
		value, err := strconv.ParseFloat(lines.Text()[i+1:], 64)
		require.NoError(u.t, err, lines.Text())
		samples[lines.Text()[:i]] = value
	}
	return samples
}

// TestTheBusinessMetricsTellWhatUsersGot follows one run that starts with
// nothing and is given a log after an hour, and one that is cancelled while it
// waits for data.
func TestTheBusinessMetricsTellWhatUsersGot(t *testing.T) {
	c := startCloud(t, config.Model{})
	u := c.newUser(t, "ann", plan.Early)
	const goal = "cut cost without slower answers"
	given := u.ask(u.thread(), goal, "")
	require.Equal(t, run.Waiting, u.rest(given).Status)
	log := u.ready(file{"bedrock.jsonl", reshaped(traffic(1, 1200, 8*24*time.Hour), bedrockCall)})
	c.clock.pass(time.Hour)
	u.call("POST", "/api/runs/"+given+"/data", map[string]any{"datasets": []string{log}}, &struct{}{})
	r := u.rest(given)
	require.Equal(t, run.Completed, r.Status, "%+v", r.Failure)
	cancelled := u.ask(u.thread(), goal, "")
	require.Equal(t, run.Waiting, u.rest(cancelled).Status)
	assert.InDelta(t, 1, u.metrics()["netra_engines_active"], 0, "one waits")
	u.call("POST", "/api/runs/"+cancelled+"/cancel", map[string]any{}, &struct{}{})

	m := u.metrics()
	want := map[string]float64{
		"netra_insufficient_starts_total":                         2,
		"netra_conversions_total":                                 1,
		`netra_value_delivered_total{state="minimal"}`:            1,
		"netra_time_to_value_seconds_count":                       1,
		`netra_runs_total{state="minimal"}`:                       1,
		`netra_runs_total{state="insufficient"}`:                  1,
		`netra_runs_ended_total{plan="early",status="completed"}`: 1,
		`netra_runs_ended_total{plan="early",status="cancelled"}`: 1,
		`netra_data_answers_total{plan="early",answer="data"}`:    1,
		"netra_event_gaps_total":                                  0,
		"netra_engines_created_total":                             2,
		"netra_engines_cleaned_total":                             2,
		"netra_engines_active":                                    0,
	}
	got := map[string]float64{}
	for sample, value := range m {
		name, _, _ := strings.Cut(sample, "{")
		for w := range want {
			if base, _, _ := strings.Cut(w, "{"); base == name {
				got[sample] = value
			}
		}
	}
	assert.Equal(t, want, got)
	assert.GreaterOrEqual(t, m["netra_time_to_value_seconds_sum"], time.Hour.Seconds(), "from the question on, through the wait")

	page, err := os.ReadFile("../infra/METRICS.md")
	require.NoError(t, err)
	for sample := range m {
		name, _, _ := strings.Cut(sample, "{")
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		assert.Contains(t, string(page), "`"+name, "METRICS.md explains every metric")
	}
}
