package tools_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/tools"
)

type in struct {
	N int `json:"n"`
	// Private must not be shown.
	Private string `json:"-"`
}

type out struct {
	Double int    `json:"double"`
	Text   string `json:"text,omitempty"`
}

// told is an Emitter that keeps the events and fails on demand.
type told struct {
	executing          []run.ToolExecutingData
	completed          []run.ToolCompletedData
	failStart, failEnd error
}

func (e *told) ToolExecuting(_ context.Context, d run.ToolExecutingData) error {
	e.executing = append(e.executing, d)
	return e.failStart
}

func (e *told) ToolCompleted(_ context.Context, d run.ToolCompletedData) error {
	e.completed = append(e.completed, d)
	return e.failEnd
}

// ticking returns a clock that goes on by 7 ms with every look at it.
func ticking() func() time.Time {
	t := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time {
		t = t.Add(7 * time.Millisecond)
		return t
	}
}

func dispatcher(t *testing.T, planName string) (*tools.Dispatcher, *told) {
	t.Helper()
	p := plan.Named(planName)
	e := &told{}
	return tools.New(e, p, ticking()), e
}

// traced is a context with a span, and the spans below it.
func traced(t *testing.T) (context.Context, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	ctx, _ := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("").Start(t.Context(), "stage")
	return ctx, spans
}

// said are the attributes of the last span that ended.
func said(spans *tracetest.SpanRecorder) map[string]any {
	all := map[string]any{}
	ended := spans.Ended()
	for _, a := range ended[len(ended)-1].Attributes() {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

func double(change func(*tools.Tool[in, out])) tools.Tool[in, out] {
	tool := tools.Tool[in, out]{
		Name: "double", Purpose: "doubles a number", Permission: plan.Price,
		Run:     func(_ context.Context, i in) (out, error) { return out{Double: 2 * i.N}, nil },
		Summary: func(o out) string { return "doubled" },
	}
	if change != nil {
		change(&tool)
	}
	return tool
}

func TestACallTellsOfStartAndEndAndHasASpan(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	ctx, spans := traced(t)
	got, err := tools.Call(ctx, d, double(nil), in{N: 21, Private: "a prompt"})
	require.NoError(t, err)
	assert.Equal(t, 42, got.Double)

	require.Len(t, e.executing, 1)
	assert.Equal(t, "doubles a number", e.executing[0].Purpose)
	assert.JSONEq(t, `{"n":21}`, string(e.executing[0].Parameters))
	assert.Equal(t, []run.ToolCompletedData{{Tool: "double", Success: true, DurationMS: 7, Summary: "doubled"}}, e.completed)

	require.Len(t, spans.Ended(), 1)
	assert.Equal(t, "double", spans.Ended()[0].Name())
	assert.Equal(t, map[string]any{"netra.outcome": "succeeded", "netra.plan": plan.Free,
		"netra.in_bytes": int64(len(`{"n":21}`)), "netra.out_bytes": int64(len(`{"double":42}`))}, said(spans))
	require.Len(t, d.Results(), 1)
	assert.JSONEq(t, `{"double":42}`, string(d.Results()[0].Output))
}

func TestADeniedToolNamesPermissionAndPlanAndDoesNotRun(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	ran := false
	tool := double(func(tool *tools.Tool[in, out]) {
		tool.Permission = plan.Connect
		tool.Run = func(context.Context, in) (out, error) { ran = true; return out{}, nil }
	})
	_, err := tools.Call(t.Context(), d, tool, in{})
	require.ErrorIs(t, err, tools.ErrDenied)
	assert.False(t, ran)
	require.Len(t, e.completed, 1)
	assert.Equal(t, &run.DeniedData{Permission: "connector.fetch", Plan: plan.Mid}, e.completed[0].Denied)
	assert.Contains(t, e.completed[0].Summary, "connector.fetch")
	assert.Contains(t, e.completed[0].Summary, plan.Mid)
	assert.Empty(t, d.Results())

	_, err = tools.Call(t.Context(), d, double(nil), in{})
	assert.NoError(t, err, "the caller goes on with other tools")
}

func TestAPermissionThatNoPlanHasIsSaidSo(t *testing.T) {
	d, e := dispatcher(t, plan.Enterprise)
	tool := double(func(tool *tools.Tool[in, out]) { tool.Permission = "teleport" })
	_, err := tools.Call(t.Context(), d, tool, in{})
	require.ErrorIs(t, err, tools.ErrDenied)
	assert.Contains(t, e.completed[0].Summary, "no plan has")
}

// secretError holds what users must not see, and a message that they may.
type secretError struct{}

func (secretError) Error() string       { return "dial 10.0.0.7: refused" }
func (secretError) UserMessage() string { return "the log could not be read" }

func TestFailedCalls(t *testing.T) {
	cases := map[string]struct {
		change  func(*tools.Tool[in, out])
		is      error
		outcome string
		summary string
	}{
		"error of the tool stays internal": {
			change: func(tool *tools.Tool[in, out]) {
				tool.Run = func(context.Context, in) (out, error) { return out{}, errors.ErrUnsupported }
			},
			is: errors.ErrUnsupported, outcome: "failed", summary: "the tool failed",
		},
		"error with words for the user": {
			change: func(tool *tools.Tool[in, out]) {
				tool.Run = func(context.Context, in) (out, error) { return out{}, secretError{} }
			},
			is: secretError{}, outcome: "failed", summary: "the log could not be read",
		},
		"panic": {
			change: func(tool *tools.Tool[in, out]) {
				tool.Run = func(context.Context, in) (out, error) { panic("index out of range") }
			},
			is: tools.ErrPanicked, outcome: "failed", summary: "the tool failed",
		},
		"input too large": {
			change: func(tool *tools.Tool[in, out]) { tool.MaxIn = 3 },
			is:     tools.ErrSizeLimit, outcome: "too_large", summary: "too much data for the tool",
		},
		"output too large": {
			change: func(tool *tools.Tool[in, out]) {
				tool.MaxOut = 100
				tool.Run = func(context.Context, in) (out, error) { return out{Text: strings.Repeat("x", 100)}, nil }
			},
			is: tools.ErrSizeLimit, outcome: "too_large", summary: "too much data for the tool",
		},
		"tool that minds its context runs out of time": {
			change: func(tool *tools.Tool[in, out]) {
				tool.Timeout = time.Millisecond
				tool.Run = func(ctx context.Context, _ in) (out, error) { <-ctx.Done(); return out{}, ctx.Err() }
			},
			is: tools.ErrTimeLimit, outcome: "timed_out", summary: "tool took too long",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, e := dispatcher(t, plan.Free)
			ctx, spans := traced(t)
			_, err := tools.Call(ctx, d, double(c.change), in{N: 1})
			require.ErrorIs(t, err, c.is)
			require.Len(t, e.completed, 1)
			assert.False(t, e.completed[0].Success)
			assert.Equal(t, c.summary, e.completed[0].Summary)
			assert.Equal(t, c.outcome, said(spans)["netra.outcome"])
			require.Len(t, spans.Ended()[0].Events(), 1, "why it failed")
			assert.Empty(t, d.Results(), "no figure may be quoted from a failed call")
		})
	}
}

func TestAToolThatIgnoresItsContextIsLeftBehind(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	release := make(chan struct{})
	defer close(release)
	tool := double(func(tool *tools.Tool[in, out]) {
		tool.Timeout = time.Millisecond
		tool.Run = func(context.Context, in) (out, error) { <-release; return out{}, nil }
	})
	ctx, spans := traced(t)
	_, err := tools.Call(ctx, d, tool, in{})
	require.ErrorIs(t, err, tools.ErrTimeLimit)
	assert.Equal(t, true, said(spans)["netra.abandoned"])
	assert.Len(t, e.completed, 1)
}

func TestACancelledStageGetsItsCauseAndTellsNothingMore(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	gone := errors.New("run was cancelled")
	ctx, spans := traced(t)
	ctx, cancel := context.WithCancelCause(ctx)
	tool := double(func(tool *tools.Tool[in, out]) {
		tool.Run = func(ctx context.Context, _ in) (out, error) { cancel(gone); <-ctx.Done(); return out{}, ctx.Err() }
	})
	_, err := tools.Call(ctx, d, tool, in{})
	require.ErrorIs(t, err, gone)
	assert.Equal(t, "cancelled", said(spans)["netra.outcome"])
	assert.Empty(t, e.completed)
}

func TestAnEventThatCannotBeWrittenEndsTheCall(t *testing.T) {
	lost := errors.New("lease lost")
	d, e := dispatcher(t, plan.Free)
	ran := false
	tool := double(func(tool *tools.Tool[in, out]) {
		tool.Run = func(context.Context, in) (out, error) { ran = true; return out{}, nil }
	})
	e.failStart = lost
	_, err := tools.Call(t.Context(), d, tool, in{})
	require.ErrorIs(t, err, lost)
	assert.False(t, ran, "a stage that lost its lease must not work")

	e.failStart, e.failEnd = nil, lost
	_, err = tools.Call(t.Context(), d, tool, in{})
	require.ErrorIs(t, err, lost)
	assert.True(t, ran)
}

func TestLargeParametersAreShownBySizeOnly(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	tool := tools.Tool[string, int]{Name: "count", Run: func(_ context.Context, s string) (int, error) { return len(s), nil }}
	n, err := tools.Call(t.Context(), d, tool, strings.Repeat("y", 10_000))
	require.NoError(t, err)
	assert.Equal(t, 10_000, n)
	assert.JSONEq(t, `{"bytes":10002}`, string(e.executing[0].Parameters))
	assert.Equal(t, "done", e.completed[0].Summary)
}
