package usage_test

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/sample"
	"netra/shared/usage"
)

// open opens a file of testdata as a log.
func open(t *testing.T, name string, opts usage.Options) *usage.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	r, err := usage.Open(f, opts)
	require.NoError(t, err)
	return r
}

// drain reads all calls in small batches, so that batch ends fall anywhere.
func drain(r *usage.Reader) ([]usage.Call, error) {
	var calls []usage.Call
	batch := make([]usage.Call, 7)
	for {
		n, err := r.Read(batch)
		calls = append(calls, batch[:n]...)
		if err == io.EOF {
			return calls, nil
		}
		if err != nil {
			return calls, err
		}
	}
}

func readAll(t *testing.T, name string) ([]usage.Call, usage.Report) {
	t.Helper()
	r := open(t, name, usage.Options{})
	calls, err := drain(r)
	require.NoError(t, err)
	return calls, r.Report()
}

func cover(calls []usage.Call) *usage.Coverage {
	var c usage.Coverage
	for i := range calls {
		c.Add(&calls[i])
	}
	c.Finish()
	return &c
}

func TestAiderLogReproducesItsKnownSums(t *testing.T) {
	log, err := sample.Coding().Open()
	require.NoError(t, err)
	r, err := usage.Open(log, usage.Options{})
	require.NoError(t, err)
	calls, err := drain(r)
	require.NoError(t, err)
	report := r.Report()
	c := cover(calls)
	assert.Equal(t, "aider", report.Format)
	assert.EqualValues(t, 5321, report.Rows)
	assert.EqualValues(t, 5321, c.Calls)
	assert.EqualValues(t, 69_231_073, c.PromptTokens)
	assert.EqualValues(t, 2_862_673, c.Tokens.Output)
	assert.InDelta(t, 10_173.724295996, c.ReportedCost, 5e-10)
	assert.EqualValues(t, 1102, c.Rows-c.Carried.Cost)
	assert.Len(t, c.Models, 90)
	assert.Equal(t, "2024-08-13", c.First.Format("2006-01-02"))
	assert.Equal(t, "2025-06-08", c.Last.Format("2006-01-02"))
	assert.EqualValues(t, 5317, c.Carried.User, "four rows have no user")
	assert.Zero(t, report.Unreadable)
}

func TestAzureTraceReproducesItsKnownDistribution(t *testing.T) {
	calls, report := readAll(t, "azure/conv.csv.gz")
	assert.Equal(t, "azure-trace", report.Format)
	assert.Equal(t, "gzip", report.Packing)
	require.Len(t, calls, 19_366)
	var in, out []int64
	for i := range calls {
		in = append(in, calls[i].Prompt())
		out = append(out, calls[i].Output)
	}
	assert.EqualValues(t, 22_361_870, sum(in))
	assert.EqualValues(t, 4_088_665, sum(out))
	assert.InDelta(t, 1154.697408, mean(in), 5e-7)
	assert.InDelta(t, 211.125942, mean(out), 5e-7)
	assert.Equal(t, []int64{1020, 2735, 4083, 4142}, ranks(in, 50, 90, 95, 99))
	assert.Equal(t, []int64{129, 424, 451, 601}, ranks(out, 50, 90, 95, 99))
	assert.EqualValues(t, 1700158546680590, calls[0].Time, "seven digits of a second")
}

func TestMooncakeTraceReproducesItsKnownSums(t *testing.T) {
	calls, report := readAll(t, "../../sample/mooncake-conversation.jsonl.zst")
	assert.Equal(t, "mooncake", report.Format)
	assert.True(t, report.RelativeTime)
	require.Len(t, calls, 12_031)
	c := cover(calls)
	assert.EqualValues(t, 144_793_823, c.PromptTokens)
	assert.EqualValues(t, 4_122_048, c.Tokens.Output)
	blocks, distinct := 0, map[uint64]bool{}
	prompts, repeats := map[uint64]bool{}, 0
	for i := range calls {
		blocks += len(calls[i].Blocks)
		assert.EqualValues(t, 512, calls[i].BlockTokens)
		for _, b := range calls[i].Blocks {
			distinct[b] = true
		}
		if prompts[calls[i].PromptHash] {
			repeats++
		}
		prompts[calls[i].PromptHash] = true
	}
	assert.Equal(t, 288_500, blocks)
	assert.Len(t, distinct, 182_790)
	assert.Equal(t, 118, repeats, "same hash_ids and input_length as an earlier row")
}

func sum(xs []int64) (total int64) {
	for _, x := range xs {
		total += x
	}
	return total
}

func mean(xs []int64) float64 { return float64(sum(xs)) / float64(len(xs)) }

// ranks are percentiles by nearest rank.
func ranks(xs []int64, percents ...float64) []int64 {
	sorted := slices.Sorted(slices.Values(xs))
	var out []int64
	for _, p := range percents {
		out = append(out, sorted[int(math.Ceil(p/100*float64(len(sorted))))-1])
	}
	return out
}
