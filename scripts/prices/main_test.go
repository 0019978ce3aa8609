package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func refresh(t *testing.T, data string, args ...string) (string, []byte, error) {
	t.Helper()
	dir := t.TempDir()
	in, to := filepath.Join(dir, "data.v2.json"), filepath.Join(dir, "prices.json.gz")
	require.NoError(t, os.WriteFile(in, []byte(data), 0o600))
	var out bytes.Buffer
	err := realMain(append([]string{"-in", in, "-out", to}, args...), &out)
	book, readErr := os.ReadFile(to)
	if err == nil {
		require.NoError(t, readErr)
	}
	return out.String(), book, err
}

const two = `[{"id":"p","name":"P","pricing_urls":["u"],"api_pattern":"x","models":[
	{"id":"good","description":"long","match":{"equals":"good"},"prices":{"input_mtok":1,"output_mtok":2}},
	{"id":"bad","match":{"equals":"bad"},"prices":{"input_mtok":1,"cache_write_mtok":24}}]}]`

func TestRefreshNamesTheRowsThatItLeavesOut(t *testing.T) {
	out, _, err := refresh(t, two, "-as-of", "2026-08-03")
	require.NoError(t, err)
	assert.Contains(t, out, "1 providers, 1 models, prices as of 2026-08-03")
	assert.Contains(t, out, "left out p/bad: cache write costs 24 times input")
}

func TestRefreshIsReproducible(t *testing.T) {
	_, first, err := refresh(t, two, "-as-of", "2026-08-03")
	require.NoError(t, err)
	_, second, err := refresh(t, two, "-as-of", "2026-08-03")
	require.NoError(t, err)
	assert.Equal(t, first, second)
}

func TestRefreshLeavesTheBookAloneOnABadFile(t *testing.T) {
	for _, c := range []struct {
		data, want string
		args       []string
	}{
		{`{"not":"a list"}`, "list of providers", nil},
		{`[]`, "no providers", nil},
		{`[{"id":"p","models":"none"}]`, "models of", nil},
		{two, "as_of", []string{"-as-of", "soon"}},
	} {
		_, book, err := refresh(t, c.data, c.args...)
		assert.ErrorContains(t, err, c.want)
		assert.Empty(t, book)
	}
	assert.ErrorContains(t, realMain(nil, &bytes.Buffer{}), "FILE=")
}
