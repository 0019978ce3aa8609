package routing

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFiguresOfKnownCurves(t *testing.T) {
	cases := map[string]struct {
		rows []scored
		want Figures
	}{
		"perfect": {
			[]scored{{4, 1, 1}, {3, 0, 1}, {2, 0, 1}, {1, 0, 1}},
			Figures{APGR: 0.875, CPT50: 0.125, CPT80: 0.2},
		},
		"worst": {
			[]scored{{1, 1, 1}, {2, 0, 1}, {3, 0, 1}, {4, 0, 1}},
			Figures{APGR: 0.125, CPT50: 0.875, CPT80: 0.95},
		},
		"one score for all is a random router": {
			[]scored{{1, 1, 1}, {1, 0, 1}, {1, -1, 1}, {1, 1, 1}},
			Figures{APGR: 0.5, CPT50: 0.5, CPT80: 0.8},
		},
		"losses of the strong model last": {
			[]scored{{4, 1, 1}, {3, 1, 1}, {2, 0, 1}, {1, -1, 1}},
			// the gap recovered goes 0, 1, 2, 2, 1
			Figures{APGR: 1.375, CPT50: 0.125, CPT80: 0.2},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := measure(c.rows)
			require.True(t, ok)
			assert.InDelta(t, c.want.APGR, got.APGR, 1e-12)
			assert.InDelta(t, c.want.CPT50, got.CPT50, 1e-12)
			assert.InDelta(t, c.want.CPT80, got.CPT80, 1e-12)
		})
	}
}

func TestWithoutAGapThereAreNoFigures(t *testing.T) {
	_, ok := measure([]scored{{1, 1, 1}, {2, -1, 1}})
	assert.False(t, ok)
}

func TestResampledAreaIsTheAPGRWhenEveryPromptIsDrawnOnce(t *testing.T) {
	rows := []scored{{4, 1, 1}, {3, 1, 1}, {3, -1, 1}, {2, 0, 1}, {1, 1, 1}}
	f := ranked{row: []int{0, 1, 2, 3, 4}, gain: []float64{1, 1, -1, 0, 1}}
	f.order[0], f.ends[0] = ranking(rows)
	want, ok := measure(append([]scored(nil), rows...))
	require.True(t, ok)
	assert.InDelta(t, want.APGR, f.area(0, []float64{1, 1, 1, 1, 1}), 1e-12)
	assert.InDelta(t, 0.5, f.area(0, []float64{0, 0, 2, 1, 0}), 1e-12, "a resample without a gap says nothing")
}
