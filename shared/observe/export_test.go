package observe

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCollectorBesideTheFunctionNeedsNoCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	options, err := grpcOptions(t.Context(), "127.0.0.1:4317")
	require.NoError(t, err)
	assert.Len(t, options, 2)
}

func TestSpansAreExportedByHTTPBeforeTheAnswer(t *testing.T) {
	var paths []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths = append(paths, r.Method+" "+r.URL.Path) }))
	defer server.Close()
	tracer, err := NewTracer(t.Context(), server.URL, "triage")
	require.NoError(t, err)
	_, span := tracer.Start(t.Context(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "work")
	span.End()
	require.NoError(t, tracer.Flush(t.Context()))
	assert.Equal(t, []string{"POST /v1/traces"}, paths, "although the caller's trace is not sampled")
	require.NoError(t, tracer.Close(t.Context()))
}

func TestACollectorThatRefusesIsToldOf(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer server.Close()
	tracer, err := NewTracer(t.Context(), server.URL, "triage")
	require.NoError(t, err)
	_, span := tracer.Start(t.Context(), "", "work")
	span.End()
	assert.ErrorContains(t, tracer.Flush(t.Context()), "export spans")
	require.NoError(t, tracer.Close(t.Context()))
}

func TestCloudTraceIsReachedWithTheFunctionsCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", key(t))
	options, err := grpcOptions(t.Context(), "telemetry.googleapis.com:443")
	require.NoError(t, err)
	assert.Len(t, options, 3)
	tracer, err := NewTracer(t.Context(), "telemetry.googleapis.com:443", "triage")
	require.NoError(t, err, "nothing is sent before there is a span")
	assert.NoError(t, tracer.Close(t.Context()))
}

func TestCloudTraceWithoutCredentialsIsAnError(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	_, err := grpcOptions(t.Context(), "telemetry.googleapis.com:443")
	assert.ErrorContains(t, err, "find credentials for telemetry.googleapis.com:443")
}

// key writes the key file of a service account that does not exist.
func key(t *testing.T) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	data, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "nobody@example.iam.gserviceaccount.com", "token_uri": "http://127.0.0.1:1/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})),
	})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}
