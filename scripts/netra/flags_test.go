package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHelpListsEveryCommandAndItsFlags(t *testing.T) {
	call := func(args ...string) (int, string, string) {
		var out, diagnostics bytes.Buffer
		code := realMain(t.Context(), args, stdio{nil, &out, &diagnostics})
		return code, out.String(), diagnostics.String()
	}
	code, out, _ := call("help")
	assert.Zero(t, code)
	for _, c := range commands() {
		assert.Contains(t, out, c.usage)
		assert.Contains(t, out, c.about)
		code, flags, diagnostics := call(c.name, "--help")
		assert.Zero(t, code, c.name)
		assert.Contains(t, flags, "\n  -", c.name)
		assert.Empty(t, diagnostics, c.name)

		code, out, diagnostics := call(c.name, "--no-such-flag")
		assert.Equal(t, 2, code, c.name)
		assert.Empty(t, out, c.name)
		assert.Contains(t, diagnostics, "no-such-flag", c.name)
		assert.Contains(t, diagnostics, c.usage, c.name)
	}
}

func TestADeployedAPIIsCalledWithTheTokenOfTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("a.b.c\n"), 0o600))
	a, err := parseAnalyze([]string{"--api", "https://api.example", "--project", "p", "--uid", "u", "--token-file", file})
	require.NoError(t, err)
	assert.Equal(t, "a.b.c", a.remote.token, "a line end cannot be sent in a header")

	_, err = parseAnalyze([]string{"--api", "https://api.example", "--project", "p", "--uid", "u", "--token-file", file + ".not"})
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = parseAnalyze([]string{"--api", "https://api.example", "--project", "p", "--uid", "u"})
	assert.ErrorIs(t, err, errUsage)
}

func TestTagsAreReadWithBlanksAfterTheCommas(t *testing.T) {
	assert.Equal(t, []string{"nightly", "digest"}, splitTags("nightly, digest,"))
	assert.Empty(t, splitTags(""))
}
