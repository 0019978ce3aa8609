package sweeper_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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
	"gocloud.dev/blob/fileblob"

	"netra/emulators/localtest"
	"netra/emulators/oidc"
	"netra/functions/stage"
	"netra/functions/sweeper"
	"netra/shared/bucket"
	"netra/shared/erase"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// kit is a sweeper on a database and a bucket of its own; its clock stands at
// now until a test moves it.
type kit struct {
	t       *testing.T
	now     time.Time
	fleet   *storefirestore.Store
	bucket  *bucket.Bucket
	queue   *recorder
	sweeper *sweeper.Sweeper
	handler http.Handler
	log     bytes.Buffer
	// credentials refuse to be erased while they hold an error.
	credentials credentials
}

type credentials struct{ refusing error }

func (c *credentials) Erase(context.Context, string) error { return c.refusing }

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

func newKit(t *testing.T, tokens *queue.TokenChecker) *kit {
	t.Helper()
	client, err := firestore.NewClient(t.Context(), localtest.Firestore(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	objects, err := fileblob.OpenBucket(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, objects.Close()) })
	table, err := pipeline.Load()
	require.NoError(t, err)
	tracer, err := observe.NewTracer(t.Context(), "", "sweeper")
	require.NoError(t, err)
	k := &kit{t: t, now: time.Now().UTC().Truncate(time.Millisecond), fleet: storefirestore.New(client), bucket: bucket.New(objects), queue: &recorder{}}
	clock := func() time.Time { return k.now }
	log := slog.New(slog.NewTextHandler(&k.log, nil))
	desk := &pipeline.Desk{Table: table, Store: k.fleet, Queue: k.queue, Now: clock}
	k.sweeper = &sweeper.Sweeper{Fleet: k.fleet, Log: log, Now: clock, Desk: desk,
		Eraser: &erase.Eraser{Desk: desk, Bucket: k.bucket, Credentials: &k.credentials, Now: clock}}
	k.handler = sweeper.New(k.sweeper, stage.Push{Tokens: tokens, Tracer: tracer, Log: log}, &observe.Health{})
	return k
}

// submit starts a run of the user; its thread, data and files expire in a day.
func (k *kit) submit(uid, id string) store.User {
	k.t.Helper()
	u, err := k.fleet.User(uid)
	require.NoError(k.t, err)
	expire := k.now.Add(24 * time.Hour)
	_, err = u.Apply(k.t.Context(), store.Change{
		Threads:  []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t-" + id}}},
		Datasets: []store.Versioned[store.Dataset]{{Value: store.Dataset{ID: "d-" + id, ExpireAt: expire}}}})
	require.NoError(k.t, err)
	for _, name := range []string{"datasets/d-" + id + "/parts/00000", "runs/" + id + "/artifacts/report.html"} {
		require.NoError(k.t, k.bucket.User(uid).Put(k.t.Context(), name, strings.NewReader("x")))
	}
	_, _, err = k.sweeper.Desk.Submit(k.t.Context(), u, pipeline.Submission{
		Run:     run.Run{ID: id, UserID: uid, ThreadID: "t-" + id, MessageID: "m", Plan: plan.Free, ExpireAt: expire},
		Message: store.Message{ID: "m", ThreadID: "t-" + id}})
	require.NoError(k.t, err)
	return u
}

func (k *kit) sweep() sweeper.Report {
	k.t.Helper()
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/sweep", nil))
	require.Equal(k.t, 200, w.Code)
	var report sweeper.Report
	require.NoError(k.t, json.Unmarshal(w.Body.Bytes(), &report))
	return report
}

func TestSweepOfNothingDoesNothing(t *testing.T) {
	k := newKit(t, nil)
	assert.Equal(t, sweeper.Report{Actions: map[string]int{}}, k.sweep())
	assert.NotContains(t, k.log.String(), "swept")
}

func TestLostMessagesOfAllUsersArePublishedAgain(t *testing.T) {
	k := newKit(t, nil)
	for _, uid := range []string{"ann", "bob"} {
		k.submit(uid, "r1")
	}
	k.queue.all = nil // and all messages are lost
	assert.Empty(t, k.sweep().Actions, "too early to call them lost")
	k.now = k.now.Add(time.Minute)
	assert.Equal(t, map[string]int{"published again": 2}, k.sweep().Actions)
	assert.ElementsMatch(t, []queue.Message{{UID: "ann", RunID: "r1", Stage: "triage"}, {UID: "bob", RunID: "r1", Stage: "triage"}}, k.queue.all)
	assert.Contains(t, k.log.String(), "swept")
}

func TestLateRunsEndAndTheNextOnesStart(t *testing.T) {
	k := newKit(t, nil)
	u := k.submit("ann", "r1")
	k.submit("ann", "r2")
	k.now = k.now.Add(pipeline.RunLimit)
	report := k.sweep()
	assert.Equal(t, 1, report.Actions["expired"])
	for id, want := range map[string]run.Status{"r1": run.Expired, "r2": run.Running} {
		doc, err := u.Run(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, want, doc.Value.Status, id)
	}
}

func TestOneRunsFailureDoesNotKeepTheOthersFromBeingSwept(t *testing.T) {
	k := newKit(t, nil)
	k.submit("ann", "r1")
	k.submit("bob", "r1")
	k.queue.refusing = errors.New("no queue")
	k.now = k.now.Add(time.Minute)
	assert.Equal(t, 2, k.sweep().Failed)
	assert.Contains(t, k.log.String(), "no queue")
	assert.NotContains(t, k.log.String(), "ann", "logs name no user")
}

func TestWhatIsPastItsTimeIsDeletedWithItsObjects(t *testing.T) {
	k := newKit(t, nil)
	u := k.submit("ann", "r1") // still alive when its time of keeping ends
	k.now = k.now.Add(25 * time.Hour)
	k.submit("ann", "r2")
	report := k.sweep()
	assert.Zero(t, report.Failed)
	assert.Equal(t, 1, report.Actions["deleted runs"])
	assert.Equal(t, 1, report.Actions["deleted data sets"])
	assert.Equal(t, 1, report.Actions["deleted threads"])
	_, err := u.Run(t.Context(), "r1")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = u.Dataset(t.Context(), "d-r1")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = u.Thread(t.Context(), "t-r1")
	require.ErrorIs(t, err, store.ErrNotFound)
	events, err := u.Events(t.Context(), "r1", 0, 10)
	require.NoError(t, err)
	assert.Empty(t, events)
	objects := k.bucket.User("ann")
	for _, name := range []string{"datasets/d-r1/parts/00000", "runs/r1/artifacts/report.html"} {
		_, err = objects.Size(t.Context(), name)
		require.ErrorIs(t, err, bucket.ErrNotFound, name)
	}
	doc, err := u.Run(t.Context(), "r2")
	require.NoError(t, err)
	assert.False(t, doc.Value.Status.Final(), "what is young is kept")
	for _, name := range []string{"datasets/d-r2/parts/00000", "runs/r2/artifacts/report.html"} {
		_, err = objects.Size(t.Context(), name)
		require.NoError(t, err, name)
	}
	slots, err := u.Slots(t.Context())
	require.NoError(t, err)
	assert.Len(t, slots.Value.Running, 1)
	assert.Empty(t, k.sweep().Actions, "nothing is left to delete")
}

func TestSweepAndDeadLettersNeedTheToken(t *testing.T) {
	signer, err := oidc.NewSigner()
	require.NoError(t, err)
	keys := httptest.NewServer(signer)
	t.Cleanup(keys.Close)
	k := newKit(t, queue.NewTokenChecker(t.Context(), "https://sweeper.example", "", keys.URL))
	token, err := signer.Token("https://sweeper.example", "clock@p.iam.gserviceaccount.com")
	require.NoError(t, err)
	for _, path := range []string{"/sweep", "/dead-letter"} {
		for header, allowed := range map[string]bool{"": false, "Bearer x": false, "Bearer " + token: true} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}"))
			r.Header.Set("Authorization", header)
			w := httptest.NewRecorder()
			k.handler.ServeHTTP(w, r)
			assert.Equal(t, allowed, w.Code < 300, "%s with %.10q", path, header)
		}
	}
}

func TestDeadLetterEndsTheRunWithAReason(t *testing.T) {
	k := newKit(t, nil)
	u := k.submit("ann", "r1")
	push := func(data string) int {
		body := fmt.Sprintf(`{"message":{"data":%q}}`, base64.StdEncoding.EncodeToString([]byte(data)))
		w := httptest.NewRecorder()
		k.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/dead-letter", strings.NewReader(body)))
		return w.Code
	}
	for _, unknown := range []string{`{"uid":"ann","run_id":"r404","stage":"triage"}`, `{"uid":"../ann","run_id":"r1","stage":"triage"}`,
		`{"uid":"ann","run_id":"r1","stage":"report"}`, `{}`} {
		assert.Equal(t, 204, push(unknown), unknown)
	}
	for range 2 {
		assert.Equal(t, 204, push(`{"uid":"ann","run_id":"r1","stage":"triage"}`))
	}
	doc, err := u.Run(t.Context(), "r1")
	require.NoError(t, err)
	assert.Equal(t, run.Failed, doc.Value.Status)
	assert.Equal(t, "deliveries", doc.Value.Failure.Kind)
	assert.NotEmpty(t, doc.Value.Failure.Advice)
	slots, err := u.Slots(t.Context())
	require.NoError(t, err)
	assert.Empty(t, slots.Value.Running)
}
