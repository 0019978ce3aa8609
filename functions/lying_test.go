package functions_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/config"
	"netra/shared/plan"
	"netra/shared/run"
)

// lies are figures that no tool computes here, in the forms in which a model may
// put them.
func lies() []string {
	return []string{"$987,654.32", "987654.32", "73.2191%", "73.2191 percent", "4,242,424 calls", "ninety-seven percent", "€ 55.555,55", "3.33e9 tokens", "1 in 7919"}
}

// liar is a model server that answers everything with lies among words.
func liar(w http.ResponseWriter, r *http.Request) {
	var text strings.Builder
	text.WriteString("Your bill can be cut. ")
	for _, lie := range lies() {
		fmt.Fprintf(&text, "The plan saves %s of it. ", lie)
	}
	text.WriteString("Start with the first step.")
	answer := text.String()
	raw, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": answer}, "finish_reason": "stop"}},
		"usage": map[string]any{"prompt_tokens": 100, "completion_tokens": 10}}) // strings and numbers
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
}

// TestWhateverTheModelDoesTheRunEndsWithFiguresOfItsOwn runs the same log with
// model servers that lie, are slow, down, at their limit, or answer nonsense: no
// run fails, none has a figure that no tool computed, and each says what became
// of the words.
func TestWhateverTheModelDoesTheRunEndsWithFiguresOfItsOwn(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "no", code)
		}
	}
	servers := map[string]struct {
		serve http.HandlerFunc
		says  string
	}{
		"lies":     {liar, "said what was not computed here"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>73.2191%") }, "No words of a language model"},
		"no words": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"choices":[]}`) }, "No words of a language model"},
		"limited":  {status(http.StatusTooManyRequests), "No words of a language model"},
		"down":     {status(http.StatusServiceUnavailable), "No words of a language model"},
		"slow": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
			<-r.Context().Done()
		}, "No words of a language model"},
	}
	log := file{"full.jsonl", jsonl(traffic(1, 600, 8*24*time.Hour))}
	const goal = "Cut cost by 30%. Hands off whatever the Lyon folks run, they are touchy"
	alone := startCloud(t, config.Model{})
	plain := alone.newUser(t, "ann", plan.Enterprise)
	expected := plain.rest(plain.ask(plain.thread(), goal, "", plain.ready(log)))
	want := figures(t, plain.files(expected)["report.json"])
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := &counted{next: s.serve}
			server := httptest.NewServer(asked)
			t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
			c := startCloud(t, config.Model{Name: "big,small", Endpoint: server.URL + "/v1/"})
			u := c.newUser(t, "ann", plan.Enterprise)
			r := u.rest(u.ask(u.thread(), goal, "", u.ready(log)))
			require.Equal(t, run.Completed, r.Status, "%+v", r.Failure)
			require.Positive(t, asked.times(), "the model was asked")
			files := u.files(r)
			assert.Contains(t, files["report.md"], s.says)
			assert.Equal(t, want, figures(t, files["report.json"]), "the plan's figures are those without a model")
			everything := fmt.Sprint(files, u.documents())
			for _, lie := range lies() {
				assert.NotContains(t, everything, lie)
			}
		})
	}
}

// figures are the plan of a report and what it cost.
func figures(t testing.TB, reportJSON string) string {
	t.Helper()
	var doc struct{ Plan, Spend, Recommendations json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(reportJSON), &doc))
	return string(doc.Plan) + string(doc.Spend) + string(doc.Recommendations)
}

// counted counts the requests of a server.
type counted struct {
	next http.HandlerFunc
	mu   sync.Mutex
	n    int
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	c.next(w, r)
}

func (c *counted) times() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
