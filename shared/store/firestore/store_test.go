package firestore_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/localtest"
	"netra/shared/admission"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// noon has microseconds only, as Firestore keeps them.
var noon = time.Date(2026, 8, 3, 12, 0, 0, 123456000, time.UTC)

// fixture is a store on a database of its own, with the client below it.
type fixture struct {
	*storefirestore.Store
	client *firestore.Client
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	client, err := firestore.NewClient(t.Context(), localtest.Firestore(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	return fixture{storefirestore.New(client), client}
}

func (f fixture) user(t *testing.T, uid string) store.User {
	t.Helper()
	u, err := f.User(uid)
	require.NoError(t, err)
	return u
}

func aRun(id string) run.Run {
	return run.Run{
		ID: id, UserID: "ann", ThreadID: "t1", Status: run.Running, Stage: "triage",
		Goal: "cut cost", Route: []string{"triage", "report"}, Datasets: []string{"d1"}, Artifacts: []string{},
		Lease: run.Lease{Token: "secret", Expires: noon}, Emitted: []string{"k"}, LastSeq: 1,
		Sufficiency: &run.Sufficiency{Score: 55, State: "minimal", Missing: []run.Missing{{Field: "session", WorthUSD: [2]float64{1, 2.5}, Export: []string{}}}},
		CreatedAt:   noon, UpdatedAt: noon, Deadline: noon.Add(time.Hour), NextCheck: noon, ExpireAt: noon.Add(24 * time.Hour),
	}
}

func anEvent(id string, seq int64, data string) run.Event {
	return run.Event{Seq: seq, Type: run.AgentThinking, RunID: id, ThreadID: "t1", Stage: "triage", Attempt: 1,
		Time: noon, Data: json.RawMessage(data)}
}

// create stores the run with its first event.
func create(t *testing.T, u store.User, r run.Run) store.Version {
	t.Helper()
	versions, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: r, Events: []run.Event{anEvent(r.ID, 1, `{}`)}}}})
	require.NoError(t, err)
	require.Len(t, versions, 1)
	return versions[0]
}

func TestUnknownDocumentsAreNotFound(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	for kind, read := range map[string]func(context.Context, string) error{
		"run":      func(ctx context.Context, id string) error { _, err := u.Run(ctx, id); return err },
		"thread":   func(ctx context.Context, id string) error { _, err := u.Thread(ctx, id); return err },
		"dataset":  func(ctx context.Context, id string) error { _, err := u.Dataset(ctx, id); return err },
		"receipt":  func(ctx context.Context, id string) error { _, err := u.Receipt(ctx, id); return err },
		"artifact": func(ctx context.Context, id string) error { _, err := u.Artifact(ctx, "r1", id); return err },
		"page":     func(ctx context.Context, id string) error { _, err := u.Runs(ctx, store.Page{Before: id}); return err },
	} {
		for _, id := range append(hostileIDs(), "missing") {
			if kind == "page" && id == "" {
				continue // no start: the first page
			}
			assert.ErrorIs(t, read(t.Context(), id), store.ErrNotFound, "%s %.40q", kind, id)
		}
	}
}

// hostileIDs are ids that could leave the user's tree or that Firestore refuses.
func hostileIDs() []string {
	return []string{"", ".", "..", "../x", "a/b", "a/b/c", "__name__", "/", "x\x00y", "ü", "a b", "../../users/bob/runs/r1",
		string(make([]byte, 200)), "-leading"}
}

func TestHostileIDsAreRefusedOnEveryWay(t *testing.T) {
	f := newFixture(t)
	u := f.user(t, "ann")
	for _, id := range hostileIDs() {
		_, err := f.User(id)
		require.Error(t, err, "uid %.40q", id)
		for name, c := range map[string]store.Change{
			"run":      {Runs: []store.RunChange{{Run: aRun(id)}}},
			"thread":   {Threads: []store.Versioned[store.Thread]{{Value: store.Thread{ID: id}}}},
			"message":  {Messages: []store.Message{{ID: "m1", ThreadID: id}}},
			"dataset":  {Datasets: []store.Versioned[store.Dataset]{{Value: store.Dataset{ID: id}}}},
			"receipt":  {Receipt: &store.Receipt{Key: id}},
			"artifact": {Runs: []store.RunChange{{Run: aRun("ok"), Artifacts: []store.Artifact{{Name: id}}}}},
			"result":   {Runs: []store.RunChange{{Run: aRun("ok"), Results: []store.Result{{Stage: id}}}}},
		} {
			_, err := u.Apply(t.Context(), c)
			assert.Error(t, err, "%s %.40q", name, id)
		}
		_, err = u.Events(t.Context(), id, 0, 10)
		assert.ErrorIs(t, err, store.ErrNotFound, "events of %.40q", id)
		_, err = u.Results(t.Context(), id)
		assert.ErrorIs(t, err, store.ErrNotFound, "results of %.40q", id)
		assert.ErrorIs(t, u.DeleteRun(t.Context(), id), store.ErrNotFound, "delete run %.40q", id)
		assert.ErrorIs(t, u.DeleteThread(t.Context(), id), store.ErrNotFound, "delete thread %.40q", id)
	}
	runs, err := u.Runs(t.Context(), store.Page{})
	require.NoError(t, err)
	assert.Empty(t, runs, "a refused change wrote something")
}

func TestRunRoundTrips(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	want := aRun("r1")
	version := create(t, u, want)
	got, err := u.Run(t.Context(), "r1")
	require.NoError(t, err)
	assert.Equal(t, want, got.Value)
	assert.True(t, version.At.Equal(got.Version.At), "the version of the write is the version that is read")

	want.Sufficiency, want.Failure, want.Emitted = nil, &run.Failure{Kind: "k", Reason: "r", Advice: "a"}, []string{}
	_, err = u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: want, Version: version}}})
	require.NoError(t, err)
	got, err = u.Run(t.Context(), "r1")
	require.NoError(t, err)
	assert.Equal(t, want, got.Value, "an update replaces every field, also by nothing")
}

func TestNewUserHasNoProfileAndNoSlots(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	p, err := u.Profile(t.Context())
	require.NoError(t, err)
	assert.Zero(t, p)
	s, err := u.Slots(t.Context())
	require.NoError(t, err)
	assert.Zero(t, s)
}

func TestProfileIsTheUsersDocument(t *testing.T) {
	f := newFixture(t)
	_, err := f.client.Doc("users/ann").Create(t.Context(), map[string]any{"plan": "mid"})
	require.NoError(t, err)
	p, err := f.user(t, "ann").Profile(t.Context())
	require.NoError(t, err)
	assert.Equal(t, store.Profile{Plan: "mid"}, p)
}

func TestSlotsRoundTrip(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	want := admission.Slots{Running: []admission.Slot{{RunID: "r1", Expires: noon}}, Queued: []string{"r2"}, Day: "2026-08-03", RunsToday: 2}
	_, err := u.Apply(t.Context(), store.Change{Slots: &store.Versioned[admission.Slots]{Value: want}})
	require.NoError(t, err)
	got, err := u.Slots(t.Context())
	require.NoError(t, err)
	assert.Equal(t, want, got.Value)
}

func TestPing(t *testing.T) {
	assert.NoError(t, newFixture(t).Ping(t.Context()))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Error(t, newFixture(t).Ping(ended))
}
