package check_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/localtest"
)

// The rules run in Google's emulator, asked over REST as a browser would be.
func TestRulesOpenAUsersOwnTreeForReadingAndNothingElse(t *testing.T) {
	project := localtest.Firestore(t)
	seed(t, project)
	const own, foreign, group = "/users/alice", "/users/bob", ":runQuery"

	cases := []struct {
		name, path string
		anonymous  int
		alice      int
	}{
		{"own profile", own, 403, 200},
		{"own run", own + "/runs/r1", 403, 200},
		{"own run's event", own + "/runs/r1/events/00000001", 403, 200},
		{"own list of runs", own + "/runs", 403, 200},
		{"own thread's messages", own + "/threads/t1/messages", 403, 200},
		{"own slots", own + "/admission/slots", 403, 403},
		{"own receipts", own + "/idempotency/k1", 403, 403},
		{"foreign profile", foreign, 403, 403},
		{"foreign run", foreign + "/runs/r1", 403, 403},
		{"foreign run's events", foreign + "/runs/r1/events", 403, 403},
		{"all users", "/users", 403, 403},
		{"metrics", "/metrics/0", 403, 403},
		{"anything else", "/other/x", 403, 403},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.anonymous, ask(t, project, "", http.MethodGet, c.path, ""), "signed out")
			assert.Equal(t, c.alice, ask(t, project, "alice", http.MethodGet, c.path, ""), "signed in as alice")
		})
	}

	t.Run("runs of all users", func(t *testing.T) {
		query := `{"structuredQuery": {"from": [{"collectionId": "runs", "allDescendants": true}]}}`
		assert.Equal(t, 403, ask(t, project, "alice", http.MethodPost, group, query))
	})
	for _, path := range []string{own, own + "/runs/r1", own + "/runs/new", own + "/runs/r1/events/00000002", own + "/admission/slots", foreign + "/runs/r1"} {
		t.Run("write "+path, func(t *testing.T) {
			assert.Equal(t, 403, ask(t, project, "alice", http.MethodPatch, path, `{"fields": {"plan": {"stringValue": "enterprise"}}}`))
			assert.Equal(t, 403, ask(t, project, "alice", http.MethodDelete, path, ""))
		})
	}
}

// Whom the api does not let in has no documents, because only the server writes
// (shared/access): the rules need not know the list.
func TestWhoWasNotLetInSeesAnEmptyTreeAndCannotFillIt(t *testing.T) {
	project := localtest.Firestore(t)
	seed(t, project)
	assert.Equal(t, 404, ask(t, project, "eve", http.MethodGet, "/users/eve", ""))
	assert.Equal(t, 404, ask(t, project, "eve", http.MethodGet, "/users/eve/runs/r1", ""))
	for _, path := range []string{"/users/eve", "/users/eve/runs/r1", "/users/eve/threads/t1/messages/m1"} {
		assert.Equal(t, 403, ask(t, project, "eve", http.MethodPatch, path, `{"fields": {"plan": {"stringValue": "early"}}}`), path)
	}
	assert.Equal(t, 403, ask(t, project, "eve", http.MethodGet, "/users/alice/runs/r1", ""))
}

// seed writes what the questions are about, as the server.
func seed(t *testing.T, project string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := firestore.NewClient(ctx, project)
	require.NoError(t, err)
	defer func() { assert.NoError(t, client.Close()) }()
	for _, uid := range []string{"alice", "bob"} {
		for _, path := range []string{"", "/runs/r1", "/runs/r1/events/00000001", "/threads/t1/messages/m1", "/admission/slots", "/idempotency/k1"} {
			_, err := client.Doc("users/"+uid+path).Set(ctx, map[string]any{"x": 1})
			require.NoError(t, err)
		}
	}
}

// ask sends one request with the unsigned token that the emulator takes for a
// signed-in user, and returns the status code.
func ask(t *testing.T, project, uid, method, path, body string) int {
	t.Helper()
	url := fmt.Sprintf("http://%s/v1/projects/%s/databases/(default)/documents%s", os.Getenv("FIRESTORE_EMULATOR_HOST"), project, path)
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	if uid != "" {
		req.Header.Set("Authorization", "Bearer "+token(t, project, uid))
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

func token(t *testing.T, project, uid string) string {
	t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	now := time.Now().Unix()
	return part(map[string]string{"alg": "none", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": "https://securetoken.google.com/" + project, "aud": project, "sub": uid, "user_id": uid, "iat": now, "exp": now + 3600,
	}) + "."
}
