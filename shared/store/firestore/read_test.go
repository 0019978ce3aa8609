package firestore_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/run"
	"netra/shared/store"
)

func TestEventDataRoundTrips(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	for i, c := range []struct{ in, want string }{
		{`{}`, `{}`},
		{`{"text":"ü \u0001 \"q\"","yes":true,"none":null}`, `{"text":"ü \u0001 \"q\"","yes":true,"none":null}`},
		{`{"int":9007199254740993,"neg":-1,"float":0.1,"exp":1e-9}`, `{"int":9007199254740993,"neg":-1,"float":0.1,"exp":1e-9}`},
		{`{"deep":{"a":[1,{"b":["x",2.5]}]}}`, `{"deep":{"a":[1,{"b":["x",2.5]}]}}`},
		{`{"empty":{"list":[],"object":{}}}`, `{"empty":{"list":[],"object":{}}}`},
		// Firestore has no array directly inside an array.
		{`{"grid":[[1,2],[3]]}`, `{"grid":[{"values":[1,2]},{"values":[3]}]}`},
		{`{"cube":[[[1]]]}`, `{"cube":[{"values":[{"values":[1]}]}]}`},
		{`{"a.b":1,"a/b":2,"a` + "`" + `b":3,"ü":4}`, `{"a.b":1,"a/b":2,"a` + "`" + `b":3,"ü":4}`},
	} {
		id := fmt.Sprintf("r%d", i)
		e := anEvent(id, 1, c.in)
		_, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: aRun(id), Events: []run.Event{e}}}})
		require.NoError(t, err, c.in)
		got, err := u.Events(t.Context(), id, 0, 10)
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.JSONEq(t, c.want, string(got[0].Data))
		got[0].Data, e.Data = nil, nil
		assert.Equal(t, e, got[0])
	}
}

func TestEventsAreReadInOrderFromANumberOn(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	var events []run.Event
	for seq := int64(1); seq <= 25; seq++ {
		events = append(events, anEvent("r1", seq, `{}`))
	}
	_, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: aRun("r1"), Events: events}}})
	require.NoError(t, err)
	var seen []int64
	for after := int64(0); ; {
		page, err := u.Events(t.Context(), "r1", after, 10)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			seen = append(seen, e.Seq)
		}
		after = page[len(page)-1].Seq
	}
	require.Len(t, seen, 25)
	for i, seq := range seen {
		require.Equal(t, int64(i+1), seq)
	}
}

func TestResultsAreTheNewestRoundOfEachStage(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	version := store.Version{}
	for round := range 11 {
		versions, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: aRun("r1"), Version: version, Results: []store.Result{
			{Stage: "intelligence", Round: round, Body: fmt.Appendf(nil, `{"round":%d}`, round)}}}}})
		require.NoError(t, err)
		version = versions[0]
	}
	_, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: aRun("r1"), Version: version,
		Results: []store.Result{{Stage: "triage", Body: []byte(`{"t":1}`)}}}}})
	require.NoError(t, err)
	results, err := u.Results(t.Context(), "r1")
	require.NoError(t, err)
	assert.Equal(t, map[string]json.RawMessage{"intelligence": json.RawMessage(`{"round":10}`), "triage": json.RawMessage(`{"t":1}`)}, results)
}

func TestListsArePagedNewestFirstAndFiltered(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	for i := range 7 {
		r := aRun(fmt.Sprintf("r%d", i))
		r.CreatedAt = noon.Add(time.Duration(i) * time.Minute)
		r.ThreadID = []string{"even", "odd"}[i%2]
		r.Datasets = []string{fmt.Sprintf("d%d", i%3)}
		create(t, u, r)
	}
	ids := func(p store.Page) []string {
		t.Helper()
		runs, err := u.Runs(t.Context(), p)
		require.NoError(t, err)
		got := []string{}
		for _, r := range runs {
			got = append(got, r.ID)
		}
		return got
	}
	assert.Equal(t, []string{"r6", "r5", "r4"}, ids(store.Page{Limit: 3}))
	assert.Equal(t, []string{"r3", "r2", "r1"}, ids(store.Page{Limit: 3, Before: "r4"}))
	assert.Equal(t, []string{"r0"}, ids(store.Page{Limit: 3, Before: "r1"}))
	assert.Empty(t, ids(store.Page{Limit: 3, Before: "r0"}))
	assert.Equal(t, []string{"r5", "r3", "r1"}, ids(store.Page{Thread: "odd"}))
	assert.Equal(t, []string{"r3", "r0"}, ids(store.Page{Dataset: "d0", Before: "r6"}))
	assert.Len(t, ids(store.Page{Limit: -1}), 7)
	assert.Len(t, ids(store.Page{Limit: 1 << 30}), 7)
}

func TestThreadsMessagesAndDatasetsAreListed(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	for i := range 3 {
		at := noon.Add(time.Duration(i) * time.Second)
		_, err := u.Apply(t.Context(), store.Change{
			Threads:  []store.Versioned[store.Thread]{{Value: store.Thread{ID: fmt.Sprint("t", i), UpdatedAt: at}}},
			Datasets: []store.Versioned[store.Dataset]{{Value: store.Dataset{ID: fmt.Sprint("d", i), CreatedAt: at, Preview: `{"rows":1}`}}},
			Messages: []store.Message{{ID: fmt.Sprint("m", i), ThreadID: "t0", CreatedAt: at}},
		})
		require.NoError(t, err)
	}
	threads, err := u.Threads(t.Context(), store.Page{Limit: 2})
	require.NoError(t, err)
	require.Len(t, threads, 2)
	assert.Equal(t, "t2", threads[0].ID)
	datasets, err := u.Datasets(t.Context(), store.Page{})
	require.NoError(t, err)
	require.Len(t, datasets, 3)
	assert.JSONEq(t, `{"rows":1}`, string(datasets[0].Preview))
	messages, err := u.Messages(t.Context(), "t0")
	require.NoError(t, err)
	require.Len(t, messages, 3)
	assert.Equal(t, "m0", messages[0].ID, "a conversation reads downwards")
}

func TestALongConversationIsListedByItsEnd(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	var change store.Change
	for i := range 203 {
		change.Messages = append(change.Messages, store.Message{ID: fmt.Sprintf("m%03d", i), ThreadID: "t", CreatedAt: noon.Add(time.Duration(i) * time.Second)})
	}
	_, err := u.Apply(t.Context(), change)
	require.NoError(t, err)
	messages, err := u.Messages(t.Context(), "t")
	require.NoError(t, err)
	require.Len(t, messages, 200)
	assert.Equal(t, "m003", messages[0].ID)
	assert.Equal(t, "m202", messages[199].ID)
}

// TestAPreviewTakesTheRoomOfItsText holds that a document takes one of 900 kB: kept
// as a list of numbers it would be several times over Firestore's megabyte.
func TestAPreviewTakesTheRoomOfItsText(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	preview := store.JSON(`{"models":"` + strings.Repeat("m", 900_000) + `"}`)
	_, err := u.Apply(t.Context(), store.Change{Datasets: []store.Versioned[store.Dataset]{{Value: store.Dataset{ID: "d", CreatedAt: noon, Preview: preview}}}})
	require.NoError(t, err)
	got, err := u.Dataset(t.Context(), "d")
	require.NoError(t, err)
	assert.Equal(t, preview, got.Value.Preview)
	assert.Empty(t, got.Value.Mapping)
}

func TestTwoUsersWithTheSameIDsNeverMeet(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.user(t, "ann"), f.user(t, "bob")
	for _, u := range []store.User{ann, bob} {
		r := aRun("r1")
		r.UserID, r.Goal = u.UID(), "goal of "+u.UID()
		create(t, u, r)
	}
	only := aRun("only-anns")
	create(t, ann, only)
	_, err := bob.Run(t.Context(), "only-anns")
	require.ErrorIs(t, err, store.ErrNotFound)
	events, err := bob.Events(t.Context(), "only-anns", 0, 10)
	require.NoError(t, err)
	require.Empty(t, events)
	require.NoError(t, bob.DeleteRun(t.Context(), "r1"))
	require.NoError(t, bob.DeleteRun(t.Context(), "only-anns"))
	for _, id := range []string{"r1", "only-anns"} {
		_, err = ann.Run(t.Context(), id)
		require.NoError(t, err, "%s of ann is gone", id)
	}
	mine, err := ann.Run(t.Context(), "r1")
	require.NoError(t, err)
	assert.Equal(t, "goal of ann", mine.Value.Goal)
}
