package firestore_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/admission"
	"netra/shared/run"
	"netra/shared/store"
)

// everything is a change of one run at the version with one document of each kind.
func everything(r run.Run, at store.Version, seq int64) store.Change {
	n := fmt.Sprint(seq)
	return store.Change{
		Runs: []store.RunChange{{Run: r, Version: at, Events: []run.Event{anEvent(r.ID, seq, `{}`)},
			Results:   []store.Result{{Stage: "stage" + n, Body: []byte(`{}`)}},
			Artifacts: []store.Artifact{{Name: "report" + n, Body: []byte("x")}}}},
		Threads:  []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t" + n}}},
		Messages: []store.Message{{ID: "m" + n, ThreadID: "t" + n}},
		Datasets: []store.Versioned[store.Dataset]{{Value: store.Dataset{ID: "d" + n}}},
		Receipt:  &store.Receipt{Key: "k" + n},
		Counters: map[string]float64{"c": 1},
	}
}

// census counts what the user has, by kind.
func census(t *testing.T, f fixture, u store.User, runID string) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, path := range []string{"runs", "threads", "datasets", "idempotency", "admission",
		"runs/" + runID + "/events", "runs/" + runID + "/results", "runs/" + runID + "/artifacts"} {
		docs, err := f.client.Collection("users/" + u.UID() + "/" + path).Documents(t.Context()).GetAll()
		require.NoError(t, err)
		n[path] = len(docs)
	}
	messages, err := f.client.CollectionGroup("messages").Documents(t.Context()).GetAll()
	require.NoError(t, err)
	n["messages"] = len(messages)
	counters, err := f.Counters(t.Context())
	require.NoError(t, err)
	n["counted"] = int(counters["c"])
	return n
}

func TestConflictAnywhereWritesNothing(t *testing.T) {
	for name, spoil := range map[string]func(*store.Change, store.Version){
		"run changed meanwhile": func(c *store.Change, stale store.Version) { c.Runs[0].Version = stale },
		"run exists":            func(c *store.Change, _ store.Version) { c.Runs[0].Version = store.Version{} },
		"event exists":          func(c *store.Change, _ store.Version) { c.Runs[0].Events[0].Seq = 2 },
		"result exists":         func(c *store.Change, _ store.Version) { c.Runs[0].Results[0].Stage = "stage2" },
		"thread exists":         func(c *store.Change, _ store.Version) { c.Threads[0].Value.ID = "t2" },
		"thread changed":        func(c *store.Change, stale store.Version) { c.Threads[0].Version = stale },
		"message exists":        func(c *store.Change, _ store.Version) { c.Messages[0].ID, c.Messages[0].ThreadID = "m2", "t2" },
		"data set exists":       func(c *store.Change, _ store.Version) { c.Datasets[0].Value.ID = "d2" },
		"receipt exists":        func(c *store.Change, _ store.Version) { c.Receipt.Key = "k2" },
		"slots changed meanwhile": func(c *store.Change, stale store.Version) {
			c.Slots = &store.Versioned[admission.Slots]{Version: stale}
		},
		"second run is stale": func(c *store.Change, stale store.Version) {
			c.Runs = append(c.Runs, store.RunChange{Run: aRun("r2"), Version: stale})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			u := f.user(t, "ann")
			r := aRun("r1")
			stale := create(t, u, r)
			versions, err := u.Apply(t.Context(), everything(r, stale, 2))
			require.NoError(t, err)
			before := census(t, f, u, "r1")

			c := everything(r, versions[0], 3)
			spoil(&c, stale)
			_, err = u.Apply(t.Context(), c)
			require.ErrorIs(t, err, store.ErrConflict)
			assert.Equal(t, before, census(t, f, u, "r1"))
		})
	}
}

func TestWholeChangeIsWritten(t *testing.T) {
	f := newFixture(t)
	u := f.user(t, "ann")
	_, err := u.Apply(t.Context(), everything(aRun("r1"), store.Version{}, 1))
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"runs": 1, "threads": 1, "datasets": 1, "idempotency": 1, "admission": 0, "messages": 1,
		"runs/r1/events": 1, "runs/r1/results": 1, "runs/r1/artifacts": 1, "counted": 1}, census(t, f, u, "r1"))
}

func TestOneOfManyWritersOfAVersionWins(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	version := create(t, u, aRun("r1"))
	errs := make([]error, 12)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			r := aRun("r1")
			r.Goal = fmt.Sprint("writer ", i)
			_, errs[i] = u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: r, Version: version,
				Events: []run.Event{anEvent("r1", 2, fmt.Sprintf(`{"by":%d}`, i))}}}})
		})
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		if err == nil {
			require.Equal(t, -1, won, "two writers won")
			won = i
			continue
		}
		require.ErrorIs(t, err, store.ErrConflict)
	}
	require.NotEqual(t, -1, won)
	got, err := u.Run(t.Context(), "r1")
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprint("writer ", won), got.Value.Goal)
	events, err := u.Events(t.Context(), "r1", 1, 10)
	require.NoError(t, err)
	require.Len(t, events, 1)
	assert.JSONEq(t, fmt.Sprintf(`{"by":%d}`, won), string(events[0].Data), "event and state are of one writer")
}

func TestDocumentOverTheLimitIsTooLargeAndWritesNothing(t *testing.T) {
	huge := []byte(strings.Repeat("x", 1<<20+100))
	text, err := json.Marshal(map[string]string{"thought": string(huge)})
	require.NoError(t, err)
	for name, spoil := range map[string]func(*store.Change){
		"result":   func(c *store.Change) { c.Runs[0].Results[0].Body = huge },
		"artifact": func(c *store.Change) { c.Runs[0].Artifacts[0].Body = huge },
		"event":    func(c *store.Change) { c.Runs[0].Events[0].Data = text },
		"run":      func(c *store.Change) { c.Runs[0].Run.Goal = string(huge) },
		"all together": func(c *store.Change) {
			for i := range 12 {
				c.Runs[0].Artifacts = append(c.Runs[0].Artifacts, store.Artifact{Name: fmt.Sprint("a", i), Body: huge[:1_000_000]})
			}
		},
	} {
		f := newFixture(t)
		u := f.user(t, "ann")
		r := aRun("r1")
		version := create(t, u, r)
		before := census(t, f, u, "r1")
		c := everything(r, version, 2)
		spoil(&c)
		_, err := u.Apply(t.Context(), c)
		require.ErrorIs(t, err, store.ErrTooLarge, name)
		require.NotErrorIs(t, err, store.ErrConflict, "%s: a conflict would be tried again for ever", name)
		assert.Equal(t, before, census(t, f, u, "r1"), name)
	}
}

func TestEventDataMustBeAnObject(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	for _, data := range []string{``, `[]`, `"text"`, `{`} {
		_, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: aRun("r1"), Events: []run.Event{anEvent("r1", 1, data)}}}})
		assert.ErrorContains(t, err, "event 1 of run r1", "%q", data)
	}
}
