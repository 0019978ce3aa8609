package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/localtest"
	"netra/shared/run"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// cloud pretends to be console, sign-in and api; the events go through the real
// Firestore emulator with the real rules.
type cloud struct {
	t       *testing.T
	project string
	db      *firestore.Client
	web     *httptest.Server
	// events are the types that a run tells; asking stops at data_requested.
	events []string
	status string
	report string
	parts  int
	// locked refuses to delete.
	locked bool
	// uid is whom sign-up says that the user is.
	uid string

	mu       sync.Mutex
	uploaded bytes.Buffer
	calls    []string
	seq      int
}

func newCloud(t *testing.T, change func(*cloud)) *cloud {
	t.Helper()
	c := &cloud{
		t: t, project: localtest.Firestore(t), uid: "u1", status: "completed", parts: 2,
		events: []string{"run_started", "agent_started", "agent_completed", "run_completed"},
		report: `{"before_usd": 10, "after_usd": 7, "recommendations": [{"savings_usd": 3}]}`,
	}
	if change != nil {
		change(c)
	}
	var err error
	c.db, err = firestore.NewClient(context.Background(), c.project)
	require.NoError(t, err)
	c.web = httptest.NewServer(c)
	t.Cleanup(func() { c.web.Close(); assert.NoError(t, c.db.Close()) })
	return c
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, r.Method+" "+r.URL.Path)
	host := strings.TrimPrefix(c.web.URL, "http://")
	if strings.HasPrefix(r.URL.Path, "/api/") && r.Header.Get("Authorization") != "Bearer "+token(c.project, "u1") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	answer := map[string]any{}
	switch key := r.Method + " " + r.URL.Path; {
	case key == "GET /config.json":
		answer = map[string]any{"project": c.project, "api": c.web.URL, "emulators": map[string]any{"firestore": os.Getenv("FIRESTORE_EMULATOR_HOST"), "auth": host}}
	case strings.HasSuffix(key, "accounts:signUp"):
		answer = map[string]any{"localId": c.uid, "idToken": token(c.project, "u1")}
	case key == "POST /api/datasets":
		answer = map[string]any{"id": "d1", "parts": c.partsOf(r)}
	case strings.HasPrefix(key, "PUT /part"):
		_, _ = c.uploaded.ReadFrom(r.Body)
	case key == "POST /api/datasets/d1/complete":
		answer = map[string]any{"id": "d1", "status": "ready"}
	case key == "POST /api/threads":
		answer = map[string]any{"id": "t1"}
	case key == "POST /api/threads/t1/messages":
		answer = map[string]any{"run_id": "r1"}
		c.tell(c.events)
	case key == "POST /api/runs/r1/continue":
		c.tell([]string{"data_received", "run_completed"})
	case key == "GET /api/runs/r1":
		answer = map[string]any{"status": c.status, "artifacts": []string{"report.json", "report.md"}}
	case key == "GET /api/runs/r1/artifacts/report.json":
		_, _ = w.Write([]byte(c.report))
		return
	case key == "DELETE /api/datasets/d1": // went with the thread
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete && c.locked:
		w.WriteHeader(http.StatusInternalServerError)
	case r.Method == http.MethodDelete:
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// partsOf cuts the announced log into parts.
func (c *cloud) partsOf(r *http.Request) []map[string]any {
	var in struct {
		Bytes int `json:"bytes"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		return nil
	}
	var all []map[string]any
	size := (in.Bytes + c.parts - 1) / c.parts
	for i := range c.parts {
		all = append(all, map[string]any{"offset": i * size, "bytes": min(size, in.Bytes-i*size), "url": fmt.Sprintf("%s/part/%d", c.web.URL, i)})
	}
	return all
}

// tell writes events as the pipeline does; "gap" leaves a number out.
func (c *cloud) tell(types []string) {
	for _, kind := range types {
		c.seq++
		if kind == "gap" {
			continue
		}
		doc := c.db.Doc(fmt.Sprintf("users/u1/runs/r1/events/%08d", c.seq))
		_, err := doc.Create(context.Background(), map[string]any{
			"seq": c.seq, "type": kind, "run_id": "r1", "thread_id": "t1", "stage": "triage", "attempt": 1, "time": time.Now(), "data": map[string]any{},
		})
		assert.NoError(c.t, err)
	}
}

func token(project, uid string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"none","typ":"JWT"}`) + "." + part(fmt.Sprintf(
		`{"iss":"https://securetoken.google.com/%[1]s","aud":%[1]q,"sub":%[2]q,"user_id":%[2]q,"iat":1,"exp":99999999999}`, project, uid)) + "."
}

func smoke(t *testing.T, c *cloud) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := realMain(t.Context(), []string{"-console=" + c.web.URL, "-timeout=30s"}, &out)
	return out.String(), err
}

func TestWholeJourneySucceedsAndLeavesNothing(t *testing.T) {
	c := newCloud(t, nil)
	out, err := smoke(t, c)
	require.NoError(t, err, out)
	assert.Contains(t, out, "4 events, each once and in order; agents: triage")
	assert.Contains(t, out, "the report has 3 figures")
	assert.Contains(t, c.calls, "DELETE /api/threads/t1")
	assert.Contains(t, c.calls, "DELETE /api/datasets/d1")
	log, err := sampleLog()
	require.NoError(t, err)
	assert.True(t, bytes.Equal(log, c.uploaded.Bytes()), "the parts make up the log")
}

func TestRunThatAsksForDataIsToldToGoOn(t *testing.T) {
	c := newCloud(t, func(c *cloud) { c.events = []string{"run_started", "agent_completed", "data_requested"} })
	out, err := smoke(t, c)
	require.NoError(t, err, out)
	assert.Contains(t, c.calls, "POST /api/runs/r1/continue")
}

func TestWhatIsWrongIsNamedAndStillCleanedUp(t *testing.T) {
	cases := []struct {
		name, says string
		change     func(*cloud)
	}{
		{"an event is missing", "event 3 came after event 1", func(c *cloud) { c.events = []string{"run_started", "gap", "run_completed"} }},
		{"the run fails", "ended with run_failed", func(c *cloud) { c.events = []string{"run_started", "run_failed"} }},
		{"no agent worked", "without any agent", func(c *cloud) { c.events = []string{"run_started", "run_completed"} }},
		{"the state says otherwise", "the run is running", func(c *cloud) { c.status = "running" }},
		{"an empty report", "has 0 figures", func(c *cloud) { c.report = `{"text": "nothing"}` }},
		{"what was made stays", "delete what the smoke test made", func(c *cloud) { c.locked = true }},
		{"a report that is no JSON", "no JSON", func(c *cloud) { c.report = `<html>` }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := newCloud(t, tc.change)
			_, err := smoke(t, c)
			assert.ErrorContains(t, err, tc.says)
			assert.Contains(t, c.calls, "DELETE /api/datasets/d1")
		})
	}
}

func TestAListenerThatBreaksIsReplacedAFewTimes(t *testing.T) {
	c := newCloud(t, func(c *cloud) { c.uid = "u2" }) // whose events the user may not read
	out, err := smoke(t, c)
	assert.ErrorContains(t, err, "after event 0")
	assert.Equal(t, listenAgain, strings.Count(out, "listening again"))
}

func TestAnEventThatAListenerLeftOutIsAskedForAgain(t *testing.T) {
	c := newCloud(t, func(c *cloud) { c.events = []string{"run_started", "gap", "run_completed"} })
	out, err := smoke(t, c)
	assert.ErrorIs(t, err, errGap)
	assert.Equal(t, listenAgain, strings.Count(out, "listening again"))
	p := progress{}
	require.ErrorIs(t, p.take(event(2)), errGap)
	require.NoError(t, p.take(event(1)), "the next listener tells all of them")
	require.NoError(t, p.take(event(2)))
	assert.EqualValues(t, 2, p.last)
}

func TestEventsThatComeTwiceAreCountedOnce(t *testing.T) {
	p := progress{}
	for _, seq := range []int64{1, 2, 1, 2, 3} {
		require.NoError(t, p.take(event(seq)))
	}
	assert.EqualValues(t, 3, p.last)
	assert.Len(t, p.completed, 3)
}

func TestConsoleIsFoundBesideTheApi(t *testing.T) {
	assert.Equal(t, "https://netra-console-123.europe-west1.run.app", besides("https://netra-api-123.europe-west1.run.app"))
	assert.Empty(t, besides("http://localhost:8080"))
}

func TestUsageAndMissingConsoleAreErrors(t *testing.T) {
	assert.ErrorContains(t, realMain(t.Context(), nil, &bytes.Buffer{}), "give -console URL")
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	assert.ErrorContains(t, realMain(t.Context(), []string{"-console=" + web.URL}, &bytes.Buffer{}), "the console's settings")
}

func event(seq int64) run.Event {
	return run.Event{Seq: seq, Type: run.AgentCompleted, Stage: "triage"}
}
