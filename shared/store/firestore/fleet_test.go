package firestore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/run"
	"netra/shared/store"
)

func TestDueRunsAreThoseOfAllUsersWhoseCheckHasPassedOldestFirst(t *testing.T) {
	f := newFixture(t)
	for uid, check := range map[string]time.Time{
		"late": noon.Add(-time.Hour), "now": noon, "soon": noon.Add(time.Second), "ended": {},
	} {
		r := aRun("r-" + uid)
		r.NextCheck = check
		create(t, f.user(t, uid), r)
	}
	due, err := f.Due(t.Context(), noon, 10)
	require.NoError(t, err)
	assert.Equal(t, []store.Ref{{UID: "late", Kind: "runs", ID: "r-late"}, {UID: "now", Kind: "runs", ID: "r-now"}}, due)
	due, err = f.Due(t.Context(), noon, 1)
	require.NoError(t, err)
	assert.Len(t, due, 1)
}

func TestOutdatedDocumentsAreFoundAndLeavesPurged(t *testing.T) {
	f := newFixture(t)
	u := f.user(t, "ann")
	past, future := noon.Add(-time.Second), noon.Add(time.Hour)
	for i, expire := range []time.Time{past, future, {}} {
		r := aRun(fmt.Sprint("r", i))
		r.ExpireAt = expire
		c := everything(r, store.Version{}, 1)
		c.Threads[0].Value = store.Thread{ID: fmt.Sprint("t", i), ExpireAt: expire}
		c.Messages[0] = store.Message{ID: "m", ThreadID: fmt.Sprint("t", i), ExpireAt: expire}
		c.Datasets[0].Value = store.Dataset{ID: fmt.Sprint("d", i), ExpireAt: expire}
		c.Receipt = &store.Receipt{Key: fmt.Sprint("k", i), ExpireAt: expire}
		c.Runs[0].Results[0].ExpireAt, c.Runs[0].Artifacts[0].ExpireAt = expire, expire
		_, err := u.Apply(t.Context(), c)
		require.NoError(t, err)
	}
	found, err := f.Outdated(t.Context(), noon, 10)
	require.NoError(t, err)
	assert.ElementsMatch(t, []store.Ref{{UID: "ann", Kind: "runs", ID: "r0"}, {UID: "ann", Kind: "threads", ID: "t0"},
		{UID: "ann", Kind: "datasets", ID: "d0"}}, found)

	n, err := f.PurgeOutdated(t.Context(), noon, 10)
	require.NoError(t, err)
	assert.Equal(t, 5, n, "receipt, message, event, result and artifact")
	n, err = f.PurgeOutdated(t.Context(), noon, 10)
	require.NoError(t, err)
	assert.Zero(t, n)
	_, err = u.Receipt(t.Context(), "k1")
	assert.NoError(t, err)
	_, err = u.Receipt(t.Context(), "k2")
	assert.NoError(t, err, "no expiry means kept")
}

func TestDeletesTakeWhatIsBelowAndCanBeRepeated(t *testing.T) {
	f := newFixture(t)
	u := f.user(t, "ann")
	c := everything(aRun("r1"), store.Version{}, 1)
	_, err := u.Apply(t.Context(), c)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, u.DeleteRun(t.Context(), "r1"))
		require.NoError(t, u.DeleteThread(t.Context(), "t1"))
		require.NoError(t, u.DeleteDataset(t.Context(), "d1"))
	}
	assert.Equal(t, map[string]int{"runs": 0, "threads": 0, "datasets": 0, "idempotency": 1, "admission": 0, "messages": 0,
		"runs/r1/events": 0, "runs/r1/results": 0, "runs/r1/artifacts": 0, "counted": 1}, census(t, f, u, "r1"))
}

func TestDeletingARunTakesMoreEventsThanOneBatch(t *testing.T) {
	u := newFixture(t).user(t, "ann")
	r, version := aRun("r1"), store.Version{}
	for seq := int64(1); seq <= 700; {
		var events []run.Event
		for range 350 {
			events = append(events, anEvent("r1", seq, `{}`))
			seq++
		}
		versions, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: r, Version: version, Events: events}}})
		require.NoError(t, err)
		version = versions[0]
	}
	require.NoError(t, u.DeleteRun(t.Context(), "r1"))
	left, err := u.Events(t.Context(), "r1", 0, 1)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestCountersSumOverAllWriters(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	for i := range 30 {
		u := f.user(t, fmt.Sprint("user", i%3))
		wg.Go(func() {
			r := aRun(fmt.Sprint("r", i))
			_, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: r}},
				Counters: map[string]float64{`runs_total{plan="free",status="a.b/c"}`: 1, "seconds_sum": 0.5}})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	sums, err := f.Counters(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{`runs_total{plan="free",status="a.b/c"}`: 30, "seconds_sum": 15}, sums)
}
