package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	normal "netra/shared/dataset"
	"netra/shared/usage"
)

const twoCalls = "When;LLM;Tok In;Tok Out\n2025-01-02 03:04:05;gpt-4o;1000;50\n2025-01-02 05:04:05;;2000;70\n"

func runInspect(t *testing.T, in string, args ...string) (out, errors string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err = inspect(context.Background(), args, stdio{strings.NewReader(in), &stdout, &stderr})
	return stdout.String(), stderr.String(), err
}

func TestInspectPrintsWhatALogHolds(t *testing.T) {
	log := filepath.Join("..", "..", "shared", "usage", "testdata", "formats", "helicone.csv")
	out, _, err := runInspect(t, "", log)
	require.NoError(t, err)
	for _, part := range []string{"helicone (csv)", "4610 (cache read 3548, cache write 500)", "2025-03-01T10:00:00Z to 2025-03-01T10:00:10Z",
		"$0.010500 in 3 of 4 rows", "openai/gpt-4o-2024-08-06", "cannot tell whether cached tokens are inside", "short_span"} {
		assert.Contains(t, out, part)
	}
}

func TestInspectWritesTheCallsThatTheQueriesAsk(t *testing.T) {
	log := filepath.Join("..", "..", "shared", "usage", "testdata", "formats", "helicone.csv")
	name := filepath.Join(t.TempDir(), "calls.parquet")
	_, _, err := runInspect(t, "", log, "--parquet", name)
	require.NoError(t, err)
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	info, err := file.Stat()
	require.NoError(t, err)
	calls, err := normal.Open(file, info.Size())
	require.NoError(t, err)
	assert.EqualValues(t, 4, calls.Rows())
	_, _, err = runInspect(t, "", "-", "--parquet", name)
	assert.ErrorContains(t, err, "not the standard input")
}

func TestInspectPrintsJSONForMachines(t *testing.T) {
	log := filepath.Join("..", "..", "shared", "usage", "testdata", "formats", "openai-usage.json")
	out, _, err := runInspect(t, "", "--json", log)
	require.NoError(t, err)
	var found map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	assert.Equal(t, "openai-usage", found["format"])
	assert.EqualValues(t, 3, found["rows"])
	assert.EqualValues(t, 56, found["calls"], "the calls that the sums stand for")
	assert.EqualValues(t, 108_300, found["input_tokens"])
	assert.EqualValues(t, 6_020, found["output_tokens"])
	assert.Equal(t, "2024-11-01T00:00:00Z", found["first"])
	assert.Equal(t, []any{"summed"}, found["flags"])
}

func TestInspectProposesAMappingAndTakesItBack(t *testing.T) {
	_, proposal, err := runInspect(t, twoCalls, "-")
	require.ErrorContains(t, err, "unknown_format")
	proposal = proposal[strings.Index(proposal, "{"):]
	end := strings.LastIndex(proposal, "}") + 1
	var m usage.Mapping
	require.NoError(t, json.Unmarshal([]byte(proposal[:end]), &m))
	assert.Equal(t, map[string]string{"time": "When", "model": "LLM", "input_tokens": "Tok In", "output_tokens": "Tok Out"}, m.Fields)

	saved := filepath.Join(t.TempDir(), "mapping.json")
	require.NoError(t, os.WriteFile(saved, []byte(proposal[:end]), 0o600))
	out, _, err := runInspect(t, twoCalls, "-", "--mapping", saved, "--model", "gpt-4o-mini", "--json")
	require.NoError(t, err)
	var found usage.Inspection
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	assert.EqualValues(t, 3000, found.InputTokens)
	assert.Equal(t, []usage.ModelUse{
		{Model: "gpt-4o", Calls: 1, InputTokens: 1000, OutputTokens: 50},
		{Model: "gpt-4o-mini", Calls: 1, InputTokens: 2000, OutputTokens: 70},
	}, found.Models)
}

func TestInspectSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		args []string
		want string
	}{
		"no path":         {"", nil, "name one log"},
		"two paths":       {"", []string{"no-such-log", "inspect.go"}, "no such file"},
		"unknown flag":    {"", []string{"a", "--colour"}, "flag provided but not defined"},
		"no such file":    {"", []string{"no-such-log"}, "no such file"},
		"no such mapping": {"", []string{"-", "--mapping", "no-such-mapping"}, "read the mapping"},
		"empty":           {"", []string{"-"}, "empty: the log is empty"},
		"binary":          {"\x00\x01\x02", []string{"-"}, "binary: the log is a binary file"},
		"wrong mapping":   {twoCalls, []string{"-", "--mapping", "inspect.go"}, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := runInspect(t, tc.in, tc.args...)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestInspectLinesModelsUpAndNamesWhatIsMissing(t *testing.T) {
	log := `{"ts":"2025-06-01T10:00:00Z","model":"gpt-4o","provider":"openai","tokens_in":1000,"tokens_out":5}` + "\n" +
		`{"ts":"2025-06-01T10:00:00Z","model":"openai/gpt-5","provider":"openai","tokens_in":7,"tokens_out":5}` + "\n"
	out, _, err := runInspect(t, log, "-")
	require.NoError(t, err)
	assert.Contains(t, out, "calls  input tokens  output tokens  model\n")
	assert.Contains(t, out, "    1          1000              5  openai/gpt-4o\n")
	assert.Contains(t, out, "    1             7              5  openai/gpt-5\n")
	assert.Regexp(t, `carried by +model 100.0%, time 100.0%\n`, out)
	assert.Regexp(t, `not in the log +blocks, cache, cost, latency, `, out)
}

func TestInspectTellsHowLongCallsAre(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, inspect(t.Context(), []string{azureLog}, stdio{strings.NewReader(""), &out, &out}))
	assert.Regexp(t, `input tokens a call +mean 1154.697408, median 1020, p90 2735, p95 4083, p99 4142`, out.String())
	assert.Regexp(t, `output tokens a call +mean 211.125942, median 129, p90 424, p95 451, p99 601`, out.String())
}
