package platform_test

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/auth"
	"netra/shared/access"
	"netra/shared/config"
	"netra/shared/platform"
)

// Google's own library reads the tokens, in emulator mode.
func TestATokenIsGoodForWhoMayComeInOnly(t *testing.T) {
	server, err := auth.Start("demo-netra")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"} {
		t.Setenv(name, "127.0.0.1:1") // their clients are made and never called
	}
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", server.Host())
	list, err := access.Parse([]string{"example.com"}, "ops@example.com")
	require.NoError(t, err)
	p, err := platform.New(t.Context(), config.Config{Function: "api", Project: "demo-netra", Access: list, LogLevel: "info",
		Bucket:    "file://" + filepath.ToSlash(t.TempDir()),
		Emulators: config.Emulators{Firestore: "127.0.0.1:1", PubSub: "127.0.0.1:1", Auth: server.Host()}}, io.Discard)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })

	for name, c := range map[string]struct {
		who     auth.Identity
		refused bool
	}{
		"invited":         {auth.Identity{UID: "ann", Email: "ann@example.com"}, false},
		"not verified":    {auth.Identity{UID: "ann", Email: "ann@example.com", Unverified: true}, true},
		"another's":       {auth.Identity{UID: "eve", Email: "eve@evil.net"}, true},
		"without address": {auth.Identity{UID: "nobody"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := auth.Token("demo-netra", c.who, time.Now())
			require.NoError(t, err)
			uid, err := p.Users.UserOf(t.Context(), token)
			assert.Equal(t, c.who.UID, uid)
			var refusal *access.Refusal
			if c.refused {
				assert.ErrorAs(t, err, &refusal)
				return
			}
			assert.NoError(t, err)
		})
	}
	_, err = p.Users.UserOf(t.Context(), "a.b.c")
	var refusal *access.Refusal
	require.Error(t, err)
	assert.NotErrorAs(t, err, &refusal)
}
