package savings_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
	"netra/shared/usage"
)

// headed makes calls that share a system prompt of 2,048 tokens and have some thousand
// of their own, and between them conversations that start the same and grow.
func headed(seed uint64, n int, growing bool) []usage.Call {
	r := rand.New(rand.NewPCG(seed, 5))
	talks := map[int][]uint64{}
	var calls []usage.Call
	for i := range n {
		c := call(time.Duration(i)*time.Minute, "claude-sonnet-4-5", 0, int64(20+r.IntN(300)))
		c.Tag, c.BlockTokens, c.HasCache, c.PromptHash, c.Line = "ask", 512, true, r.Uint64()|1, int64(i+1)
		c.Blocks = []uint64{1, 2, 3, 4}
		if talk := r.IntN(3); growing && r.IntN(3) == 0 {
			c.Tag = "talk"
			for range 2 {
				talks[talk] = append(talks[talk], r.Uint64())
			}
			c.Blocks = append(c.Blocks, talks[talk]...)
			if len(c.Blocks) > 40 {
				talks[talk] = nil
			}
		} else {
			for range 4 + r.IntN(16) {
				c.Blocks = append(c.Blocks, r.Uint64())
			}
		}
		c.Input = int64(len(c.Blocks))*512 - int64(r.IntN(400))
		calls = append(calls, c)
	}
	return calls
}

func TestOnlyTheStartThatIsSharedIsMarked(t *testing.T) {
	calls := headed(1, 400, false)
	a := analyse(t, calls, savings.Options{})
	p := proposal(t, a, savings.PromptCache)
	require.Equal(t, savings.Proposed, p.Status, "marking the whole prompt would not pay: %s", p.Reason)
	require.Len(t, p.Policy.PromptCache, 1)
	assert.EqualValues(t, 2048, p.Policy.PromptCache[0].MarkTokens)
	each := 2048 * (3e-6 - 0.3e-6)
	assert.InDelta(t, 399*each-2048*0.75e-6, p.SavingsUSD, 1e-9, "one write, 399 reads, and no premium on the rest")
	assert.EqualValues(t, 399*2048, p.Policy.PromptCache[0].HitTokens)
}

// TestAShortMarkIsNoReasonForALongerLifetime has a start that a longer mark nearly fits:
// an hour's dearer writes make the finer mark worth more there, but five minutes do.
func TestAShortMarkIsNoReasonForALongerLifetime(t *testing.T) {
	calls := prefixed(300, time.Minute, "claude-sonnet-4-5", 4)
	for i := range calls {
		calls[i].Blocks[4] = uint64(i) + 1000
		calls[i].Input = 4*1024 + 576
	}
	s := proposal(t, analyse(t, calls, savings.Options{}), savings.PromptCache).Policy.PromptCache[0]
	assert.Equal(t, "5m", s.TTL)
	assert.Zero(t, s.MarkTokens)
}

func TestAConversationIsMarkedWhole(t *testing.T) {
	p := proposal(t, analyse(t, prefixed(200, time.Minute, "claude-sonnet-4-5", 10), savings.Options{}), savings.PromptCache)
	require.Equal(t, savings.Proposed, p.Status)
	assert.Zero(t, p.Policy.PromptCache[0].MarkTokens, "a mark of the same worth is not finer")
}

// TestMarksOfSeveralLengthsEqualABruteForceReplay has one prefix marked short for one
// class of calls and whole for another, so that each depends on what the other leaves.
func TestMarksOfSeveralLengthsEqualABruteForceReplay(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			calls := headed(seed, 1500, true)
			a := analyse(t, calls, savings.Options{})
			lengths := map[int64]bool{}
			for _, s := range proposal(t, a, savings.PromptCache).Policy.PromptCache {
				if s.TTL != savings.NotCached {
					lengths[s.MarkTokens] = true
				}
			}
			require.Greater(t, len(lengths), 1, "%v", lengths)
			equalsNaive(t, a, calls)
		})
	}
}

// TestMarksThatLoseMoneyMoveOrGo has prompts with changing documents behind a shared
// start, marked at their end: all of each is written, none is ever read.
func TestMarksThatLoseMoneyMoveOrGo(t *testing.T) {
	calls := headed(2, 400, false)
	before, plain := 0.0, 0.0
	for i := range calls {
		c := &calls[i]
		c.Input, c.CacheWrite5m = 0, c.Input
		before += 3.75e-6*float64(c.CacheWrite5m) + 15e-6*float64(c.Output)
		plain += 3e-6*float64(c.CacheWrite5m) + 15e-6*float64(c.Output)
	}
	t.Run("to the shared start", func(t *testing.T) {
		p := proposal(t, analyse(t, calls, savings.Options{}), savings.PromptCache)
		require.Equal(t, savings.Proposed, p.Status, p.Reason)
		s := p.Policy.PromptCache[0]
		assert.EqualValues(t, 2048, s.MarkTokens)
		assert.True(t, s.Marked)
		assert.InDelta(t, before-plain+399*2048*2.7e-6-2048*0.75e-6, p.SavingsUSD, 1e-9)
		assert.Contains(t, p.Summary, "1 prefix is marked already")
		assert.Contains(t, p.Steps[len(p.Steps)-1], "a gateway adds marks and takes none away")
	})
	t.Run("away where nothing is shared for long", func(t *testing.T) {
		for i := range calls {
			calls[i].Blocks = []uint64{1, uint64(1000 + i)}
		}
		a := analyse(t, calls, savings.Options{})
		p := proposal(t, a, savings.PromptCache)
		require.Equal(t, savings.Proposed, p.Status, p.Reason)
		s := p.Policy.PromptCache[0]
		assert.Equal(t, savings.NotCached, s.TTL)
		assert.True(t, s.Marked)
		assert.InDelta(t, before-plain, p.SavingsUSD, 1e-9)
		equalsNaive(t, a, calls)
	})
	t.Run("not where they pay", func(t *testing.T) {
		for i := range calls {
			calls[i].CacheRead, calls[i].CacheWrite5m = calls[i].CacheWrite5m, 0
		}
		assert.Equal(t, savings.NoSaving, proposal(t, analyse(t, calls, savings.Options{}), savings.PromptCache).Status)
	})
}
