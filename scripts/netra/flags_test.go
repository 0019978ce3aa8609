package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
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
