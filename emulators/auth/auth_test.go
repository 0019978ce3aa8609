package auth_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	firebase "firebase.google.com/go/v4"
	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/auth"
	"netra/emulators/google"
)

const project = "demo-project"

func start(t *testing.T) *auth.Server {
	t.Helper()
	s, err := auth.Start(project)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", s.Host())
	return s
}

// verifier is Google's own library in emulator mode.
func verifier(t *testing.T) *firebaseauth.Client {
	t.Helper()
	app, err := firebase.NewApp(t.Context(), &firebase.Config{ProjectID: project})
	require.NoError(t, err)
	client, err := app.Auth(t.Context())
	require.NoError(t, err)
	return client
}

func token(t *testing.T, project, uid string, now time.Time) string {
	t.Helper()
	token, err := auth.Token(project, auth.Identity{UID: uid, Provider: "custom"}, now)
	require.NoError(t, err)
	return token
}

func TestFirebaseVerifiesTheSignersTokens(t *testing.T) {
	s := start(t)
	s.Disable("banned")
	for name, c := range map[string]struct {
		token, fails string
	}{
		"good":            {token(t, project, "demo", time.Now()), ""},
		"another project": {token(t, "other", "demo", time.Now()), "audience"},
		"expired":         {token(t, project, "demo", time.Now().Add(-2*time.Hour)), "expired"},
		"disabled":        {token(t, project, "banned", time.Now()), "disabled"},
		"forged":          {"a.b.c", "token"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verifier(t).VerifyIDToken(t.Context(), c.token)
			if c.fails != "" {
				assert.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "demo", got.UID)
		})
	}
}

func TestTokensAreRefusedOutsideTheEmulators(t *testing.T) {
	start(t)
	require.NoError(t, os.Unsetenv("FIREBASE_AUTH_EMULATOR_HOST"))
	credentials := filepath.Join(t.TempDir(), "credentials.json")
	require.NoError(t, os.WriteFile(credentials, []byte(`{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"c"}`), 0o600))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", credentials)
	_, err := verifier(t).VerifyIDToken(t.Context(), token(t, project, "demo", time.Now()))
	assert.Error(t, err)
}

func TestTheSignerNeedsAProjectAndAUser(t *testing.T) {
	for _, who := range []auth.Identity{{}, {UID: strings.Repeat("x", 129)}} {
		_, err := auth.Token(project, who, time.Now())
		assert.Error(t, err)
	}
	_, err := auth.Token("", auth.Identity{UID: "demo"}, time.Now())
	assert.Error(t, err)
}

// post calls the stand-in as the JS SDK does.
func post(t *testing.T, s *auth.Server, method string, body any) (int, map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	response, err := http.Post("http://"+s.Host()+"/identitytoolkit.googleapis.com/v1/accounts:"+method+"?key=k", "application/json", bytes.NewReader(text))
	require.NoError(t, err)
	return read(t, response)
}

func read(t *testing.T, response *http.Response) (int, map[string]any) {
	t.Helper()
	defer response.Body.Close()
	var parsed map[string]any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&parsed))
	return response.StatusCode, parsed
}

func TestEverySignInGivesATokenThatVerifies(t *testing.T) {
	s := start(t)
	credentials := map[string]string{"email": "A@example.com", "password": "correct"}
	for _, c := range []struct {
		method, uid string
		body        map[string]string
	}{
		{"signInWithCustomToken", "demo", map[string]string{"token": `{"uid":"demo"}`}},
		{"signInWithIdp", "google.com-7", map[string]string{"postBody": "providerId=google.com&id_token=" + url.QueryEscape(`{"sub":"7","email":"g@example.com"}`)}},
		{"signUp", "", map[string]string{"returnSecureToken": "true"}},
		{"signUp", "", credentials},
		{"signInWithPassword", "", credentials},
	} {
		status, got := post(t, s, c.method, c.body)
		require.Equal(t, http.StatusOK, status, got)
		verified, err := verifier(t).VerifyIDToken(t.Context(), got["idToken"].(string))
		require.NoError(t, err, c.method)
		assert.Equal(t, got["localId"], verified.UID)
		if c.uid != "" {
			assert.Equal(t, c.uid, verified.UID)
		}
		status, found := post(t, s, "lookup", map[string]string{"idToken": got["idToken"].(string)})
		require.Equal(t, http.StatusOK, status)
		assert.Equal(t, verified.UID, found["users"].([]any)[0].(map[string]any)["localId"])
	}
}

func TestBadSignInsAreRefusedByName(t *testing.T) {
	s := start(t)
	known := map[string]string{"email": "a@example.com", "password": "correct"}
	_, _ = post(t, s, "signUp", known)
	for _, c := range []struct {
		method, word string
		body         any
	}{
		{"signUp", "EMAIL_EXISTS", known},
		{"signUp", "WEAK_PASSWORD", map[string]string{"email": "b@example.com", "password": "x"}},
		{"signInWithPassword", "INVALID_LOGIN_CREDENTIALS", map[string]string{"email": "a@example.com", "password": "wrong"}},
		{"signInWithPassword", "INVALID_LOGIN_CREDENTIALS", map[string]string{"email": "b@example.com", "password": "correct"}},
		{"signInWithCustomToken", "INVALID_CUSTOM_TOKEN", map[string]string{"token": "{}"}},
		{"signInWithCustomToken", "INVALID_CUSTOM_TOKEN", map[string]string{"token": "x"}},
		{"signInWithIdp", "INVALID_IDP_RESPONSE", map[string]string{"postBody": "id_token={}"}},
		{"lookup", "INVALID_ID_TOKEN", map[string]string{"idToken": "x"}},
		{"lookup", "INVALID_JSON", []int{1}},
	} {
		status, got := post(t, s, c.method, c.body)
		assert.Equal(t, http.StatusBadRequest, status, c.word)
		assert.Contains(t, got["error"].(map[string]any)["message"], c.word)
	}
}

func TestARefreshGivesANewTokenUntilTheUserIsDeleted(t *testing.T) {
	s := start(t)
	_, session := post(t, s, "signUp", map[string]string{})
	refresh := func() (int, map[string]any) {
		response, err := http.PostForm("http://"+s.Host()+"/securetoken.googleapis.com/v1/token?key=k",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {session["refreshToken"].(string)}})
		require.NoError(t, err)
		return read(t, response)
	}
	status, got := refresh()
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, session["localId"], got["user_id"])
	_, err := verifier(t).VerifyIDToken(t.Context(), got["id_token"].(string))
	require.NoError(t, err)

	status, _ = post(t, s, "delete", map[string]string{"idToken": got["id_token"].(string)})
	require.Equal(t, http.StatusOK, status)
	status, _ = refresh()
	assert.Equal(t, http.StatusBadRequest, status)
	_, err = verifier(t).VerifyIDToken(t.Context(), got["id_token"].(string))
	assert.ErrorContains(t, err, "no user exists")
}

func TestPagesOfOtherOriginsMayCall(t *testing.T) {
	s := start(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, "http://"+s.Host()+"/identitytoolkit.googleapis.com/v1/accounts:signUp", nil)
	require.NoError(t, err)
	request.Header.Set("Access-Control-Request-Headers", "content-type,x-client-version")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusNoContent, response.StatusCode)
	assert.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "content-type,x-client-version", response.Header.Get("Access-Control-Allow-Headers"))
}

func TestTheFirestoreEmulatorTakesTheTokens(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "firestore.rules")
	require.NoError(t, os.WriteFile(rules, []byte(`rules_version = '2';
service cloud.firestore { match /databases/{d}/documents/users/{uid} { allow read, write: if request.auth.uid == uid; } }`), 0o644))
	emulator, err := google.Firestore(t.Context(), google.Options{Rules: rules})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, emulator.Stop()) })
	for uid, want := range map[string]int{"demo": http.StatusNotFound, "other": http.StatusForbidden} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			"http://"+emulator.Host()+"/v1/projects/"+project+"/databases/(default)/documents/users/"+uid, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token(t, project, "demo", time.Now()))
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, want, response.StatusCode, uid)
	}
}
