package savings

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/dataset"
)

func TestSizesAndLatenciesAreKnownWithinTheirBuckets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var sizes sizeHist
	var latencies sketch
	var values []int64
	for range 20_000 {
		v := int64(math.Exp(6+2*r.NormFloat64())) + 1
		values = append(values, v)
		sizes.add(v)
		latencies.add(float64(v))
	}
	slices.Sort(values)
	for _, q := range []float64{0.1, 0.5, 0.75, 0.9, 0.99} {
		want := float64(values[int(q*float64(len(values)))])
		assert.InEpsilon(t, want, float64(sizes.quantile(q)), 1.0/16, "size quantile %v", q)
		assert.InEpsilon(t, want, latencies.quantile(q), 0.03, "latency quantile %v", q)
	}
	for v := int64(0); v < 1<<20; v += 1 + v/7 {
		top := bucketTop(sizeBucket(v))
		assert.GreaterOrEqual(t, top, v)
		assert.LessOrEqual(t, float64(top), float64(v)*17/16+1)
	}
}

func TestStudentsQuantilesMatchTheTable(t *testing.T) {
	for df, want := range map[float64]float64{9: 1.833, 13: 1.771, 29: 1.699, 100: 1.660} {
		assert.InDelta(t, want, halfWidth([]fit{{likelihood: 1, scale: 1}}, df), 0.002, "%v degrees of freedom", df)
	}
}

func TestARowThatHasLeftTheRingsIsForgotten(t *testing.T) {
	small := newHistory(5000)
	small.open(0)
	_, ok := small.slot(4999, 4999)
	assert.True(t, ok, "a short log is remembered whole")
	large := newHistory(3 * maxHistory)
	large.open(0)
	_, ok = large.slot(2*maxHistory, maxHistory-maxBatch-1)
	assert.True(t, ok)
	_, ok = large.slot(2*maxHistory, maxHistory-maxBatch)
	assert.False(t, ok, "the batch at work may have overwritten it")
	_, ok = large.slot(7, 0)
	assert.False(t, ok, "no link")
}

// TestABypassedCallPassesOnOlderUses follows a prefix over a call that was not made.
func TestABypassedCallPassesOnOlderUses(t *testing.T) {
	const minute = 60_000_000
	for first, want := range map[int64]int64{20: 300, 0: 200} {
		e := &env{hist: newHistory(10)}
		e.hist.open(0)
		p := newPrefixes(e)
		b := &batch{Columns: dataset.Columns{N: 4, Time: []int64{first * minute, 60 * minute, 63 * minute, 66 * minute},
			SessionBack: make([]int64, 4), Tag: make([]uint32, 4), Status: make([]uint8, 4),
			PrefixFrom: []int32{0, 0, 1, 2, 4}, PrefixBack: []int32{1, 1, 1, 3}, PrefixTokens: []int32{100, 200, 200, 300}},
			prompt: make([]int64, 4)}
		e.hist.add(b)
		e.hist.follow(b)
		p.open(b)
		p.use(b, 0, uint8(wholePrompt))
		p.use(b, 1, uint8(wholePrompt))
		assert.EqualValues(t, 200, p.hit(b, 2, fiveMinutes))
		p.pass(b, 2) // row 2 was not made: its 200 tokens were last used by row 1
		assert.EqualValues(t, 0, p.hit(b, 3, fiveMinutes), "6 minutes ago is too long")
		assert.EqualValues(t, want, p.hit(b, 3, oneHour), "100 more by row 0, %d minutes ago", 66-first)
	}
}

func TestTheLatencyModelFindsTheCostOfATokenInTime(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	b := &batch{Columns: dataset.Columns{N: 500}}
	for range b.N {
		prompt, out := int64(r.IntN(9000)), int64(r.IntN(700))
		b.prompt, b.Output, b.Counts = append(b.prompt, prompt), append(b.Output, out), append(b.Counts, 1)
		b.LatencyMS = append(b.LatencyMS, 250+0.04*float64(prompt)+11*float64(out)+20*r.NormFloat64())
	}
	var m latencyModel
	m.learn(b, b.N)
	m.fit()
	assert.InEpsilon(t, 0.04, m.perPrompt, 0.05)
	assert.InEpsilon(t, 11, m.perOutput, 0.01)
}

func TestAGapFallsIntoTheFirstLifetimeThatHoldsIt(t *testing.T) {
	table, lifetimes := newAgeTable(), curveLifetimes()
	for k, d := range lifetimes[:unlimited] {
		limit := d.Microseconds()
		for gap, want := range map[int64]int{limit - 1: k, limit: k, limit + 1: k + 1} {
			assert.EqualValues(t, want, table.of(gap), "%d microseconds", gap)
		}
	}
	assert.EqualValues(t, 0, table.of(-5), "calls out of order")
	assert.EqualValues(t, 0, table.of(0))
	assert.EqualValues(t, unlimited, table.of(math.MaxInt64))
	assert.Equal(t, 5*time.Minute, lifetimes[ageFiveMinutes])
	assert.Equal(t, time.Hour, lifetimes[ageOneHour])
}

// TestStreamsTakeEveryBatchInOrderAndStagesWaitForOneAnother lets more streams run
// than there are cores.
func TestStreamsTakeEveryBatchInOrderAndStagesWaitForOneAnother(t *testing.T) {
	const count = 200
	batches := make([]*batch, count)
	for i := range batches {
		batches[i] = &batch{firsts: int64(i)}
	}
	var prepared [count]atomic.Bool
	taken := make([][]int64, 7)
	var replays []func(*batch)
	for k := range taken {
		replays = append(replays, func(b *batch) {
			assert.True(t, prepared[b.firsts].Load(), "batch %d is prepared", b.firsts)
			taken[k] = append(taken[k], b.firsts)
		})
	}
	s := newStreams([]func(*batch){func(b *batch) { prepared[b.firsts].Store(true) }}, replays)
	s.run(batches[:50])
	s.run(batches[50:])
	s.run(nil)
	for _, order := range taken {
		assert.Len(t, order, count)
		assert.True(t, slices.IsSorted(order))
	}
}
