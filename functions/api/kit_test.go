package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/localtest"
	"netra/emulators/secrets"
	"netra/functions/api"
	"netra/shared/access"
	"netra/shared/config"
	"netra/shared/erase"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/platform"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
	"netra/shared/usage"
)

// consoleOrigin is the one web console that may call from a browser.
const consoleOrigin = "https://console.example"

func TestMain(m *testing.M) {
	// The clients of these two are made and never called.
	for _, name := range []string{"PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"} {
		if err := os.Setenv(name, "127.0.0.1:1"); err != nil {
			panic(err)
		}
	}
	os.Exit(localtest.Main(m))
}

// kit is the API on a database and a bucket of its own, behind a real server.
type kit struct {
	t      *testing.T
	server *httptest.Server
	fleet  store.Fleet
	desk   *pipeline.Desk
	queue  *recorder
	spec   *spec
	logs   *logs
	down   *switches
	// platform reads what was stored, as the stages do.
	platform    *platform.Platform
	eraser      *erase.Eraser
	objects     string // the bucket's folder
	stopSecrets func()
}

// switches make the health checks fail.
type switches struct{ err error }

type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

type recorder struct {
	mu       sync.Mutex
	all      []queue.Message
	refusing error
}

func (q *recorder) Publish(_ context.Context, m queue.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, m)
	return q.refusing
}

// tokens knows the tokens "token-of-UID", and does not let the outsider in.
type tokens struct{}

func (tokens) UserOf(_ context.Context, token string) (string, error) {
	uid, ok := strings.CutPrefix(token, "token-of-")
	if !ok {
		return "", errors.New("internal detail: signature mismatch")
	}
	if uid == "outsider" {
		return uid, fmt.Errorf("look at who comes: %w", &access.Refusal{Detail: "Ask ops@example.com to let you in."})
	}
	return uid, nil
}

func newKit(t *testing.T) *kit {
	t.Helper()
	t.Parallel()
	k := &kit{t: t, queue: &recorder{}, logs: &logs{}, spec: readSpec(t), down: &switches{}, objects: t.TempDir()}
	var handler http.Handler
	k.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(k.server.Close)
	project := localtest.Firestore(t)
	vault, err := secrets.Start()
	require.NoError(t, err)
	t.Cleanup(vault.Stop)
	p, err := platform.New(t.Context(), config.Config{Function: "api", Project: project,
		Bucket: "file://" + filepath.ToSlash(k.objects), APIURL: k.server.URL, LogLevel: "info",
		Emulators: config.Emulators{Firestore: os.Getenv("FIRESTORE_EMULATOR_HOST"), PubSub: "127.0.0.1:1", Auth: "127.0.0.1:1", Secrets: vault.Host()}}, k.logs)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	k.fleet, k.platform, k.stopSecrets = p.Store, p, vault.Stop
	k.desk = &pipeline.Desk{Table: p.Table, Store: p.Store, Queue: k.queue, Now: time.Now}
	k.eraser = &erase.Eraser{Desk: k.desk, Bucket: p.Bucket, Credentials: p.Credentials(), Now: time.Now}
	handler = api.New(api.Deps{Desk: k.desk, Fleet: p.Store, Bucket: p.Bucket, Tokens: tokens{}, Credentials: p.Credentials(),
		Eraser: k.eraser, Uploads: p.Uploads,
		Origins: []string{consoleOrigin}, Preview: preview, Tracer: p.Tracer, Log: p.Log, Now: time.Now,
		Health: &observe.Health{Checks: []observe.Check{
			{Name: "firestore", Ping: p.Store.Ping},
			{Name: "switch", Ping: func(context.Context) error { return k.down.err }}}}})
	return k
}

func preview(r io.Reader, o usage.Options) (api.Preview, error) {
	found, err := usage.Preview(r, 1<<20, o)
	return api.Preview{Format: found.Format, Document: found}, err
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request as the user, "" for nobody, and checks that the answer is
// one that openapi.json describes. body is sent as it is if it is a string, else
// as JSON. headers are pairs.
func (k *kit) call(uid, method, path string, body any, headers ...string) answer {
	k.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		require.NoError(k.t, err)
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(k.t.Context(), method, k.server.URL+path, reader)
	require.NoError(k.t, err)
	if uid != "" {
		req.Header.Set("Authorization", "Bearer token-of-"+uid)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := k.server.Client().Transport.RoundTrip(req)
	require.NoError(k.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(k.t, err)
	a := answer{resp.StatusCode, resp.Header, raw}
	k.spec.check(k.t, method, path, a)
	return a
}

// ok calls and decodes the answer, which must have the status.
func ok[T any](k *kit, status int, uid, method, path string, body any, headers ...string) T {
	k.t.Helper()
	a := k.call(uid, method, path, body, headers...)
	require.Equal(k.t, status, a.status, "%s %s: %s", method, path, a.body)
	var out T
	if len(a.body) > 0 {
		require.NoError(k.t, json.Unmarshal(a.body, &out), "%s", a.body)
	}
	return out
}

// problem is a problem document.
type problem struct {
	Type, Kind, Title, Detail, Instance string
	Status                              int
	RetryAfter                          int `json:"retry_after_seconds"`
}

// refused checks that the answer is a problem document of the kind.
func (k *kit) refused(kind string, a answer) problem {
	k.t.Helper()
	var p problem
	require.NoError(k.t, json.Unmarshal(a.body, &p), "%s", a.body)
	require.Equal(k.t, kind, p.Kind, "%s", a.body)
	assert.Equal(k.t, "application/problem+json", a.header.Get("Content-Type"))
	assert.Equal(k.t, "urn:netra:error:"+kind, p.Type)
	assert.Equal(k.t, a.status, p.Status)
	assert.Equal(k.t, api.Kinds()[kind], a.status)
	assert.NotEmpty(k.t, p.Detail, "a problem says what to do")
	assert.NotContains(k.t, string(a.body), "internal detail")
	assert.NotContains(k.t, string(a.body), "rpc error")
	return p
}

func (k *kit) user(uid string) store.User {
	k.t.Helper()
	u, err := k.fleet.User(uid)
	require.NoError(k.t, err)
	return u
}

func (k *kit) thread(uid string) string {
	k.t.Helper()
	return ok[store.Thread](k, http.StatusCreated, uid, "POST", "/api/threads", map[string]string{"title": "bill"}).ID
}

type accepted struct {
	RunID    string     `json:"run_id"`
	ThreadID string     `json:"thread_id"`
	Status   run.Status `json:"status"`
	Position int        `json:"position"`
}

// message posts a message in a new thread.
func (k *kit) message(uid, content string) accepted {
	k.t.Helper()
	return ok[accepted](k, http.StatusAccepted, uid, "POST", "/api/threads/"+k.thread(uid)+"/messages", map[string]any{"content": content})
}

// wait brings a run to where it has asked for data.
func (k *kit) wait(uid, id string) {
	k.t.Helper()
	f, _ := k.desk.Table.Function("triage")
	step := pipeline.Step{Stage: f, Desk: k.desk, Lease: time.Minute, Log: slog.New(slog.DiscardHandler), Work: pipeline.StageFunc(
		func(context.Context, pipeline.Input, pipeline.Emitter) (pipeline.Result, error) {
			return pipeline.Result{Ask: &run.DataRequest{Round: 1, RoundsLeft: 4, Resume: "triage", ExpiresAt: time.Now().Add(time.Hour)}}, nil
		})}
	require.NoError(k.t, step.Handle(k.t.Context(), queue.Message{UID: uid, RunID: id, Stage: "triage"}))
}
