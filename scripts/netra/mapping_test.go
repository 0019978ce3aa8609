package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// printedCommands are what a message gives to copy.
func printedCommands(t *testing.T, message string) string {
	t.Helper()
	_, commands, found := strings.Cut(message, "\n\n")
	require.True(t, found, message)
	commands, _, found = strings.Cut(commands, "\n\n")
	require.True(t, found, message)
	return commands
}

func TestTheCommandsPrintedForAnUnknownFormatReadTheLog(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if testing.Short() || err != nil {
		t.Skip("builds the program and runs what it prints in a shell")
	}
	program := filepath.Join(t.TempDir(), "netra")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags=disable_grpc_modules", "-o", program, "netra/scripts/netra").CombinedOutput()
	require.NoError(t, err, string(out))
	dir := folder(t, map[string]string{"an odd 'log'.csv": "When;LLM;Tok In;Tok $HOME 'Out' `x`\n2025-01-02 03:04:05;gpt-4o;1000;50\n"})
	for _, verb := range []string{"inspect", "simulate"} {
		t.Run(verb, func(t *testing.T) {
			first := exec.CommandContext(t.Context(), program, verb, "an odd 'log'.csv", "--json")
			first.Dir = dir
			message, err := first.CombinedOutput()
			require.Error(t, err)
			copied := exec.CommandContext(t.Context(), sh, "-c", printedCommands(t, string(message)))
			copied.Dir = dir
			out, err := copied.Output()
			require.NoError(t, err, string(message))
			assert.Contains(t, string(out), `"format": "mapped"`)
		})
	}
}

func TestARefusedUploadBringsItsProposal(t *testing.T) {
	answer := ""
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/complete") {
			_, _ = w.Write([]byte(`{"id":"d1","status":"uploading"}`))
			return
		}
		_, _ = w.Write([]byte(answer))
	}))
	defer api.Close()
	log := filepath.Join(folder(t, map[string]string{"log.csv": twoCalls}), "log.csv")
	upload := func() error {
		_, err := newClient(api.URL, "").upload(t.Context(), log, nil)
		return err
	}

	answer = `{"id":"d1","status":"refused","problem":{"kind":"unknown_format","reason":"not known","advice":"send it over the API"},"preview":{"proposed_mapping":{"fields":{"input_tokens":"Tok In"}},"columns":[]}}`
	err := upload()
	var screen bytes.Buffer
	explained := explain(err, &screen, "analyze", []string{log, "--goal", "cut it"})
	require.EqualError(t, explained, "unknown_format: the log cannot be used: not known")
	assert.Contains(t, screen.String(), `"input_tokens": "Tok In"`)
	assert.Contains(t, printedCommands(t, screen.String()), " analyze --mapping mapping.json "+log+" --goal 'cut it'")

	answer = `{"id":"d1","status":"refused","problem":{"kind":"binary","reason":"a binary file","advice":"export it again"}}`
	err = upload()
	require.EqualError(t, err, "the log cannot be used: a binary file. What to do: export it again")
	assert.Empty(t, usage.KindOf(err))
}
