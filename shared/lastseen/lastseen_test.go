package lastseen

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATableAgreesWithAMapUntilItIsFull(t *testing.T) {
	table, want := New(1<<20), map[uint64]uint32{}
	r := rand.New(rand.NewPCG(1, 2))
	for row := range uint32(50_000) {
		key := r.Uint64N(20_000)
		last, ok := table.Swap(key, row)
		wantLast, wantOK := want[key]
		require.Equal(t, wantOK, ok)
		if ok {
			require.Equal(t, wantLast, last)
		}
		want[key] = row
	}
}

func TestATableForgetsTheOldestAndStaysBounded(t *testing.T) {
	const bound = 4096
	table := New(bound)
	for row := range uint32(100_000) {
		table.Swap(uint64(row)+1, row)
		require.Less(t, table.n, bound+1)
	}
	assert.LessOrEqual(t, len(table.keys), 4*bound)
	last, ok := table.Swap(100_000, 100_001)
	assert.True(t, ok, "the newest key is still there")
	assert.EqualValues(t, 99_999, last)
	_, ok = table.Swap(1, 100_002)
	assert.False(t, ok, "the oldest is gone")
}
