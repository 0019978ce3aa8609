package functions_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/auth"
	"netra/emulators/localtest"
	"netra/functions"
	"netra/shared/config"
	"netra/shared/pipeline"
	"netra/shared/platform"
)

func TestMain(m *testing.M) {
	users, err := auth.Start("any") // serves the look-ups of every project
	if err == nil {
		err = os.Setenv("FIREBASE_AUTH_EMULATOR_HOST", users.Host())
	}
	if err != nil {
		panic(err)
	}
	os.Exit(localtest.Main(m))
}

// newPlatform is the composition root on the local cloud's real parts.
func newPlatform(t *testing.T, function string) (*platform.Platform, string) {
	t.Helper()
	project := localtest.Firestore(t)
	localtest.PubSub(t)
	env := map[string]string{"FUNCTION_TARGET": function, "NETRA_PROJECT": project, "NETRA_API_URL": "http://127.0.0.1:1",
		"NETRA_BUCKET": "file://" + filepath.ToSlash(t.TempDir()), "FIRESTORE_EMULATOR_HOST": os.Getenv("FIRESTORE_EMULATOR_HOST"),
		"PUBSUB_EMULATOR_HOST": os.Getenv("PUBSUB_EMULATOR_HOST"), "FIREBASE_AUTH_EMULATOR_HOST": os.Getenv("FIREBASE_AUTH_EMULATOR_HOST")}
	c, err := config.Read(func(name string) (string, bool) { v, set := env[name]; return v, set })
	require.NoError(t, err)
	p, err := platform.New(t.Context(), c, &bytes.Buffer{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p, project
}

func get(h http.Handler, path, token string) int {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestEveryFunctionIsBuiltAndAnswersItsProbes(t *testing.T) {
	table, err := pipeline.Load()
	require.NoError(t, err)
	p, _ := newPlatform(t, "api")
	for _, f := range table.Functions() {
		h, err := functions.All().Handler(t.Context(), p, f.Name)
		require.NoError(t, err, f.Name)
		for _, path := range []string{"/health/live", "/health/ready"} {
			assert.Equal(t, http.StatusOK, get(h, path, ""), "%s%s", f.Name, path)
		}
		h.Drain(context.WithoutCancel(t.Context()))
		assert.Equal(t, http.StatusServiceUnavailable, get(h, "/health/live", ""), "%s is behind its guard", f.Name)
	}
}

func TestUnknownFunctionNamesTheKnownOnes(t *testing.T) {
	p, _ := newPlatform(t, "api")
	_, err := functions.All().Handler(t.Context(), p, "triag")
	require.ErrorContains(t, err, `no function "triag"`)
	assert.ErrorContains(t, err, "intelligence")
}

// TestTokensAreVerifiedByFirebase sends real Firebase ID tokens through the real
// client to the API.
func TestTokensAreVerifiedByFirebase(t *testing.T) {
	p, project := newPlatform(t, "api")
	api, err := functions.All().Handler(t.Context(), p, "api")
	require.NoError(t, err)
	token := func(project, uid string, at time.Time) string {
		s, err := auth.Token(project, auth.Identity{UID: uid, Provider: "custom"}, at)
		require.NoError(t, err)
		return s
	}
	now := time.Now()
	assert.Equal(t, 200, get(api, "/api/threads", token(project, "ann", now)))
	for name, bad := range map[string]string{
		"another project": token("other-project", "ann", now),
		"expired":         token(project, "ann", now.Add(-2*time.Hour)),
		"from the future": token(project, "ann", now.Add(2*time.Hour)),
		"path in the uid": token(project, "ann/../bob", now),
		"cut off":         token(project, "ann", now)[:40],
		"garbage":         "a.b.c",
	} {
		assert.Equal(t, 401, get(api, "/api/threads", bad), name)
	}
}
