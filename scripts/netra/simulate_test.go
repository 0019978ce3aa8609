package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/sample"
)

// Public traces, in the readers' test data.
const (
	mooncakeLog = "../../shared/sample/mooncake-conversation.jsonl.zst"
	azureLog    = "../../shared/usage/testdata/azure/conv.csv.gz"
)

// runSimulate runs `netra simulate` and returns what it printed as JSON.
func runSimulate(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, simulate(t.Context(), args, stdio{strings.NewReader(""), &out, io.Discard}))
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	return got
}

// The figures were taken with independent scripts in Python; some again in Node and awk.
func TestSimulatePromptCacheGivesTheMooncakeFigures(t *testing.T) {
	for flags, want := range map[string]map[string]float64{
		"--ttl 0":                         {"distinct_blocks": 182790, "hit_blocks": 105710, "hit_tokens": 54098411, "cost_after_usd": 418.168038},
		"--ttl 0 --write 1":               {"cost_after_usd": 350.146479},
		"--ttl 60s":                       {"hit_tokens": 15257089},
		"--ttl 300s":                      {"hit_tokens": 42480677, "cost_after_usd": 458.249221},
		"--ttl 300s --write 1":            {"hit_tokens": 42480677, "cost_after_usd": 381.514361},
		"--ttl 300s --no-refresh":         {"hit_tokens": 36674557},
		"--ttl 300s --min-prefix 1024":    {"hit_tokens": 38198821},
		"--capacity-tokens 1000000":       {"hit_blocks": 15370},
		"--capacity-tokens=3000000":       {"hit_blocks": 39258},
		"--capacity-tokens 10000000":      {"hit_blocks": 82273},
		"--capacity-tokens 30000000":      {"hit_blocks": 103511},
		"--read 0.1 --write 1.25 --json":  {"hit_tokens": 54098411},
		"--ttl 300s --read 1 --write 1.0": {"cost_after_usd": 496.212189},
	} {
		t.Run(flags, func(t *testing.T) {
			args := append([]string{"--lever", "prompt-cache", mooncakeLog, "--price", "3,15"}, strings.Fields(flags)...)
			got := runSimulate(t, args...)
			for key, value := range map[string]float64{"calls": 12031, "blocks": 288500, "input_tokens": 144793823,
				"output_tokens": 4122048, "cost_before_usd": 496.212189} {
				assert.InDelta(t, value, got[key], 5e-7, key)
			}
			for key, value := range want {
				assert.InDelta(t, value, got[key], 5e-7, key)
			}
		})
	}
}

func TestSimulateResponseCacheCountsTheExactRepeats(t *testing.T) {
	got := runSimulate(t, mooncakeLog, "--lever=response-cache", "--price", "3,15")
	assert.EqualValues(t, 118, got["hits"])
	assert.InDelta(t, 118.0/12031, got["hit_rate"], 1e-12)
	assert.Less(t, got["cost_after_usd"], got["cost_before_usd"])
	brief := runSimulate(t, mooncakeLog, "--lever", "response-cache", "--ttl", "1ms")
	assert.EqualValues(t, 1, brief["hits"], "two equal calls have the same time")
	small := runSimulate(t, mooncakeLog, "--lever", "response-cache", "--capacity", "1")
	assert.Less(t, small["hits"], got["hits"], "a cache of one answer forgets")
}

func TestSimulateBatchHalvesTheAzureTrace(t *testing.T) {
	got := runSimulate(t, azureLog, "--lever", "batch", "--price", "2.5,10")
	assert.InDelta(t, 96.791325, got["cost_before_usd"], 1e-9)
	assert.InDelta(t, 48.3956625, got["cost_after_usd"], 1e-9)
	assert.EqualValues(t, 22361870, got["input_tokens"])
	assert.EqualValues(t, 4088665, got["output_tokens"])
}

func TestSimulateWithoutAPriceStillCountsHits(t *testing.T) {
	got := runSimulate(t, mooncakeLog, "--lever", "prompt-cache", "--ttl", "300s")
	assert.EqualValues(t, 42480677, got["hit_tokens"])
	assert.Nil(t, got["cost_after_usd"], "an unpriced log is not free")
	assert.EqualValues(t, 12031, got["unpriced_calls"])
	priced := runSimulate(t, mooncakeLog, "--lever", "prompt-cache", "--ttl", "300s", "--model", "anthropic/claude-sonnet-4-5")
	assert.InDelta(t, 458.249221, priced["cost_after_usd"], 5e-7, "the book has $3/$15, 0.1x and 1.25x for this model")
}

// simulated runs all levers, and returns the proposal of one by its name.
func simulated(t *testing.T, lever string, args ...string) map[string]any {
	t.Helper()
	report := runSimulate(t, append(args, "--json", "--out", t.TempDir())...)
	for _, list := range []string{"recommendations", "not_recommended"} {
		for _, p := range report[list].([]any) {
			if p := p.(map[string]any); p["lever"] == lever {
				return p
			}
		}
	}
	t.Fatalf("the report has no %s", lever)
	return nil
}

func TestThePipelinesProposalNetsTheWritePremium(t *testing.T) {
	own := simulated(t, "prompt-cache", mooncakeLog, "--price", "3,15")
	assert.Equal(t, "proposed", own["status"])
	assert.InDelta(t, 496.212189, own["cost_before_usd"], 5e-7)
	assert.InDelta(t, 458.249221, own["cost_after_usd"], 5e-7, "at a price of one's own no shortest prefix is known")
	assert.Contains(t, fmt.Sprint(own["assumptions"]), "no shortest prefix")
	book := simulated(t, "prompt-cache", mooncakeLog, "--model", "anthropic/claude-sonnet-4-5")
	assert.Greater(t, book["cost_after_usd"], own["cost_after_usd"], "the provider does not cache prefixes under 1,024 tokens")
	named := simulated(t, "prompt-cache", mooncakeLog, "--model", "anthropic/claude-sonnet-4-5", "--price", "3,15")
	assert.InDelta(t, book["cost_after_usd"], named["cost_after_usd"], 1e-9, "a known model keeps its rules at your price")
	dear := []string{mooncakeLog, "--price", "3,15", "--write", "2", "--read", "0.9"}
	whole := runSimulate(t, append(dear, "--lever", "prompt-cache", "--ttl", "300s")...)
	assert.Greater(t, whole["cost_after_usd"], whole["cost_before_usd"], "marking whole prompts loses at such prices")
	start := simulated(t, "prompt-cache", dear...)
	assert.Equal(t, "proposed", start["status"], "so only the start that nearly all calls share is marked")
	assert.Less(t, start["cost_after_usd"], start["cost_before_usd"])
	marked := start["policy"].(map[string]any)["prompt_cache"].([]any)[0].(map[string]any)
	assert.EqualValues(t, 512, marked["mark_tokens"])
	loses := simulated(t, "prompt-cache", mooncakeLog, "--price", "3,15", "--write", "2", "--read", "1")
	assert.Equal(t, "no_saving", loses["status"], "caching that loses money is not proposed, however little is marked")
	assert.NotContains(t, fmt.Sprint(own["policy"]), "mark_tokens", "at the usual prices the whole prompt is marked")
}

func TestOffersOfProvisionedThroughputAreCompared(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.json")
	require.NoError(t, os.WriteFile(own, []byte(`{"prices": {"*": {"input": 3, "output": 15}}, "offers": [
		{"model": {"model": "the log's model"}, "tokens_per_hour": 200000000, "usd_per_hour": 100}]}`), 0o600))
	got := simulated(t, "commitment", mooncakeLog, "--prices", own, "--model", "the log's model")
	assert.Equal(t, "optional", got["status"], got["reason"])
	assert.Positive(t, got["estimated_savings_usd"])
}

func TestSimulateOneLeverOfTheEngineGivesItsProposal(t *testing.T) {
	got := runSimulate(t, mooncakeLog, "--lever", "waste", "--price", "3,15")
	assert.Equal(t, "waste", got["lever"])
	assert.Equal(t, "proposed", got["status"])
	assert.Nil(t, got["estimated_monthly_savings"], "under an hour of log")
}

func TestSimulateRefusesWhatItCannotDo(t *testing.T) {
	noPrompts := filepath.Join(t.TempDir(), "sample.jsonl")
	in, err := sample.Coding().Open()
	require.NoError(t, err)
	data, err := io.ReadAll(in)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(noPrompts, data, 0o600))
	for name, c := range map[string]struct {
		args  []string
		usage bool
		says  string
	}{
		"no log":               {[]string{"--lever", "batch"}, true, "name one log"},
		"unknown lever":        {[]string{mooncakeLog, "--lever", "magic"}, true, "unknown lever"},
		"unknown flag":         {[]string{mooncakeLog, "--magic"}, true, "magic"},
		"half a price":         {[]string{mooncakeLog, "--lever", "batch", "--price", "3"}, true, "3,15"},
		"negative lifetime":    {[]string{mooncakeLog, "--lever", "prompt-cache", "--ttl", "-5s"}, true, "negative"},
		"a lever's flag alone": {[]string{mooncakeLog, "--ttl", "300s"}, true, "needs --lever"},
		"half a price, all":    {[]string{mooncakeLog, "--price", "3"}, true, "3,15"},
		"bad ratio":            {[]string{mooncakeLog, "--lever", "prompt-cache", "--read", "x"}, true, "number"},
		"missing file":         {[]string{"nowhere.jsonl", "--lever", "batch"}, false, "nowhere.jsonl"},
		"no blocks in the log": {[]string{noPrompts, "--lever", "prompt-cache"}, false, "neither prompts nor hashes"},
		"no prompts":           {[]string{noPrompts, "--lever", "response-cache"}, false, "neither prompts"},
	} {
		t.Run(name, func(t *testing.T) {
			err := simulate(t.Context(), c.args, stdio{strings.NewReader(""), io.Discard, io.Discard})
			require.ErrorContains(t, err, c.says)
			assert.Equal(t, c.usage, errors.Is(err, errUsage), "usage text is shown")
		})
	}
}

func TestSimulateReadsALogOfUnknownFormatThroughAMapping(t *testing.T) {
	dir := folder(t, map[string]string{"log.csv": twoCalls, "mapping.json": `{"fields":{"time":"When","model":"LLM","input_tokens":"Tok In","output_tokens":"Tok Out"}}`, "no.csv": "name,colour\na,b\n"})
	log, mapping := filepath.Join(dir, "log.csv"), filepath.Join(dir, "mapping.json")
	var out, errs bytes.Buffer
	run := func(args ...string) error {
		out.Reset()
		errs.Reset()
		return simulate(t.Context(), append(args, "--out", filepath.Join(dir, "out")), stdio{strings.NewReader(""), &out, &errs})
	}
	require.ErrorContains(t, run(log), "unknown_format")
	assert.Contains(t, errs.String(), "give it with --mapping mapping.json to inspect, simulate and analyze")
	require.ErrorContains(t, run(filepath.Join(dir, "no.csv")), "can be read as token counts", "no report about no log")

	require.NoError(t, run(log, "--mapping", mapping, "--json"))
	var report struct {
		Log struct {
			Format string `json:"format"`
			Calls  int64  `json:"calls"`
		} `json:"log"`
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	assert.Equal(t, "mapped", report.Log.Format)
	assert.EqualValues(t, 2, report.Log.Calls)
	require.NoError(t, run(log, "--mapping", mapping, "--lever", "batch", "--price", "1,2"))
	require.ErrorContains(t, run(log, "--mapping", log), "read the mapping")
}

func TestSimulateNamesFilesOfAnEarlierRun(t *testing.T) {
	dir := folder(t, map[string]string{"log.jsonl": oneCall, "out/litellm.yaml": "model_list: []\n"})
	var out, errs bytes.Buffer
	require.NoError(t, simulate(t.Context(), []string{filepath.Join(dir, "log.jsonl"), "--out", filepath.Join(dir, "out")}, stdio{strings.NewReader(""), &out, &errs}))
	assert.Contains(t, errs.String(), "also holds files that this run did not write: litellm.yaml\n")
}
