package observe

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCollectorBesideTheFunctionNeedsNoCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	options, err := exporterOptions(t.Context(), "127.0.0.1:4317")
	require.NoError(t, err)
	assert.Len(t, options, 2)
}

func TestCloudTraceIsReachedWithTheFunctionsCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", key(t))
	options, err := exporterOptions(t.Context(), "telemetry.googleapis.com:443")
	require.NoError(t, err)
	assert.Len(t, options, 3)
	tracer, err := NewTracer(t.Context(), "telemetry.googleapis.com:443", "triage")
	require.NoError(t, err, "nothing is sent before there is a span")
	assert.NoError(t, tracer.Close(t.Context()))
}

func TestCloudTraceWithoutCredentialsIsAnError(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	_, err := exporterOptions(t.Context(), "telemetry.googleapis.com:443")
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
