package routing

import (
	"os"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	gpt4    = "gpt-4-1106-preview"
	mixtral = "mixtral-8x7b-instruct-v0.1"
)

var readMMLU = sync.OnceValues(func() (*Labels, error) {
	file, err := os.Open("testdata/mmlu.csv.zst")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unpacked, err := zstd.NewReader(file)
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	return Read([]Source{{Name: "mmlu.csv", Reader: unpacked}}, Columns{Strong: gpt4, Weak: mixtral})
})

// mmlu is RouteLLM's labels: 14,042 prompts, whether each model answered right.
// The rows are shared: do not change them.
func mmlu(t testing.TB) *Labels {
	t.Helper()
	labels, err := readMMLU()
	require.NoError(t, err)
	own := *labels
	return &own
}

func TestMMLUFigures(t *testing.T) {
	labels := mmlu(t)
	study, err := Evaluate(labels, Options{Seed: 1})
	require.NoError(t, err)
	assert.Equal(t, 14042, study.Rows)
	assert.Equal(t, 57, study.Tags)
	assert.InDelta(t, 0.805797, study.StrongAccuracy, 5e-7)
	assert.InDelta(t, 0.680815, study.WeakAccuracy, 5e-7)
	assert.InDelta(t, 0.858638, study.Oracle.Accuracy, 5e-7)
	assert.InDelta(t, 0.177824, study.Oracle.StrongShare, 5e-7)
	assert.InDelta(t, 0.586, study.Baselines.Length.APGR, 0.001)
	assert.GreaterOrEqual(t, study.Baselines.Tag.APGR, 0.667)
	assert.LessOrEqual(t, study.Baselines.Tag.APGR, 0.685)
	assert.True(t, study.Beats)
	assert.Greater(t, study.APGR, study.Baselines.Tag.APGR)
	assert.Less(t, study.CPT50, study.Baselines.Tag.CPT50)
	assert.Less(t, study.CPT80, study.Baselines.Tag.CPT80)

	d, err := Decide(labels, study, DefaultTarget(), 1)
	require.NoError(t, err)
	assert.Equal(t, LearnedPolicy, d.Policy)
	assert.True(t, d.Proposed, d.Reason)
	assert.Greater(t, d.WeakShare, 0.1)
	assert.LessOrEqual(t, d.Measured.Mean, d.Chosen.Bound)
}

// TestMMLUOverlap counts who is right where, over all rows.
func TestMMLUOverlap(t *testing.T) {
	counts := map[[2]float64]int{}
	for _, row := range mmlu(t).Rows {
		counts[[2]float64{row.Strong, row.Weak}]++
	}
	assert.Equal(t, map[[2]float64]int{{1, 1}: 8818, {0, 1}: 742, {1, 0}: 2497, {0, 0}: 1985}, counts)
}

func TestTheFiguresAreTheSameForTheSameSeed(t *testing.T) {
	labels := mmlu(t)
	labels.Rows = labels.Rows[:2000]
	first, err := Evaluate(labels, Options{Seed: 4, Repeats: 1})
	require.NoError(t, err)
	again, err := Evaluate(labels, Options{Seed: 4, Repeats: 1})
	require.NoError(t, err)
	assert.Equal(t, first, again)
}
