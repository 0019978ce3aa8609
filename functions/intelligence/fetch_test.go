package intelligence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/connector"
	"netra/shared/goal"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/store"
	"netra/shared/tools"
)

// source is a Fetcher that gives a small log in pages of ten rows, or an error.
type source struct {
	err error
	// errAfter is how many pages come before err; late is called before each page.
	errAfter int64
	late     func()
	asked    []connector.Request
	pages    []int64
}

func (s *source) Fetch(ctx context.Context, r connector.Request, at connector.Cursor, out io.Writer, saved func(connector.Cursor) error) (connector.Cursor, error) {
	s.asked = append(s.asked, r)
	for !at.Done {
		if s.late != nil {
			s.late()
		}
		if err := ctx.Err(); err != nil {
			return at, err
		}
		if s.err != nil && at.Pages >= s.errAfter {
			return at, s.err
		}
		for i := range 10 {
			n, _ := fmt.Fprintf(out, `{"time":"2026-01-%02dT%02d:00:00Z","provider":"openai","model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":100}}`+"\n", 1+at.Pages*3, i)
			at.Bytes += int64(n)
		}
		at.Pages, at.Rows = at.Pages+1, at.Rows+10
		at.Done = at.Pages == 6
		s.pages = append(s.pages, at.Pages)
		if err := saved(at); err != nil {
			return at, err
		}
	}
	return at, nil
}

// asking makes a run without data whose message names a source.
func asking(t *testing.T, planName, message string, s *source, stored string) (*work, *told) {
	t.Helper()
	w, e := working(t, planName, nil, nil)
	g, err := goal.Read(message)
	require.NoError(t, err)
	w.triage.Goal, w.fetched, w.Fetcher = g, map[string]handover.Fetched{}, s
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
	assert.Regexp(t, `^runs/r1/normal-\w+\.parquet$`, out.Object, "what was fetched is deleted with the run")
	assert.Contains(t, out.Reports[0].Notes[len(out.Reports[0].Notes)-1].Text, "fetched by Netra from openai-usage: 2026-01-02 to 2026-02-01")
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

func TestTheSourceThatTheUserChoseIsFetchedThoughTheMessageNamesNone(t *testing.T) {
	s := &source{}
	w, _ := asking(t, plan.Mid, "cut our bill", s, "key")
	w.in.Run.Source = string(connector.OpenAI)
	out, err := w.look(t.Context())
	require.NoError(t, err)
	require.NotNil(t, out.Coverage)
	assert.Len(t, s.asked, 1)
}

// TestASourceThatFailsIsTold, with what the user can do about it.
func TestASourceThatFailsIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		wants string
	}{
		"refused":   {connector.ErrRefused, "the secret netra-source-openai-usage-u. It must hold an admin key"},
		"too large": {connector.ErrTooLarge, "larger than the plan allows"},
		"down":      {errors.New("dial tcp 10.1.2.3: connection reset"), "openai-usage does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			w, e := asking(t, plan.Mid, "cut our OpenAI bill", &source{err: c.err}, "key")
			out, err := w.look(t.Context())
			require.NoError(t, err)
			assert.Nil(t, out.Coverage)
			require.Len(t, e.completed, 1)
			assert.False(t, e.completed[0].Success)
			assert.Contains(t, e.completed[0].Summary, c.wants)
			assert.NotContains(t, e.completed[0].Summary, "10.1.2.3")
		})
	}
}

// TestWhatCameBeforeABoundOrAFaultIsUsed, and the report says that it is not all.
func TestWhatCameBeforeABoundOrAFaultIsUsed(t *testing.T) {
	for _, failure := range []error{connector.ErrTooLarge, errors.New("connection reset")} {
		w, e := asking(t, plan.Mid, "cut our OpenAI bill", &source{err: failure, errAfter: 2}, "key")
		out, err := w.look(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 20, out.Coverage.Calls)
		assert.Contains(t, e.completed[0].Summary, "20 rows fetched from openai-usage; not all: ")
		assert.Contains(t, out.Reports[0].Notes[len(out.Reports[0].Notes)-1].Text, "not all of it")
	}
}

// TestAnInterruptedFetchGoesOnAtItsPage: the next attempt asks for no page again
// that is stored, over the same span although time went on.
func TestAnInterruptedFetchGoesOnAtItsPage(t *testing.T) {
	ctx, kill := context.WithCancel(t.Context())
	s := &source{}
	w, _ := asking(t, plan.Mid, "cut our OpenAI bill", s, "key")
	now := w.Now()
	w.Now = func() time.Time { return now }
	s.late = func() {
		now = now.Add(pieceTime)
		if len(s.pages) == 4 {
			kill()
		}
	}
	w.in.Run.Attempt = 1
	_, err := w.look(ctx)
	require.ErrorIs(t, err, context.Canceled)

	s.late, w.in.Run.Attempt = nil, 2
	now = now.Add(2 * time.Hour)
	w.tools = tools.New(&told{}, plan.All()[2], w.Now)
	out, err := w.look(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []int64{1, 2, 3, 4, 5, 6}, s.pages)
	assert.EqualValues(t, 60, out.Coverage.Calls)
	require.Len(t, s.asked, 2)
	assert.Equal(t, s.asked[0].From, s.asked[1].From)
	assert.Equal(t, s.asked[0].To, s.asked[1].To)
}

// thread answers for the run that a follow-up message follows.
type thread struct {
	store.Reader
	results map[string]json.RawMessage
}

func (d thread) Run(_ context.Context, id string) (store.Versioned[run.Run], error) {
	return store.Versioned[run.Run]{Value: run.Run{ID: id, EndedAt: time.Unix(1, 0)}}, nil
}

func (d thread) Results(context.Context, string) (map[string]json.RawMessage, error) {
	return d.results, nil
}

// follow makes the run of a next message in the thread of w.
func follow(t *testing.T, w *work, before handover.Intelligence, message string) *work {
	t.Helper()
	raw, err := json.Marshal(before)
	require.NoError(t, err)
	g, err := goal.Read(message)
	require.NoError(t, err)
	next := *w
	next.triage.Goal, next.fetched = g, map[string]handover.Fetched{}
	next.in.Run.ID, next.in.Run.Previous, next.in.Run.CreatedAt = "r2", "r1", w.Now()
	next.in.Documents = thread{w.in.Documents, map[string]json.RawMessage{"intelligence": raw}}
	return &next
}

func TestAFollowUpKeepsTheFetchedLog(t *testing.T) {
	for message, c := range map[string]struct {
		fetches int
		object  string
	}{
		"only options with no quality risk":    {1, "runs/r1/"},
		"what if the cache lived an hour?":     {1, "runs/r1/"},
		"look at the last 7 days of OpenAI":    {1, "runs/r1/"},
		"look at the last 60 days":             {2, "runs/r2/"},
		"and since 2025-11-01?":                {2, "runs/r2/"},
		"what would Anthropic be for OpenAI?":  {1, "runs/r1/"},
		"leave out the eu team, says Langfuse": {1, "runs/r1/"},
	} {
		t.Run(message, func(t *testing.T) {
			s := &source{}
			w, _ := asking(t, plan.Mid, "cut our OpenAI bill", s, "key")
			first, err := w.look(t.Context())
			require.NoError(t, err)
			second, err := follow(t, w, first, message).look(t.Context())
			require.NoError(t, err)
			assert.Len(t, s.asked, c.fetches)
			assert.EqualValues(t, 60, second.Coverage.Calls)
			assert.True(t, strings.HasPrefix(second.Object, c.object), second.Object)
			require.Len(t, second.Fetched, 1)

			third, err := follow(t, w, second, "why not batch?").look(t.Context())
			require.NoError(t, err)
			assert.Len(t, s.asked, c.fetches, "and so does the one after it")
			assert.Equal(t, second.Object, third.Object)
		})
	}
}

func TestAKeptLogThatIsGoneIsFetchedAgain(t *testing.T) {
	s := &source{}
	w, _ := asking(t, plan.Mid, "cut our OpenAI bill", s, "key")
	first, err := w.look(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.objects.DeleteAll(t.Context(), "runs/r1"))
	next := follow(t, w, first, "only options with no quality risk")
	second, err := next.look(t.Context())
	require.NoError(t, err)
	assert.Len(t, s.asked, 2)
	assert.EqualValues(t, 60, second.Coverage.Calls)

	next.Credential = func(context.Context, string, connector.Kind) (string, bool, error) { return "", false, nil }
	require.NoError(t, w.objects.DeleteAll(t.Context(), "runs/r2"))
	next.fetched = map[string]handover.Fetched{}
	third, err := next.look(t.Context())
	require.NoError(t, err)
	assert.Nil(t, third.Coverage, "without the credential the run asks for data")
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
