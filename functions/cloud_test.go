package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/auth"
	"netra/emulators/dispatcher"
	"netra/emulators/google"
	"netra/emulators/localtest"
	"netra/functions"
	"netra/shared/config"
	"netra/shared/platform"
	"netra/shared/run"
	"netra/shared/store"
)

// cloud is the product as it is deployed, in one process: every function of
// stages.json, made by the real registry and served at a URL of its own, on
// Google's emulators, with Pub/Sub's messages pushed to it. Its database and its
// bucket are its own and outlive a restart.
type cloud struct {
	t       testing.TB
	project string
	dir     string
	clock   *clock
	model   config.Model
	db      *firestore.Client
	// own is a Firestore emulator that only this cloud uses, nil for the shared one.
	own *google.Emulator

	platform *platform.Platform
	servers  map[string]*httptest.Server
	push     *dispatcher.Dispatcher
}

// clock is the time of a cloud: the real one, and what a test lets pass.
type clock struct {
	mu   sync.Mutex
	more time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.more)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more += d
}

// startCloud starts a cloud that ends with the test. A model of the zero value
// is none.
func startCloud(t testing.TB, model config.Model) *cloud {
	t.Helper()
	c := &cloud{t: t, project: localtest.Firestore(t), dir: t.TempDir(), clock: &clock{}, model: model}
	localtest.PubSub(t)
	var err error
	c.db, err = firestore.NewClient(context.Background(), c.project)
	require.NoError(t, err)
	c.start()
	t.Cleanup(func() {
		c.stop()
		assert.NoError(t, c.db.Close())
		if c.own != nil {
			assert.NoError(t, c.own.Stop())
		}
	})
	return c
}

// startOwnCloud starts a cloud whose Firestore restarts with it. The test that has it
// must not be parallel to others.
func startOwnCloud(t *testing.T, model config.Model) *cloud {
	t.Helper()
	localtest.Firestore(t) // so that other tests do not take this one for the shared one
	own, err := google.Firestore(t.Context(), google.Options{})
	require.NoError(t, err)
	t.Setenv("FIRESTORE_EMULATOR_HOST", own.Host())
	c := startCloud(t, model)
	c.own = own
	return c
}

// start makes every process anew: clients, functions, dispatcher.
func (c *cloud) start() {
	c.t.Helper()
	var api http.Handler
	c.servers = map[string]*httptest.Server{"api": httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { api.ServeHTTP(w, r) }))}
	settings := config.Config{Function: "intelligence", Project: c.project, Bucket: "file://" + filepath.ToSlash(c.dir),
		APIURL: c.servers["api"].URL, Lease: 1500 * time.Millisecond, LogLevel: "error", Model: c.model,
		Emulators: config.Emulators{Firestore: os.Getenv("FIRESTORE_EMULATOR_HOST"), PubSub: os.Getenv("PUBSUB_EMULATOR_HOST"), Auth: os.Getenv("FIREBASE_AUTH_EMULATOR_HOST")}}
	p, err := platform.New(context.Background(), settings, c.t.Output())
	require.NoError(c.t, err)
	p.Now, p.Desk.Now = c.clock.now, c.clock.now
	c.platform = p
	registry := functions.All()
	var subscriptions []dispatcher.Subscription
	for _, f := range p.Table.Functions() {
		handler, err := registry.Handler(context.Background(), p, f.Name)
		require.NoError(c.t, err)
		if f.Name == "api" {
			api = handler
			continue
		}
		c.servers[f.Name] = httptest.NewServer(handler)
	}
	for _, f := range p.Table.Stages {
		subscriptions = append(subscriptions, dispatcher.Subscription{
			ID: p.Table.Delivery.Topic(f.Name), Topic: p.Table.Delivery.Topic(f.Name), URL: c.servers[f.Name].URL + "/",
			InFlight: f.MaxInstances * f.Concurrency, AckDeadline: time.Duration(p.Table.Delivery.AckDeadlineSeconds) * time.Second, MinBackoff: 100 * time.Millisecond, MaxBackoff: time.Second})
	}
	c.push, err = dispatcher.Start(context.Background(), dispatcher.Options{
		Host: os.Getenv("PUBSUB_EMULATOR_HOST"), Project: c.project, Subscriptions: subscriptions})
	require.NoError(c.t, err)
}

// stop ends every process. What is left are the database and the bucket.
func (c *cloud) stop() {
	c.t.Helper()
	assert.NoError(c.t, c.push.Stop())
	for _, s := range c.servers {
		s.CloseClientConnections()
		s.Close()
	}
	assert.NoError(c.t, c.platform.Close())
}

// restart ends every process and lets Pub/Sub forget everything, then starts anew.
func (c *cloud) restart() {
	c.t.Helper()
	c.stop()
	client, err := pubsub.NewClient(context.Background(), c.project)
	require.NoError(c.t, err)
	for _, f := range c.platform.Table.Stages {
		name := fmt.Sprintf("projects/%s/%%s/%s", c.project, c.platform.Table.Delivery.Topic(f.Name))
		require.NoError(c.t, client.SubscriptionAdminClient.DeleteSubscription(context.Background(),
			&pubsubpb.DeleteSubscriptionRequest{Subscription: fmt.Sprintf(name, "subscriptions")}))
		require.NoError(c.t, client.TopicAdminClient.DeleteTopic(context.Background(),
			&pubsubpb.DeleteTopicRequest{Topic: fmt.Sprintf(name, "topics")}))
	}
	require.NoError(c.t, client.Close())
	if c.own != nil {
		c.restartFirestore()
	}
	c.start()
}

// restartFirestore ends the cloud's own emulator and starts another one with the
// documents that it had.
func (c *cloud) restartFirestore() {
	c.t.Helper()
	_, port, err := net.SplitHostPort(c.own.Host())
	require.NoError(c.t, err)
	number, err := strconv.Atoi(port)
	require.NoError(c.t, err)
	documents := c.t.TempDir()
	require.NoError(c.t, c.own.Export(context.Background(), c.project, documents))
	require.NoError(c.t, errors.Join(c.db.Close(), c.own.Stop()))
	c.own, err = google.Firestore(context.Background(), google.Options{Port: number, Data: documents})
	require.NoError(c.t, err)
	c.db, err = firestore.NewClient(context.Background(), c.project)
	require.NoError(c.t, err)
}

// sweep has the sweeper do its scheduled work.
func (c *cloud) sweep() {
	c.t.Helper()
	resp, err := http.Post(c.servers["sweeper"].URL+"/sweep", "", nil)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	require.Equal(c.t, http.StatusOK, resp.StatusCode)
}

// user is somebody signed in to a cloud.
type user struct {
	t     testing.TB
	cloud *cloud
	uid   string
	token string
}

// newUser signs somebody with that plan in.
func (c *cloud) newUser(t testing.TB, uid, planName string) *user {
	t.Helper()
	_, err := c.db.Doc("users/"+uid).Set(t.Context(), map[string]any{"plan": planName})
	require.NoError(t, err)
	token, err := auth.Token(c.project, auth.Identity{UID: uid, Provider: "custom"}, time.Now())
	require.NoError(t, err)
	return &user{t, c, uid, token}
}

func (u *user) request(method, url string, body io.Reader) (int, []byte) {
	u.t.Helper()
	req, err := http.NewRequestWithContext(u.t.Context(), method, url, body)
	require.NoError(u.t, err)
	req.Header.Set("Authorization", "Bearer "+u.token)
	if method == http.MethodPut {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(u.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(u.t, err)
	return resp.StatusCode, raw
}

// call sends a request to the API as JSON and decodes a successful answer.
func (u *user) call(method, path string, body, out any) int {
	u.t.Helper()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(u.t, err)
		sent = bytes.NewReader(raw)
	}
	status, raw := u.request(method, u.cloud.servers["api"].URL+path, sent)
	if out != nil {
		require.Less(u.t, status, 300, "%s %s: %s", method, path, raw)
		require.NoError(u.t, json.Unmarshal(raw, out), "%s", raw)
	}
	return status
}

// upload hands a log over and returns what the API made of it.
func (u *user) upload(name string, log []byte) store.Dataset {
	u.t.Helper()
	var d struct {
		store.Dataset
		Parts []struct {
			URL           string
			Offset, Bytes int64
		}
	}
	u.call("POST", "/api/datasets", map[string]any{"filename": name, "bytes": len(log)}, &d)
	for _, part := range d.Parts {
		status, raw := u.request("PUT", part.URL, bytes.NewReader(log[part.Offset:part.Offset+part.Bytes]))
		require.Less(u.t, status, 300, "%s", raw)
	}
	u.call("POST", "/api/datasets/"+d.ID+"/complete", map[string]any{}, &d)
	return d.Dataset
}

func (u *user) thread() string {
	u.t.Helper()
	var t store.Thread
	u.call("POST", "/api/threads", map[string]any{}, &t)
	return t.ID
}

// ask posts a message with the logs and returns the accepted run's id.
func (u *user) ask(thread, goal, priceModel string, datasets ...string) string {
	u.t.Helper()
	var accepted struct {
		RunID string `json:"run_id"`
	}
	if datasets == nil {
		datasets = []string{}
	}
	u.call("POST", "/api/threads/"+thread+"/messages", map[string]any{"content": goal, "datasets": datasets, "price_model": priceModel}, &accepted)
	return accepted.RunID
}

// rest waits until the run waits for data or has ended. Meanwhile the sweeper
// does its work, as it does by the clock.
func (u *user) rest(id string) run.Run {
	u.t.Helper()
	for polls := 1; polls < 4000; polls++ {
		var r run.Run
		u.call("GET", "/api/runs/"+id, nil, &r)
		if r.Status.Final() || r.Status == run.Waiting {
			return r
		}
		if polls%80 == 0 {
			u.cloud.sweep()
		}
		time.Sleep(25 * time.Millisecond)
	}
	require.Fail(u.t, "the run neither ends nor asks", id)
	return run.Run{}
}

func (u *user) events(id string) []run.Event {
	u.t.Helper()
	var all []run.Event
	for {
		var page struct{ Events []run.Event }
		u.call("GET", fmt.Sprintf("/api/runs/%s/events?limit=200&after=%d", id, len(all)), nil, &page)
		if len(page.Events) == 0 {
			return all
		}
		all = append(all, page.Events...)
	}
}

// files are everything that the run hands over, by name.
func (u *user) files(r run.Run) map[string]string {
	u.t.Helper()
	files := map[string]string{}
	for _, name := range r.Artifacts {
		status, raw := u.request("GET", u.cloud.servers["api"].URL+"/api/runs/"+r.ID+"/artifacts/"+name, nil)
		require.Equal(u.t, http.StatusOK, status, "%s: %s", name, raw)
		files[name] = string(raw)
	}
	return files
}

// documents are all documents below the user, each as JSON, by path.
func (u *user) documents() map[string]string {
	u.t.Helper()
	all := map[string]string{}
	add := func(snap *firestore.DocumentSnapshot) {
		raw, err := json.Marshal(snap.Data())
		require.NoError(u.t, err)
		all[snap.Ref.Path] = string(raw)
	}
	root := u.cloud.db.Doc("users/" + u.uid)
	snap, err := root.Get(u.t.Context())
	require.NoError(u.t, err)
	add(snap)
	var below func(*firestore.DocumentRef)
	below = func(doc *firestore.DocumentRef) {
		collections, err := doc.Collections(u.t.Context()).GetAll()
		require.NoError(u.t, err)
		for _, collection := range collections {
			snaps, err := collection.Documents(u.t.Context()).GetAll()
			require.NoError(u.t, err)
			for _, snap := range snaps {
				add(snap)
				below(snap.Ref)
			}
		}
	}
	below(root)
	return all
}

// slots are the ids of the runs that hold a place.
func (u *user) slots() []string {
	u.t.Helper()
	repository, err := u.cloud.platform.Store.User(u.uid)
	require.NoError(u.t, err)
	s, err := repository.Slots(u.t.Context())
	require.NoError(u.t, err)
	ids := []string{}
	for _, slot := range s.Value.Running {
		ids = append(ids, slot.RunID)
	}
	return ids
}

// route are the stages that told of a start, in order.
func route(events []run.Event) string {
	var stages []string
	for _, e := range events {
		if e.Type == run.AgentStarted {
			stages = append(stages, e.Stage)
		}
	}
	return strings.Join(stages, " ")
}
