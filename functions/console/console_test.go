package console

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"netra/shared/pipeline"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func local() Config {
	return Config{Project: "netra-local", APIURL: "http://127.0.0.1:8080",
		FirestoreEmulator: "127.0.0.1:8081", AuthEmulator: "127.0.0.1:8082"}
}

func deployed() Config {
	return Config{Project: "netra-prod", APIURL: "https://api.example.com/", FirebaseAPIKey: "key",
		FirebaseAuthDomain: "netra-prod.firebaseapp.com", FirebaseGoogle: true, UploadOrigins: []string{"https://storage.googleapis.com"}}
}

func builtFiles() fstest.MapFS {
	return fstest.MapFS{
		"index.html":            {Data: []byte("<!doctype html>page")},
		"assets/app-1a2b.js":    {Data: []byte("plain script")},
		"assets/app-1a2b.js.br": {Data: []byte("brotli script")},
		"assets/app-1a2b.js.gz": {Data: []byte("gzip script")},
		".gitkeep":              {Data: nil},
	}
}

func handler(t *testing.T, files fstest.MapFS, cfg Config) http.Handler {
	t.Helper()
	table, err := pipeline.Load()
	require.NoError(t, err)
	c, err := newFrom(files, cfg, table)
	require.NoError(t, err)
	return c
}

func get(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(raw)
}

func TestPathsOfThePageAllAnswerWithIt(t *testing.T) {
	h := handler(t, builtFiles(), local())
	for _, path := range []string{"/", "/index.html", "/t/abc", "/account", "/sources", "/t/../t/x", "//t"} {
		r := get(t, h, http.MethodGet, path)
		assert.Equal(t, http.StatusOK, r.StatusCode, path)
		assert.Equal(t, "no-cache", r.Header.Get("Cache-Control"), path)
		assert.Contains(t, body(t, r), "page", path)
	}
}

func TestMissingAndHiddenFilesAreNotFound(t *testing.T) {
	h := handler(t, builtFiles(), local())
	for _, path := range []string{"/assets/gone.js", "/.gitkeep", "/assets/app-1a2b.js.br", "/../console.go"} {
		assert.Equal(t, http.StatusNotFound, get(t, h, http.MethodGet, path).StatusCode, path)
	}
}

func TestHashedFilesAreKeptForGoodAndComePacked(t *testing.T) {
	h := handler(t, builtFiles(), local())
	cases := []struct{ accept, encoding, content string }{
		{"", "", "plain script"},
		{"gzip, deflate, br, zstd", "br", "brotli script"},
		{"gzip", "gzip", "gzip script"},
		{"br;q=0, gzip;q=0.5", "gzip", "gzip script"},
		{"br;q=0.000", "", "plain script"},
		{"BR ; q=0.8", "br", "brotli script"},
	}
	for _, c := range cases {
		r := get(t, h, http.MethodGet, "/assets/app-1a2b.js", "Accept-Encoding", c.accept)
		assert.Equal(t, c.encoding, r.Header.Get("Content-Encoding"), c.accept)
		assert.Equal(t, c.content, body(t, r), c.accept)
		assert.Contains(t, r.Header.Get("Cache-Control"), "immutable")
		assert.Contains(t, r.Header.Get("Content-Type"), "javascript")
	}
}

func TestAKnownVersionIsNotSentAgain(t *testing.T) {
	h := handler(t, builtFiles(), local())
	tag := get(t, h, http.MethodGet, "/").Header.Get("Etag")
	require.NotEmpty(t, tag)
	r := get(t, h, http.MethodGet, "/", "If-None-Match", tag)
	assert.Equal(t, http.StatusNotModified, r.StatusCode)
}

func TestOtherMethodsAreRefused(t *testing.T) {
	h := handler(t, builtFiles(), local())
	r := get(t, h, http.MethodPost, "/config.json")
	assert.Equal(t, http.StatusMethodNotAllowed, r.StatusCode)
	assert.Equal(t, "GET, HEAD", r.Header.Get("Allow"))
	assert.Equal(t, http.StatusOK, get(t, h, http.MethodHead, "/").StatusCode)
}

func TestSettingsNameTheStagesAndTheEmulators(t *testing.T) {
	r := get(t, handler(t, builtFiles(), local()), http.MethodGet, "/config.json")
	assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
	var p page
	require.NoError(t, json.Unmarshal([]byte(body(t, r)), &p))
	assert.Equal(t, "netra-local", p.Project)
	assert.Equal(t, emulators{Firestore: "127.0.0.1:8081", Auth: "127.0.0.1:8082"}, p.Emulators)
	require.NotEmpty(t, p.Stages)
	assert.Equal(t, "triage", p.Stages[0].Name)
	assert.False(t, p.Firebase.Google)
	require.NoError(t, json.Unmarshal([]byte(body(t, get(t, handler(t, builtFiles(), deployed()), http.MethodGet, "/config.json"))), &p))
	assert.Equal(t, firebase{APIKey: "key", AuthDomain: "netra-prod.firebaseapp.com", Google: true}, p.Firebase)
}

func TestPolicyAllowsOnlyWhatThePageNeeds(t *testing.T) {
	policy := func(c Config) string {
		return get(t, handler(t, builtFiles(), c), http.MethodGet, "/").Header.Get("Content-Security-Policy")
	}
	at := policy(local())
	assert.Contains(t, at, "script-src 'self';")
	assert.Contains(t, at, "connect-src 'self' http://127.0.0.1:8080 http://127.0.0.1:8081 http://127.0.0.1:8082;")
	assert.NotContains(t, at, "google")
	on := policy(deployed())
	assert.Contains(t, on, "connect-src 'self' https://api.example.com https://storage.googleapis.com https://firestore.googleapis.com https://identitytoolkit.googleapis.com https://securetoken.googleapis.com;")
	assert.Contains(t, on, "frame-src https://netra-prod.firebaseapp.com;")
	for _, p := range []string{at, on} {
		assert.NotContains(t, p, "unsafe")
		assert.NotContains(t, p, "*")
		assert.Contains(t, p, "default-src 'none'")
	}
}

func TestSettingsThatCannotBeUsedAreAllTold(t *testing.T) {
	bad := Config{APIURL: "https://x.example/; script-src *", FirestoreEmulator: "firestore.example:443",
		FirebaseAuthDomain: "a b", UploadOrigins: []string{"ftp://x"}}
	err := bad.Validate()
	require.Error(t, err)
	for _, want := range []string{"project id", "api url", "upload origin", "not a loopback", "api key", "not a host name"} {
		assert.Contains(t, err.Error(), want)
	}
	assert.NoError(t, local().Validate())
	assert.NoError(t, deployed().Validate())
}

func TestAProgramWithoutTheBuiltConsoleSaysHowToBuildIt(t *testing.T) {
	h := handler(t, fstest.MapFS{".gitkeep": {}}, local())
	text := body(t, get(t, h, http.MethodGet, "/"))
	assert.Contains(t, text, "npm run build")
	assert.True(t, strings.HasPrefix(text, "<!doctype html>"))
}

func TestHealthIsNoPage(t *testing.T) {
	for _, path := range []string{"/health", "/health/live", "/health/ready"} {
		r := get(t, handler(t, builtFiles(), local()), http.MethodGet, path)
		assert.Equal(t, http.StatusOK, r.StatusCode, path)
		assert.JSONEq(t, `{"status":"ok"}`, body(t, r), path)
	}
	bare := handler(t, fstest.MapFS{".gitkeep": {}}, local())
	assert.Contains(t, body(t, get(t, bare, http.MethodGet, "/health/ready")), "not built")
}

func TestNewServesWhatWasEmbedded(t *testing.T) {
	table, err := pipeline.Load()
	require.NoError(t, err)
	c, err := New(local(), table)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, get(t, c, http.MethodGet, "/").StatusCode)
	_, err = New(local(), pipeline.Table{})
	assert.ErrorContains(t, err, "no stages")
}
