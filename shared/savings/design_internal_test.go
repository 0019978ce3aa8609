package savings

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBlocksAreAsLongAsLeavesEnoughToTellADrift(t *testing.T) {
	for _, c := range []struct {
		n      int
		unit   string
		want   design
		blocks int
	}{
		{299, "day", design{7, 1, "week"}, 43},
		{167, "day", design{1, 7, "day"}, 167},
		{14, "day", design{1, 7, "day"}, 14},
		{13, "day", design{1, 1, "day"}, 13},
		{335, "hour", design{8, 3, "8-hour span"}, 42},
		{144, "hour", design{6, 4, "6-hour span"}, 24},
		{119, "hour", design{4, 6, "4-hour span"}, 30},
		{72, "hour", design{3, 8, "3-hour span"}, 24},
		{48, "hour", design{2, 12, "2-hour span"}, 24},
		{47, "hour", design{1, 1, "hour"}, 47},
		{14, "hour", design{1, 1, "hour"}, 14},
		{60, "minute", design{2, 1, "2-minute span"}, 30},
		{1, "row", design{1, 1, "row"}, 1},
	} {
		d := designOf(c.n, c.unit)
		assert.Equal(t, c.want, d, "%d %ss", c.n, c.unit)
		assert.Equal(t, c.blocks, d.blocks(c.n), "%d %ss", c.n, c.unit)
	}
}

func TestJoinedBlocksKeepTheSumAndAShortRestJoinsTheLastOne(t *testing.T) {
	assert.Equal(t, []float64{6, 15}, design{join: 3, strata: 1}.joined([]float64{1, 2, 3, 4, 5, 6}))
	assert.Equal(t, []float64{6, 22}, design{join: 3, strata: 1}.joined([]float64{1, 2, 3, 4, 5, 6, 7}), "a rest of a third")
	assert.Equal(t, []float64{6, 15, 15}, design{join: 3, strata: 1}.joined([]float64{1, 2, 3, 4, 5, 6, 7, 8}), "two thirds")
}

func TestTheMixWeighsPlacesOfTheCycle(t *testing.T) {
	d := design{join: 1, strata: 2}
	series := []float64{10, 1, 10} // the first half of the cycle came once more
	assert.InDelta(t, 3*5.5, d.mixed(series, d.mix(0, 2)), 1e-12)
	assert.InDelta(t, 21, d.mixed(series, d.mix(0, 3)), 1e-12)
	assert.InDelta(t, 3*1, d.mixed(series, []float64{0, 1}), 1e-12)
}
