package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const oneCall = `{"created":1748772000,"model":"gpt-4o","usage":{"prompt_tokens":10,"completion_tokens":2}}` + "\n"

// folder writes files, by their paths, and returns the folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

func TestInspectTakesFoldersPatternsAndSeveralFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.jsonl": oneCall, "project/b.jsonl": oneCall + oneCall, "notes.md": "# notes", ".git/c.jsonl": oneCall, ".hidden.jsonl": oneCall,
	})
	a, b := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "project", "b.jsonl")
	for name, paths := range map[string][]string{
		"a folder": {dir}, "two files": {a, b}, "a folder and a file": {filepath.Join(dir, "project"), a}, "a pattern and a file": {filepath.Join(dir, "*.jsonl"), b},
	} {
		out, _, err := runInspect(t, "", paths...)
		require.NoError(t, err, name)
		assert.Regexp(t, `calls +3\n`, out, name)
	}
}

func TestAFolderThatIsNoLogSaysWhy(t *testing.T) {
	empty := folder(t, nil)
	mixed := folder(t, map[string]string{"a.jsonl": oneCall, "b.csv": "time,model\n"})
	for name, tc := range map[string]struct{ path, want string }{
		"empty":     {empty, "holds no log"},
		"two kinds": {mixed, "logs of several kinds (1 JSON, 1 tables"},
		"missing":   {filepath.Join(empty, "*.jsonl"), "no such file"},
	} {
		_, _, err := runInspect(t, "", tc.path)
		assert.ErrorContains(t, err, tc.want, name)
	}
}

func TestAJoinedLogLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", folder(t, nil))
	dir := folder(t, map[string]string{"a.jsonl": oneCall, "b.jsonl": oneCall})
	log, remove, err := gather([]string{dir})
	require.NoError(t, err)
	assert.Equal(t, "a.jsonl and 1 more", filepath.Base(log))
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, oneCall+oneCall, string(text))
	remove()
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
