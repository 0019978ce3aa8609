package sweeper_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/erase"
	"netra/shared/store"
)

func TestMarkedUserIsErasedUntilNothingFromBeforeCanBeAlive(t *testing.T) {
	k := newKit(t, nil)
	ann, bob := k.submit("ann", "r1"), k.submit("bob", "r1")
	_, err := k.sweeper.Eraser.Begin(t.Context(), ann)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"looked again for what to erase": 1}, k.sweep().Actions)
	_, err = ann.Run(t.Context(), "r1")
	require.ErrorIs(t, err, store.ErrNotFound)
	assert.Empty(t, k.sweep().Actions, "it pauses")

	late := "datasets/d/parts/00000" // an upload that was on its way
	require.NoError(t, k.bucket.User("ann").Put(t.Context(), late, strings.NewReader("x")))
	_, err = ann.Apply(t.Context(), store.Change{Threads: []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t-late"}}}})
	require.NoError(t, err, "and a request of the api")
	k.now = k.now.Add(10 * time.Minute)
	assert.Equal(t, 1, k.sweep().Actions["looked again for what to erase"])
	_, err = k.bucket.User("ann").Size(t.Context(), late)
	require.Error(t, err)
	_, err = ann.Thread(t.Context(), "t-late")
	require.ErrorIs(t, err, store.ErrNotFound)

	k.now = k.now.Add(erase.Settle)
	assert.Equal(t, 1, k.sweep().Actions["erased users"])
	profile, err := ann.Profile(t.Context())
	require.NoError(t, err)
	assert.Zero(t, profile)
	assert.NotContains(t, k.sweep().Actions, "erased users")
	_, err = bob.Run(t.Context(), "r1")
	require.NoError(t, err)
	_, err = k.bucket.User("bob").Size(t.Context(), "datasets/d-r1/parts/00000")
	require.NoError(t, err)
}

func TestErasingThatFailsIsTriedInEachSweepAndToldWithoutTheUser(t *testing.T) {
	k := newKit(t, nil)
	u := k.submit("ann", "r1")
	_, err := k.sweeper.Eraser.Begin(t.Context(), u)
	require.NoError(t, err)
	k.credentials.refusing = errors.New("no secret manager")
	for range 2 {
		assert.Equal(t, 1, k.sweep().Failed)
	}
	assert.Contains(t, k.log.String(), "could not be swept")
	assert.NotContains(t, k.log.String(), "ann")
	k.credentials.refusing = nil
	assert.Equal(t, 1, k.sweep().Actions["looked again for what to erase"])
}
