package google_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/google"
)

func TestFirestoreKeepsDocumentsUntilItStops(t *testing.T) {
	ctx := t.Context()
	e, err := google.Firestore(ctx, google.Options{LogDir: t.TempDir()})
	require.NoError(t, err)
	t.Setenv("FIRESTORE_EMULATOR_HOST", e.Host())
	client, err := firestore.NewClient(ctx, "p")
	require.NoError(t, err)
	defer client.Close()

	_, err = client.Doc("a/b").Create(ctx, map[string]any{"n": 1})
	require.NoError(t, err)
	got, err := client.Doc("a/b").Get(ctx)
	require.NoError(t, err)
	assert.Equal(t, int64(1), got.Data()["n"])

	now, peak, err := e.Process().Memory()
	require.NoError(t, err)
	t.Logf("ready after %v, memory %d MB (peak %d MB)", e.StartTook().Round(time.Millisecond), now>>20, peak>>20)
	require.NoError(t, e.Stop())
	assert.ErrorIs(t, syscall.Kill(-e.Process().PID(), 0), syscall.ESRCH, "the process group is gone")
}

func TestFirestoreBeginsWithWhatWasExported(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "data")
	at := time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.UTC)
	want := map[string]any{"n": int64(1), "at": at, "raw": []byte{0, 1}, "list": []any{"a", 2.5, nil}, "map": map[string]any{"yes": true}}
	for round, data := range []map[string]any{want, {"n": int64(2)}} {
		e, err := google.Firestore(ctx, google.Options{Data: dir})
		require.NoError(t, err, "there is nothing to begin with in the first round")
		client, err := google.Admin(ctx, e.Host(), "p")
		require.NoError(t, err)
		if round > 0 {
			got, err := client.Doc("users/ann/runs/1").Get(ctx)
			require.NoError(t, err)
			assert.Equal(t, want, got.Data())
		}
		_, err = client.Doc("users/ann/runs/1").Set(ctx, data)
		require.NoError(t, err)
		require.NoError(t, e.Export(ctx, "p", dir))
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		assert.Equal(t, []string{filepath.Join(dir, "firestore")}, left)
		require.NoError(t, errors.Join(client.Close(), e.Stop()))
		assert.Error(t, e.Export(ctx, "p", dir), "it is gone, and what was exported stays")
	}
	e, err := google.Firestore(ctx, google.Options{Data: dir})
	require.NoError(t, err)
	client, err := google.Admin(ctx, e.Host(), "p")
	require.NoError(t, err)
	got, err := client.Doc("users/ann/runs/1").Get(ctx)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"n": int64(2)}, got.Data(), "the second export replaced the first")
	require.NoError(t, errors.Join(client.Close(), e.Stop()))
}

func TestFirestoreHoldsWebClientsToTheRules(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "firestore.rules")
	require.NoError(t, os.WriteFile(rules, []byte(`
rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /open/{doc} { allow read, write: if true; }
  }
}`), 0o644))
	e, err := google.Firestore(t.Context(), google.Options{Rules: rules})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Stop()) })

	for path, status := range map[string]int{"open/x": http.StatusOK, "closed/x": http.StatusForbidden} {
		url := "http://" + e.Host() + "/v1/projects/p/databases/(default)/documents/" + path
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, url,
			bytes.NewBufferString(`{"fields":{"n":{"integerValue":"1"}}}`))
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, status, response.StatusCode, path)
	}
}

func TestRestartComesBackEmptyOnTheSamePort(t *testing.T) {
	e, err := google.PubSub(t.Context(), google.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Stop()) })
	host, pid := e.Host(), e.Process().PID()
	topic := "http://" + host + "/v1/projects/p/topics/topic"

	require.Equal(t, http.StatusOK, do(t, http.MethodPut, topic))
	require.Equal(t, http.StatusOK, do(t, http.MethodGet, topic))
	require.NoError(t, e.Restart(t.Context()))
	assert.Equal(t, host, e.Host())
	assert.NotEqual(t, pid, e.Process().PID())
	assert.Equal(t, http.StatusNotFound, do(t, http.MethodGet, topic), "the topic is forgotten")
}

func do(t *testing.T, method, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestStartFailsWithWhatToDo(t *testing.T) {
	t.Run("the variable names no jar", func(t *testing.T) {
		t.Setenv("NETRA_PUBSUB_JAR", filepath.Join(t.TempDir(), "none.jar"))
		_, err := google.PubSub(t.Context(), google.Options{})
		assert.ErrorContains(t, err, "NETRA_PUBSUB_JAR names no emulator")
	})
	t.Run("no java", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Setenv("JAVA_HOME", "")
		_, err := google.PubSub(t.Context(), google.Options{})
		assert.ErrorContains(t, err, "need a Java runtime")
	})
	t.Run("a jar that is none", func(t *testing.T) {
		jar := filepath.Join(t.TempDir(), "broken.jar")
		require.NoError(t, os.WriteFile(jar, []byte("no jar"), 0o644))
		t.Setenv("NETRA_PUBSUB_JAR", jar)
		t.Setenv("XDG_CACHE_HOME", t.TempDir())
		_, err := google.PubSub(t.Context(), google.Options{Port: 1})
		assert.ErrorContains(t, err, "ended before it was ready")
		assert.ErrorContains(t, err, "ClassNotFoundException", "the log is quoted")
	})
	t.Run("the context has ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := google.PubSub(ctx, google.Options{})
		assert.ErrorIs(t, err, context.Canceled)
	})
}
