package config_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/access"
	"netra/shared/config"
)

// cloud are the settings of a function on Cloud Run.
func cloud() map[string]string {
	return map[string]string{"FUNCTION_TARGET": "triage", "NETRA_PROJECT": "netra-prod", "NETRA_BUCKET": "gs://netra-prod-data", "K_SERVICE": "triage",
		"NETRA_PUSH_AUDIENCE": "https://triage.example", "NETRA_PUSH_ACCOUNT": "netra-invoker@netra-prod.iam.gserviceaccount.com"}
}

// local are the settings of a function of the local cloud.
func local() map[string]string {
	return map[string]string{"FUNCTION_TARGET": "api", "NETRA_PROJECT": "demo-netra", "NETRA_BUCKET": "file:///tmp/netra",
		"FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080", "PUBSUB_EMULATOR_HOST": "localhost:8085", "FIREBASE_AUTH_EMULATOR_HOST": "[::1]:9099"}
}

func with(base map[string]string, pairs ...string) map[string]string {
	m := maps.Clone(base)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func read(env map[string]string) (config.Config, error) {
	return config.Read(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
}

func TestSettingsAreReadWithTheirDefaults(t *testing.T) {
	c, err := read(cloud())
	require.NoError(t, err)
	assert.Equal(t, "triage", c.Function)
	assert.Equal(t, 8080, c.Port)
	assert.Equal(t, 1500*time.Millisecond, c.Lease)
	assert.Equal(t, "info", c.LogLevel)
	assert.False(t, c.Emulators.Local())
	assert.Empty(t, c.Host(), "Cloud Run reaches the container from outside")

	c, err = read(with(local(), "PORT", "9000", "NETRA_LEASE", "2s", "NETRA_CONSOLE_URL", "http://localhost:5173, https://c.example",
		"NETRA_PUSH_KEYS_URL", "http://127.0.0.1:1/keys", "NETRA_SECRETS_ENDPOINT", "127.0.0.1:2"))
	require.NoError(t, err)
	assert.Equal(t, 9000, c.Port)
	assert.Equal(t, 2*time.Second, c.Lease)
	assert.Equal(t, []string{"http://localhost:5173", "https://c.example"}, c.ConsoleURLs)
	assert.True(t, c.Emulators.Local())
	assert.Equal(t, "127.0.0.1", c.Host(), "the local cloud is for this machine only")
}

func TestWhoMaySignInIsAList(t *testing.T) {
	c, err := read(with(cloud(), "FUNCTION_TARGET", "api", "NETRA_ALLOW", "example.com, me@other.org", "NETRA_ACCESS_CONTACT", "ops@example.com"))
	require.NoError(t, err)
	assert.NoError(t, c.Access.Admit(access.Person{Email: "me@other.org", Verified: true}))
	assert.ErrorContains(t, c.Access.Admit(access.Person{Email: "eve@evil.net", Verified: true}), "Ask ops@example.com")

	for name, env := range map[string]map[string]string{
		"said": with(cloud(), "FUNCTION_TARGET", "api", "NETRA_ALLOW", "anyone"), "local": local(), "not the api": cloud(),
	} {
		c, err := read(env)
		require.NoError(t, err, name)
		assert.NoError(t, c.Access.Admit(access.Person{UID: "u"}), name)
	}
}

func TestEachWrongSettingIsNamed(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{with(cloud(), "FUNCTION_TARGET", ""), "FUNCTION_TARGET"},
		{with(cloud(), "NETRA_PROJECT", ""), "NETRA_PROJECT"},
		{with(cloud(), "NETRA_BUCKET", ""), "NETRA_BUCKET"},
		{with(cloud(), "NETRA_BUCKET", "data"), "NETRA_BUCKET"},
		{with(cloud(), "NETRA_BUCKET", "mem://"), "NETRA_BUCKET"},
		{with(cloud(), "PORT", "0"), "PORT"},
		{with(cloud(), "PORT", "eighty"), "PORT"},
		{with(cloud(), "PORT", "70000"), "PORT"},
		{with(cloud(), "NETRA_LEASE", "5"), "NETRA_LEASE"},
		{with(cloud(), "NETRA_LEASE", "1ms"), "NETRA_LEASE"},
		{with(cloud(), "NETRA_LEASE", "1h"), "NETRA_LEASE"},
		{with(cloud(), "NETRA_LOG_LEVEL", "loud"), "NETRA_LOG_LEVEL"},
		{with(cloud(), "NETRA_API_URL", "api.example"), "NETRA_API_URL"},
		{with(cloud(), "NETRA_CONSOLE_URL", "https://a.example,b"), "NETRA_CONSOLE_URL"},
		{with(cloud(), "NETRA_ALLOW", "example.com,nobody@"), `NETRA_ALLOW: "nobody@"`},
		{with(cloud(), "FUNCTION_TARGET", "api"), "NETRA_ALLOW says nobody: on Cloud Run"},
		{with(local(), "NETRA_PUSH_KEYS_URL", "https://keys.example/jwks"), "NETRA_PUSH_KEYS_URL"},
	} {
		_, err := read(c.env)
		require.Error(t, err, c.want)
		assert.Equal(t, 0, strings.Count(err.Error(), "\n"), "one error and no other: %v", err)
		assert.Contains(t, err.Error(), c.want)
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	_, err := read(map[string]string{"PORT": "x", "NETRA_LEASE": "x", "NETRA_LOG_LEVEL": "x", "NETRA_API_URL": "x", "NETRA_CONSOLE_URL": "x",
		"FIRESTORE_EMULATOR_HOST": "10.0.0.1:80", "NETRA_PUSH_KEYS_URL": "x"})
	require.Error(t, err)
	for _, name := range []string{"PORT", "NETRA_LEASE", "FUNCTION_TARGET", "NETRA_PROJECT", "NETRA_BUCKET", "NETRA_LOG_LEVEL", "NETRA_API_URL",
		"NETRA_CONSOLE_URL", "FIRESTORE_EMULATOR_HOST is not an address of this machine", "PUBSUB_EMULATOR_HOST", "NETRA_PUSH_KEYS_URL"} {
		assert.ErrorContains(t, err, name)
	}
}

// TestEmulatorsAreImpossibleInTheCloud: the auth emulator accepts tokens that
// nobody signed.
func TestEmulatorsAreImpossibleInTheCloud(t *testing.T) {
	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "NETRA_SECRETS_ENDPOINT"} {
		_, err := read(with(local(), "K_SERVICE", "api", name, "127.0.0.1:1"))
		require.ErrorContains(t, err, name+" must not be set on Cloud Run")
		_, err = read(with(local(), "AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023", name, "127.0.0.1:1"))
		require.ErrorContains(t, err, name+" must not be set on AWS Lambda")
		for _, elsewhere := range []string{"10.0.0.1:1", "firestore.googleapis.com:443", "127.0.0.1.evil.example:1", "127.0.0.1", ":1"} {
			_, err = read(with(local(), name, elsewhere))
			require.ErrorContains(t, err, name+" is not an address of this machine", elsewhere)
		}
	}
	_, err := read(with(cloud(), "NETRA_PUSH_KEYS_URL", "http://127.0.0.1:1/keys"))
	assert.ErrorContains(t, err, "NETRA_PUSH_KEYS_URL")
}

func TestInTheCloudNothingIsTakenFromWhoDoesNotProveToBePubSub(t *testing.T) {
	for _, function := range []string{"triage", "sweeper"} {
		for _, missing := range []string{"NETRA_PUSH_AUDIENCE", "NETRA_PUSH_ACCOUNT"} {
			_, err := read(with(cloud(), "FUNCTION_TARGET", function, missing, ""))
			assert.ErrorContains(t, err, "on Cloud Run "+function+" would take anybody's messages", missing)
		}
	}
	unchecked := with(cloud(), "NETRA_PUSH_AUDIENCE", "", "NETRA_PUSH_ACCOUNT", "")
	_, err := read(with(unchecked, "FUNCTION_TARGET", "console"))
	assert.NoError(t, err, "nobody pushes to the console")
	delete(unchecked, "K_SERVICE")
	_, err = read(with(unchecked, "AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"))
	assert.ErrorContains(t, err, "on AWS Lambda triage would take anybody's messages")
}

func TestHalfALocalCloudIsRefused(t *testing.T) {
	for _, missing := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"} {
		_, err := read(with(local(), missing, ""))
		assert.ErrorContains(t, err, "set all of", "without %s", missing)
	}
}
