package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/observe"
)

func line(t *testing.T, out *bytes.Buffer) map[string]any {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &fields), "%s", out)
	return fields
}

func TestLogLinesAreThoseOfCloudLoggingAndNameNoUser(t *testing.T) {
	var out bytes.Buffer
	log := observe.NewLogger(&out, "info", "my-project", "triage")
	tracer, err := observe.NewTracer(t.Context(), "", "triage")
	require.NoError(t, err)
	ctx, span := tracer.Start(t.Context(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "work")
	ctx = observe.With(ctx, "ann@example.com", "r1")
	log.DebugContext(ctx, "too fine")
	log.With("n", 1).WarnContext(ctx, "careful")
	span.End()
	fields := line(t, &out)
	assert.Equal(t, "WARNING", fields["severity"])
	assert.Equal(t, "careful", fields["message"])
	assert.Equal(t, "triage", fields["function"])
	assert.Equal(t, "r1", fields["run_id"])
	assert.InDelta(t, 1, fields["n"], 0)
	assert.Equal(t, "projects/my-project/traces/0af7651916cd43dd8448eb211c80319c", fields["logging.googleapis.com/trace"])
	assert.Equal(t, observe.HashUser("ann@example.com"), fields["user"])
	assert.NotContains(t, out.String(), "ann@")
	require.NoError(t, tracer.Close(context.WithoutCancel(ctx)))
}

func TestErrorsThatNameTheUserAreLoggedWithTheHash(t *testing.T) {
	var out bytes.Buffer
	log := observe.NewLogger(&out, "info", "my-project", "api")
	ctx := observe.With(t.Context(), "", "")
	observe.Tell(ctx, "ann", "r1")
	failure := errors.New(`blob (key "users/ann/datasets/d1"): cannot be read`)
	log.ErrorContext(ctx, "request failed", "error", failure, "again", failure.Error(), "secret", "netra-source-openai-usage-ann")
	fields := line(t, &out)
	want := `blob (key "users/` + observe.HashUser("ann") + `/datasets/d1"): cannot be read`
	assert.Equal(t, want, fields["error"])
	assert.Equal(t, want, fields["again"])
	assert.Equal(t, "netra-source-openai-usage-"+observe.HashUser("ann"), fields["secret"])
}

func TestTraceGoesOnFromFunctionToFunction(t *testing.T) {
	first, err := observe.NewTracer(t.Context(), "", "api")
	require.NoError(t, err)
	ctx, _ := first.Start(t.Context(), "", "POST")
	carried := observe.Parent(ctx)
	require.NotEmpty(t, carried)
	next, span := first.Start(t.Context(), carried, "triage")
	assert.Equal(t, strings.Split(carried, "-")[1], strings.Split(observe.Parent(next), "-")[1], "the trace is the same")
	assert.NotEqual(t, carried, observe.Parent(next))
	span.End()
	assert.Empty(t, observe.Parent(t.Context()))
	_, span = first.Start(t.Context(), "garbage\n\x00", "x")
	assert.True(t, span.SpanContext().IsValid(), "a bad parent begins a new trace")
}

func TestTextFromOutsideIsOneLineOfBoundedLength(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "a\nb\r\x00\x7fc": "a b   c", "": ""} {
		assert.Equal(t, want, observe.Line(in))
	}
	for _, long := range []string{strings.Repeat("x", 500), strings.Repeat("ü", 500), "x" + strings.Repeat("€", 300)} {
		short := observe.Line(long)
		assert.LessOrEqual(t, len(short), 203)
		assert.True(t, utf8.ValidString(short), "cut inside a character")
	}
}

func TestMetricsParseAsPrometheusText(t *testing.T) {
	var out strings.Builder
	require.NoError(t, observe.WriteMetrics(&out, map[string]float64{
		`runs_total{plan="free",status="completed"}`: 3, `runs_total{plan="mid",status="failed"}`: 1, "saved_usd": 12.5,
		`stage_seconds_bucket{stage="a",le="0.5"}`: 1, `stage_seconds_bucket{stage="a",le="10"}`: 2, `stage_seconds_bucket{stage="a",le="2.5"}`: 2,
		`stage_seconds_bucket{stage="a",le="+Inf"}`: 3, `stage_seconds_sum{stage="a"}`: 21.25, `stage_seconds_count{stage="a"}`: 3,
		`run_seconds_bucket{le="+Inf"}`: 1, `run_seconds_sum`: 2, `run_seconds_count`: 1,
		`odd_total{label="a\"b\\c"}`: 1,
	}))
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(out.String()))
	require.NoError(t, err, out.String())
	require.Len(t, families["runs_total"].GetMetric(), 2)
	assert.InDelta(t, 3, families["runs_total"].GetMetric()[0].GetCounter().GetValue(), 0)
	assert.InDelta(t, 12.5, families["saved_usd"].GetMetric()[0].GetGauge().GetValue(), 0)
	h := families["stage_seconds"].GetMetric()[0].GetHistogram()
	assert.EqualValues(t, 3, h.GetSampleCount())
	assert.InDelta(t, 21.25, h.GetSampleSum(), 0)
	var bounds []float64
	for _, b := range h.GetBucket() {
		bounds = append(bounds, b.GetUpperBound())
	}
	assert.IsIncreasing(t, bounds)
	assert.Len(t, bounds, 4)
	assert.EqualValues(t, 1, families["run_seconds"].GetMetric()[0].GetHistogram().GetSampleCount())
	assert.Equal(t, `a"b\c`, families["odd_total"].GetMetric()[0].GetLabel()[0].GetValue())
}

func TestOptionalDependencyDegradesAndANeededOneTakesDown(t *testing.T) {
	fails, works := errors.New("secret"), error(nil)
	for name, c := range map[string]struct {
		needed, optional error
		status           int
		want             string
	}{
		"all well": {works, works, 200, "ok"},
		"optional": {works, fails, 200, "degraded"},
		"needed":   {fails, works, 503, "down"},
		"both":     {fails, fails, 503, "down"},
	} {
		h := observe.Health{Checks: []observe.Check{
			{Name: "model", Optional: true, Ping: func(context.Context) error { return c.optional }},
			{Name: "store", Ping: func(context.Context) error { return c.needed }}}}
		mux := http.NewServeMux()
		h.Register(mux)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/health/ready", nil))
		assert.Equal(t, c.status, w.Code, name)
		assert.Contains(t, w.Body.String(), `"status":"`+c.want+`"`, name)
		assert.NotContains(t, w.Body.String(), "secret")
	}
}
