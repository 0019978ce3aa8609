package savings

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBlocksAreWholeCyclesOrAtLeastTen(t *testing.T) {
	for _, c := range []struct {
		n      int
		unit   string
		want   design
		blocks int
	}{
		{299, "day", design{7, 1, "week"}, 43},
		{35, "day", design{7, 1, "week"}, 5},
		{30, "day", design{1, 7, "day"}, 30},
		{13, "day", design{1, 1, "day"}, 13},
		{144, "hour", design{24, 1, "day"}, 6},
		{119, "hour", design{8, 3, "8-hour span"}, 15},
		{60, "hour", design{4, 6, "4-hour span"}, 15},
		{48, "hour", design{3, 8, "3-hour span"}, 16},
		{40, "hour", design{2, 1, "2-hour span"}, 20},
		{36, "hour", design{2, 1, "2-hour span"}, 18},
		{20, "hour", design{2, 1, "2-hour span"}, 10},
		{19, "hour", design{1, 1, "hour"}, 19},
		{14, "hour", design{1, 1, "hour"}, 14},
		{60, "minute", design{4, 1, "4-minute span"}, 15},
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
