package intelligence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/connector"
	"netra/shared/goal"
	"netra/shared/plan"
)

// source is a Fetcher that gives a small log or an error.
type source struct {
	err   error
	asked []connector.Request
}

func (s *source) Fetch(_ context.Context, r connector.Request, _ connector.Cursor, out io.Writer, _ func(connector.Cursor) error) (connector.Cursor, error) {
	s.asked = append(s.asked, r)
	if s.err != nil {
		io.WriteString(out, `{"half`)
		return connector.Cursor{}, s.err
	}
	n := int64(0)
	for i := range 60 {
		fmt.Fprintf(out, `{"time":"2026-01-%02dT10:00:00Z","provider":"openai","model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":100}}`+"\n", 1+i%28)
		n++
	}
	return connector.Cursor{Rows: n, Done: true}, nil
}

// asking makes a run without data whose message names a source.
func asking(t *testing.T, planName, message string, s *source, stored string) (*work, *told) {
	t.Helper()
	w, e := working(t, planName, nil, nil)
	g, err := goal.Read(message)
	require.NoError(t, err)
	w.triage.Goal, w.fetched, w.Fetcher = g, map[string]string{}, s
	w.in.Run.ID, w.in.Run.Plan = "r1", planName
	w.Now = func() time.Time { return time.Date(2026, 2, 1, 12, 30, 0, 0, time.UTC) }
	w.Credential = func(_ context.Context, uid string, kind connector.Kind) (string, bool, error) {
		if stored == "broken" {
			return "", false, errors.New("permission denied")
		}
		return stored, stored != "" && kind == connector.OpenAI && uid == "u", nil
	}
	return w, e
}

func TestALogIsFetchedWithTheStoredCredential(t *testing.T) {
	s := &source{}
	w, e := asking(t, plan.Mid, "cut our OpenAI bill", s, `{"credential":"key","base_url":"https://gateway.example"}`)
	out, err := w.look(t.Context())
	require.NoError(t, err)
	require.NotNil(t, out.Coverage)
	assert.Equal(t, int64(60), out.Coverage.Calls)
	assert.Equal(t, "runs/r1/normal.parquet", out.Object, "what was fetched is deleted with the run")
	require.Len(t, s.asked, 1)
	assert.Equal(t, "key", s.asked[0].Credential)
	assert.Equal(t, "https://gateway.example", s.asked[0].BaseURL)
	assert.Equal(t, 30*24*time.Hour, s.asked[0].To.Sub(s.asked[0].From))
	assert.Positive(t, s.asked[0].MaxBytes)
	for _, told := range e.completed {
		assert.True(t, told.Success, told.Tool)
	}
}

func TestWithoutACredentialNoSourceIsCalled(t *testing.T) {
	cases := map[string]struct{ message, stored, plan string }{
		"nothing stored":           {"cut our OpenAI bill", "", plan.Mid},
		"no source named":          {"cut our bill", "key", plan.Mid},
		"stored for another one":   {"cut our Anthropic bill", "key", plan.Mid},
		"a source nobody can call": {"cut our Azure bill", "key", plan.Mid},
		"the store is shut":        {"cut our OpenAI bill", "broken", plan.Mid},
		"not in the plan":          {"cut our OpenAI bill", "key", plan.Free},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &source{}
			w, _ := asking(t, c.plan, c.message, s, c.stored)
			out, err := w.look(t.Context())
			require.NoError(t, err)
			assert.Empty(t, s.asked)
			assert.Nil(t, out.Coverage, "the run goes on and asks for data")
		})
	}
}

func TestASourceThatFailsIsToldAndLeavesNothingBehind(t *testing.T) {
	for _, failure := range []error{connector.ErrRefused, connector.ErrTooLarge, errors.New("connection reset")} {
		w, e := asking(t, plan.Mid, "cut our OpenAI bill", &source{err: failure}, "key")
		out, err := w.look(t.Context())
		require.NoError(t, err)
		assert.Nil(t, out.Coverage)
		require.Len(t, e.completed, 1)
		assert.False(t, e.completed[0].Success)
		_, err = w.objects.Size(t.Context(), "runs/r1/fetched-openai-usage.jsonl")
		assert.Error(t, err, "half a log is not stored")
	}
}

func TestTheSpanOfTheMessageIsFetched(t *testing.T) {
	w, _ := asking(t, plan.Mid, "our OpenAI bill of the last 7 days", &source{}, "key")
	from, to := w.span()
	assert.Equal(t, 7*24*time.Hour, to.Sub(from))
	w, _ = asking(t, plan.Mid, "our OpenAI bill from 2026-01-05 to 2026-01-10", &source{}, "key")
	from, to = w.span()
	assert.Equal(t, "2026-01-05", from.Format(time.DateOnly))
	assert.Equal(t, "2026-01-11", to.Format(time.DateOnly))
}
