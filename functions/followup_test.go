package functions_test

import (
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/fileblob"

	"netra/functions"
	"netra/shared/bucket"
	"netra/shared/handover"
	"netra/shared/pipeline"
	"netra/shared/pricing"
	"netra/shared/run"
	"netra/shared/sample"
	"netra/shared/store"
)

// thread is the documents of one thread: the sample log and the runs so far.
type thread struct {
	store.Reader
	log   store.Dataset
	runs  map[string]map[string]json.RawMessage
	ended time.Time // when the runs so far ended
}

func (d *thread) UID() string { return "ann" }

func (d *thread) Dataset(context.Context, string) (store.Versioned[store.Dataset], error) {
	return store.Versioned[store.Dataset]{Value: d.log}, nil
}

func (d *thread) Run(_ context.Context, id string) (store.Versioned[run.Run], error) {
	if _, ok := d.runs[id]; !ok {
		return store.Versioned[run.Run]{}, store.ErrNotFound
	}
	return store.Versioned[run.Run]{Value: run.Run{ID: id, Status: run.Completed, EndedAt: d.ended}}, nil
}

func (d *thread) Results(_ context.Context, id string) (map[string]json.RawMessage, error) {
	if r, ok := d.runs[id]; ok {
		return r, nil
	}
	return nil, store.ErrNotFound
}

// told keeps the names of the tools that ran.
type told struct{ tools []string }

func (t *told) Think(context.Context, string, string, float64) error { return nil }
func (t *told) ToolExecuting(_ context.Context, d run.ToolExecutingData) error {
	t.tools = append(t.tools, d.Tool)
	return nil
}
func (t *told) ToolCompleted(context.Context, run.ToolCompletedData) error { return nil }
func (t *told) Partial(context.Context, run.PartialResultData) error       { return nil }

// talk asks one question after the other in a thread and returns what the last
// run's optimization handed on, and its tools.
func talk(t *testing.T, planName string, questions ...string) (handover.Optimization, []string) {
	t.Helper()
	return talkAt(t, planName, time.Unix(200, 0), questions...)
}

// talkAt is talk with runs that were all accepted at a time; they end at second 100.
func talkAt(t *testing.T, planName string, created time.Time, questions ...string) (handover.Optimization, []string) {
	t.Helper()
	blob, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	require.NoError(t, err)
	t.Cleanup(func() { blob.Close() })
	b := bucket.New(blob)
	log, err := sample.Coding().Open()
	require.NoError(t, err)
	raw, err := io.ReadAll(log)
	require.NoError(t, err)
	d := &thread{ended: time.Unix(100, 0), runs: map[string]map[string]json.RawMessage{},
		log: store.Dataset{ID: "log", Filename: sample.Coding().Name, Bytes: int64(len(raw)), PartBytes: int64(len(raw))}}
	require.NoError(t, b.User("ann").PutPart(t.Context(), "log", 0, &reader{raw}))
	table, err := pipeline.Load()
	require.NoError(t, err)
	prices, err := pricing.Embedded()
	require.NoError(t, err)
	agents := functions.Agents(functions.Deps{Table: table, Bucket: b, Prices: prices, Now: time.Now})
	var emit *told
	previous := ""
	for _, q := range questions {
		emit = &told{}
		in := pipeline.Input{Documents: d, Run: run.Run{ID: q, UserID: "ann", Goal: q, Plan: planName, Datasets: []string{"log"}, Previous: previous, CreatedAt: created}}
		out, err := pipeline.Drive(t.Context(), table, agents, in, emit)
		require.NoError(t, err, q)
		d.runs[q], previous = out.Results, q
	}
	var o handover.Optimization
	require.NoError(t, json.Unmarshal(d.runs[previous]["optimization"], &o))
	return o, emit.tools
}

type reader struct{ rest []byte }

func (r *reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestAFollowUpAnswersWithTheDifferenceAndReadsNothingAgain(t *testing.T) {
	o, tools := talk(t, "enterprise", "cut our LLM cost", "newer models are fine")
	assert.Contains(t, tools, "reuse_log")
	assert.NotContains(t, tools, "normalise_log")
	require.NotNil(t, o.Difference)
	assert.Contains(t, o.Difference.Added, "newer-model")
	assert.Positive(t, o.Difference.SavingsUSD)
}

func TestAFollowUpKeepsWhatWasSaidBefore(t *testing.T) {
	o, _ := talk(t, "enterprise", "newer models are fine", "leave out the batch tier")
	assert.Contains(t, o.Analysis.Plan.Levers, "newer-model")
	assert.Contains(t, o.Analysis.Options.ExcludeLevers, "batch")
}

func TestAPlanWithoutWhatIfAnswersWithoutComparing(t *testing.T) {
	o, tools := talk(t, "free", "cut our LLM cost", "newer models are fine")
	assert.Contains(t, tools, "compare_plans", "it is tried, denied and told")
	assert.Nil(t, o.Difference)
	assert.NotEmpty(t, o.Notes)
	assert.NotNil(t, o.Analysis)
}

func TestARunThatHadNotEndedBeforeIsNotBuiltOn(t *testing.T) {
	o, tools := talkAt(t, "enterprise", time.Unix(50, 0), "cut our LLM cost", "newer models are fine")
	assert.Contains(t, tools, "normalise_log")
	assert.NotContains(t, tools, "reuse_log")
	assert.Nil(t, o.Difference)
}
