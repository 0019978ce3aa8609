package llm_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/llm"
	"netra/shared/llm/llmtest"
)

// fake is a model that gives its answers in turn; the last one repeats.
type fake struct {
	asked   int
	answers []answer
	seen    []llm.Request
}

type answer struct {
	response llm.Response
	err      error
}

func (f *fake) Generate(_ context.Context, request llm.Request) (llm.Response, error) {
	f.seen = append(f.seen, request)
	a := f.answers[min(f.asked, len(f.answers)-1)]
	f.asked++
	return a.response, a.err
}

func says(text string) *fake {
	return &fake{answers: []answer{{response: llm.Response{Text: text, InputTokens: 400, OutputTokens: 100}}}}
}

func fails(err error) *fake { return &fake{answers: []answer{{err: err}}} }

func TestTheCircuitOpensAfterFailuresAndClosesAgain(t *testing.T) {
	c := &clock{now: time.Unix(1e9, 0)}
	model := &fake{answers: []answer{{err: llm.ErrUnavailable}, {err: llm.ErrRateLimited}, {err: llm.ErrUnavailable}, {response: llm.Response{Text: "back"}}}}
	breaker := llm.NewBreaker(model, 2, time.Minute, c.time)
	ask := func() error { _, err := breaker.Generate(t.Context(), hello); return err }

	require.ErrorIs(t, ask(), llm.ErrUnavailable)
	require.ErrorIs(t, ask(), llm.ErrRateLimited)
	require.ErrorIs(t, ask(), llm.ErrOpen)
	assert.Equal(t, 2, model.asked, "an open circuit asks nobody")

	c.pass(time.Minute)
	require.ErrorIs(t, ask(), llm.ErrUnavailable, "one request is let through")
	require.ErrorIs(t, ask(), llm.ErrOpen, "and it failed")

	c.pass(time.Minute)
	require.NoError(t, ask())
	require.NoError(t, ask(), "the circuit is closed again")
}

func TestOnlyFailuresOfTheModelOpenTheCircuit(t *testing.T) {
	for _, err := range []error{llm.ErrRefused, llm.ErrGarbage} {
		model := fails(err)
		breaker := llm.NewBreaker(model, 1, time.Minute, time.Now)
		for range 3 {
			_, got := breaker.Generate(t.Context(), hello)
			assert.ErrorIs(t, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	model := fails(context.Canceled)
	breaker := llm.NewBreaker(model, 1, time.Minute, time.Now)
	for range 3 {
		_, err := breaker.Generate(ctx, hello)
		assert.NotErrorIs(t, err, llm.ErrOpen, "a caller that gave up says nothing of the model")
	}
}

func TestASmallerModelAnswersWhenTheFirstCannot(t *testing.T) {
	for _, err := range []error{llm.ErrUnavailable, llm.ErrRateLimited, llm.ErrGarbage, llm.ErrOpen, llm.ErrRefused} {
		small := says("from the small one")
		got, gotErr := llm.NewFallback(fails(err), small).Generate(t.Context(), hello)
		require.NoError(t, gotErr)
		assert.Equal(t, "from the small one", got.Text)
	}
	_, err := llm.NewFallback(fails(llm.ErrUnavailable), fails(llm.ErrRateLimited)).Generate(t.Context(), hello)
	assert.ErrorIs(t, err, llm.ErrUnavailable)
	assert.ErrorIs(t, err, llm.ErrRateLimited)
	_, err = llm.NewFallback().Generate(t.Context(), hello)
	assert.ErrorIs(t, err, llm.ErrUnavailable)
}

func TestNoSmallerModelIsAskedWhenTheTimeIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	small := says("too late")
	_, err := llm.NewFallback(fails(context.Canceled), small).Generate(ctx, hello)
	require.Error(t, err)
	assert.Zero(t, small.asked)
}

func TestABudgetEnds(t *testing.T) {
	limits := llm.Limits{PerCall: time.Second, Total: time.Minute, Tokens: 1000, Calls: 10}
	cases := map[string]struct {
		change func(*llm.Limits)
		pass   time.Duration
		calls  int
	}{
		"tokens": {func(*llm.Limits) {}, 0, 2},
		"calls":  {func(l *llm.Limits) { l.Calls = 1 }, 0, 1},
		"time":   {func(l *llm.Limits) { l.Tokens = 1e6 }, 21 * time.Second, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l, at, model := limits, &clock{now: time.Unix(1e9, 0)}, says("hi")
			c.change(&l)
			budget := llm.NewBudget(model, l, at.time)
			var err error
			for err == nil {
				_, err = budget.Generate(t.Context(), hello)
				at.pass(c.pass)
			}
			require.ErrorIs(t, err, llm.ErrBudget)
			assert.Equal(t, c.calls, model.asked)
			tokens, calls := budget.Spent()
			assert.Equal(t, int64(500*c.calls), tokens)
			assert.Equal(t, c.calls, calls)
		})
	}
}

func TestOneCallMayNotUseTheWholeTime(t *testing.T) {
	s := &script{Steps: []step{{Hang: true}}}
	model := llmtest.Adapters()["openai-compatible"](t, s)
	budget := llm.NewBudget(model, llm.Limits{PerCall: 20 * time.Millisecond, Total: time.Hour, Tokens: 1, Calls: 1}, time.Now)
	_, err := budget.Generate(t.Context(), hello)
	assert.ErrorIs(t, err, llm.ErrUnavailable)
}

type verdict struct {
	Lever string `json:"lever"`
	Wins  bool   `json:"wins"`
}

func TestStructuredAnswers(t *testing.T) {
	good := answer{response: llm.Response{Text: `{"lever":"batch","wins":true}`}}
	bad := func(text string) answer { return answer{response: llm.Response{Text: text}} }
	cases := map[string]struct {
		answers []answer
		asked   int
		err     error
	}{
		"right at once":           {[]answer{good}, 1, nil},
		"in a fence":              {[]answer{bad("```json\n{\"lever\":\"batch\",\"wins\":true}\n```")}, 1, nil},
		"right after a hint":      {[]answer{bad(`{"lever":5}`), good}, 2, nil},
		"no JSON twice":           {[]answer{bad("sure!"), bad("here it is: {}")}, 2, llm.ErrGarbage},
		"fields that are unknown": {[]answer{bad(`{"lever":"batch","wins":true,"savings":99}`)}, 2, llm.ErrGarbage},
		"cut off":                 {[]answer{{response: llm.Response{Text: `{"lever":"batch","wins":true}`, Cut: true}}, good}, 2, nil},
		"down":                    {[]answer{{err: llm.ErrUnavailable}}, 1, llm.ErrUnavailable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			model := &fake{answers: c.answers}
			got, err := llm.Structured[verdict](t.Context(), model, hello)
			assert.Equal(t, c.asked, model.asked)
			assert.NotNil(t, model.seen[0].Schema)
			if c.err != nil {
				assert.True(t, errors.Is(err, c.err), "%v", err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, verdict{"batch", true}, got)
		})
	}
}
