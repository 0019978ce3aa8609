package savings

import (
	"math"
	"sort"
	"time"

	"netra/shared/dataset"
)

// clock cuts the log's span into blocks for the bootstrap and into the part that
// levers learn from and the part that they are tested on.
type clock struct {
	from, to int64 // microseconds
	length   int64
	unit     string
	n        int
	// cut is the first time, and cutRow the first row of a log without times, of
	// the second part. The cut lies between two blocks.
	cut    int64
	cutRow int64
	rows   int64
}

// learnShare is the share of the span that policies are chosen on.
const learnShare = 0.7

// units are the lengths of blocks, longest first. The longest one that gives
// minBlocks of them is used: long blocks keep what belongs together (the hours of
// a day, the calls of a session) in one block.
func units() []struct {
	name   string
	length time.Duration
} {
	return []struct {
		name   string
		length time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}
}

const minBlocks = 14

func newClock(f *dataset.File, w window) clock {
	from, to := w.clip(f.Span())
	c := clock{rows: f.Rows(), unit: "row", n: 1, length: 1}
	c.cutRow = int64(learnShare * float64(c.rows))
	if from.IsZero() {
		return c
	}
	c.from, c.to = from.UnixMicro(), to.UnixMicro()
	for _, u := range units() {
		c.unit, c.length = u.name, u.length.Microseconds()
		c.n = int((c.to-c.from)/c.length) + 1
		if c.n >= minBlocks {
			break
		}
	}
	c.cut = c.from + int64(math.Ceil(learnShare*float64(c.n)))*c.length
	return c
}

// relative reports whether the times count from an unknown start: no log is older
// than the first provider's API, so what comes before 2000 is no date.
func (c *clock) relative() bool {
	return c.to < time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
}

// dated reports whether the log's calls have times.
func (c *clock) dated() bool { return c.to > 0 }

func (c *clock) hours() float64 { return float64(c.to-c.from) / 3.6e9 }

// blocks fills the block of each row, and returns how many rows of the batch
// belong to the first part. Rows come in order of time, so blocks are runs.
func (c *clock) blocks(b *dataset.Columns, block []int32) int {
	if !c.dated() {
		fillBlocks(block, 0)
		return int(min(max(c.cutRow-b.Row, 0), int64(b.N)))
	}
	for i := 0; i < b.N; {
		k := c.block(b.Time[i])
		end := c.from + (k+1)*c.length
		j := i
		for j < b.N && b.Time[j] < end {
			block[j] = int32(k)
			j++
		}
		i = max(j, i+1)
	}
	return sort.Search(b.N, func(i int) bool { return b.Time[i] >= c.cut })
}

// block returns the block of a time; undated rows count to the first.
func (c *clock) block(micros int64) int64 {
	return min(max((micros-c.from)/c.length, 0), int64(c.n-1))
}

// cutBlock is the first block of the second part.
func (c *clock) cutBlock() int { return int((c.cut - c.from) / c.length) }

func fillBlocks(v []int32, x int32) {
	for i := range v {
		v[i] = x
	}
}
