package firestore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/admission"
	"netra/shared/store"
)

// below counts all documents below the user's own, as the emulator lists them.
func (f fixture) below(t *testing.T, uid string) int {
	t.Helper()
	n := 0
	collections, err := f.client.Doc("users/" + uid).Collections(t.Context()).GetAll()
	require.NoError(t, err)
	for len(collections) > 0 {
		refs, err := collections[0].DocumentRefs(t.Context()).GetAll()
		require.NoError(t, err)
		collections = collections[1:]
		for _, ref := range refs {
			n++
			more, err := ref.Collections(t.Context()).GetAll()
			require.NoError(t, err)
			collections = append(collections, more...)
		}
	}
	return n
}

func TestDeleteAllTakesEveryDocumentBelowTheUserAlsoOrphansAndUnknownCollections(t *testing.T) {
	f := newFixture(t)
	for _, uid := range []string{"ann", "bob"} {
		u := f.user(t, uid)
		for i := range 3 {
			c := everything(aRun(fmt.Sprint("r", i)), store.Version{}, 1)
			c.Threads[0].Value.ID, c.Datasets[0].Value.ID = fmt.Sprint("t", i), fmt.Sprint("d", i)
			c.Messages[0].ThreadID, c.Messages[0].ID = "gone", fmt.Sprint("m", i)
			c.Receipt.Key = fmt.Sprint("k", i)
			if c.Slots = nil; i == 0 {
				c.Slots = &store.Versioned[admission.Slots]{}
			}
			_, err := u.Apply(t.Context(), c)
			require.NoError(t, err)
		}
		for _, path := range []string{"later/x", "later/x/below/y", "runs/gone/events/00000001"} {
			_, err := f.client.Doc("users/"+uid+"/"+path).Set(t.Context(), map[string]any{"a": 1})
			require.NoError(t, err)
		}
		require.NoError(t, u.MarkErasing(t.Context(), store.Erasing{Since: noon, Check: noon}))
	}
	others := f.below(t, "bob")
	require.Greater(t, others, 20)
	for range 2 {
		require.NoError(t, f.user(t, "ann").DeleteAll(t.Context()))
		assert.Zero(t, f.below(t, "ann"))
	}
	assert.Equal(t, others, f.below(t, "bob"))
	p, err := f.user(t, "ann").Profile(t.Context())
	require.NoError(t, err)
	assert.NotNil(t, p.Erasing, "the user's own document stays")
}

func TestMarkedUsersAreFoundWhenTheirCheckIsDueOldestFirst(t *testing.T) {
	f := newFixture(t)
	for uid, check := range map[string]time.Time{"late": noon.Add(-time.Hour), "now": noon, "soon": noon.Add(time.Second)} {
		_, err := f.client.Doc("users/"+uid).Set(t.Context(), map[string]any{"plan": "mid"})
		require.NoError(t, err)
		require.NoError(t, f.user(t, uid).MarkErasing(t.Context(), store.Erasing{Since: noon, Check: check}))
		p, err := f.user(t, uid).Profile(t.Context())
		require.NoError(t, err)
		assert.Equal(t, store.Profile{Erasing: &store.Erasing{Since: noon, Check: check}}, p, "the plan goes with the mark")
	}
	_, err := f.client.Doc("users/other").Set(t.Context(), map[string]any{"plan": "mid"})
	require.NoError(t, err)
	uids := func(limit int) (all []string) {
		found, err := f.Erasing(t.Context(), noon, limit)
		require.NoError(t, err)
		for _, u := range found {
			all = append(all, u.UID())
		}
		return all
	}
	assert.Equal(t, []string{"late", "now"}, uids(10))
	assert.Equal(t, []string{"late"}, uids(1))
	for range 2 {
		require.NoError(t, f.user(t, "late").DeleteProfile(t.Context()))
	}
	assert.Equal(t, []string{"now"}, uids(10))
}
