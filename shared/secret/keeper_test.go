package secret_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"

	"netra/shared/secret"
)

// states are the versions of a secret, the newest first.
func (v *vault) states(name string) (all []secretmanagerpb.SecretVersion_State) {
	v.t.Helper()
	versions := v.client.ListSecretVersions(v.t.Context(), &secretmanagerpb.ListSecretVersionsRequest{Parent: "projects/p/secrets/" + name})
	for {
		version, err := versions.Next()
		if errors.Is(err, iterator.Done) {
			return all
		}
		require.NoError(v.t, err)
		all = append(all, version.State)
	}
}

func TestStoredSecretReplacesTheOneBeforeAndIsReadAtOnce(t *testing.T) {
	v := newVault(t)
	keeper, reader := secret.NewKeeper(v.client, "p", "europe-west1"), secret.NewReader(v.client, "p", time.Now)
	_, err := keeper.Since(t.Context(), "mine")
	require.ErrorIs(t, err, secret.ErrNotFound)
	for _, value := range []string{"first", "second", "second"} {
		at, err := keeper.Put(t.Context(), "mine", []byte(value))
		require.NoError(t, err)
		since, err := keeper.Since(t.Context(), "mine")
		require.NoError(t, err)
		assert.Equal(t, at, since)
		got, err := reader.ReadNewest(t.Context(), "mine")
		require.NoError(t, err)
		assert.Equal(t, value, string(got))
	}
	destroyed := secretmanagerpb.SecretVersion_DESTROYED
	assert.Equal(t, []secretmanagerpb.SecretVersion_State{secretmanagerpb.SecretVersion_ENABLED, destroyed, destroyed}, v.states("mine"))
	made, err := v.client.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: "projects/p/secrets/mine"})
	require.NoError(t, err)
	assert.Equal(t, "europe-west1", made.GetReplication().GetUserManaged().GetReplicas()[0].GetLocation())
}

func TestSecretThatExistsWithoutAVersionIsFilled(t *testing.T) {
	v := newVault(t) // with the empty secret "key"
	keeper := secret.NewKeeper(v.client, "p", "")
	_, err := keeper.Since(t.Context(), "key")
	require.ErrorIs(t, err, secret.ErrNotFound)
	_, err = keeper.Put(t.Context(), "key", []byte("x"))
	require.NoError(t, err)
}

func TestDeletedSecretIsGoneAndCanBeDeletedAgain(t *testing.T) {
	v := newVault(t)
	keeper := secret.NewKeeper(v.client, "p", "")
	_, err := keeper.Put(t.Context(), "mine", []byte("x"))
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, keeper.Delete(t.Context(), "mine"))
		_, err = keeper.Since(t.Context(), "mine")
		assert.ErrorIs(t, err, secret.ErrNotFound)
	}
	_, err = secret.NewReader(v.client, "p", time.Now).ReadNewest(t.Context(), "mine")
	assert.ErrorIs(t, err, secret.ErrNotFound)
}

func TestDisabledSecretCountsAsNotStored(t *testing.T) {
	v := newVault(t)
	v.set("x")
	_, err := v.client.DisableSecretVersion(t.Context(), &secretmanagerpb.DisableSecretVersionRequest{Name: "projects/p/secrets/key/versions/1"})
	require.NoError(t, err)
	_, err = secret.NewKeeper(v.client, "p", "").Since(t.Context(), "key")
	assert.ErrorIs(t, err, secret.ErrNotFound)
}

func TestOfManyStoredAtOnceOneStays(t *testing.T) {
	v := newVault(t)
	keeper := secret.NewKeeper(v.client, "p", "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := keeper.Put(t.Context(), "mine", []byte("x"))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	enabled := 0
	for _, state := range v.states("mine") {
		if state == secretmanagerpb.SecretVersion_ENABLED {
			enabled++
		}
	}
	assert.Equal(t, 1, enabled)
	_, err := keeper.Since(t.Context(), "mine")
	assert.NoError(t, err)
}

func TestErrorsOfStoringHoldNeitherNameNorValue(t *testing.T) {
	v := newVault(t)
	keeper := secret.NewKeeper(v.client, "p", "")
	_, err := keeper.Put(t.Context(), "of-ann", []byte(strings.Repeat("hunter2", secret.MaxBytes)))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "of-ann")
	assert.NotContains(t, err.Error(), "hunter2")

	v.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, put := keeper.Put(ctx, "of-ann", []byte("hunter2"))
	_, since := keeper.Since(ctx, "of-ann")
	for _, err := range []error{put, since, keeper.Delete(ctx, "of-ann")} {
		require.ErrorIs(t, err, secret.ErrBusy)
		require.NotErrorIs(t, err, secret.ErrNotFound)
		assert.NotContains(t, err.Error(), "of-ann")
	}
}
