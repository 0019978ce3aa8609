package whatif_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings/whatif"
	"netra/shared/usage"
)

// dollar prices a million tokens of input at $1 and of output at $2.
func dollar() *whatif.Prices { return &whatif.Prices{Fixed: &whatif.Fixed{Input: 1e-6, Output: 2e-6}} }

func ask(second int64, prompt uint64, blocks ...uint64) *usage.Call {
	return &usage.Call{Time: second * 1_000_000, PromptHash: prompt, Blocks: blocks, BlockTokens: 100, Count: 1,
		Tokens: usage.Tokens{Input: int64(len(blocks)) * 100, Output: 10}}
}

func TestPromptCacheHitsByItsRules(t *testing.T) {
	calls := []*usage.Call{ask(0, 1, 1, 2, 3), ask(50, 2, 1, 2, 4), ask(110, 3, 1, 2, 3), ask(300, 4, 1, 2, 3)}
	for name, c := range map[string]struct {
		cache whatif.PromptCache
		hits  int64
	}{
		"unlimited":                        {whatif.PromptCache{}, 2 + 3 + 3},
		"a minute, renewed by use":         {whatif.PromptCache{TTL: time.Minute}, 2 + 2},
		"a minute from when it is written": {whatif.PromptCache{TTL: time.Minute, NoRefresh: true}, 2},
		"hits of three blocks only":        {whatif.PromptCache{MinPrefix: 300}, 3 + 3},
		"room for three blocks":            {whatif.PromptCache{CapacityTokens: 300}, 2 + 2 + 3},
		"room for one block":               {whatif.PromptCache{CapacityTokens: 199}, 1 + 1 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.cache.Replay(dollar())
			for _, call := range calls {
				r.Add(call)
			}
			got, err := r.Result()
			require.NoError(t, err)
			assert.Equal(t, c.hits, got.HitBlocks)
			assert.Equal(t, c.hits*100, got.HitTokens)
			assert.EqualValues(t, 12, got.Blocks)
			assert.InDelta(t, 1200e-6+80e-6, *got.CostBefore, 1e-15)
			assert.InDelta(t, float64(c.hits)*1e-5+float64(12-c.hits)*1.25e-4+80e-6, *got.CostAfter, 1e-15)
		})
	}
}

func TestModelsShareNoPrefixAndNoAnswer(t *testing.T) {
	a, b := ask(0, 1, 1, 2), ask(1, 1, 1, 2)
	a.Model, b.Model = "one", "two"
	prompts, answers := whatif.PromptCache{}.Replay(dollar()), whatif.ResponseCache{}.Replay(dollar())
	for _, c := range []*usage.Call{a, b} {
		prompts.Add(c)
		answers.Add(c)
	}
	p, err := prompts.Result()
	require.NoError(t, err)
	r, err := answers.Result()
	require.NoError(t, err)
	assert.Zero(t, p.HitBlocks)
	assert.Zero(t, r.Hits)
}

func TestResponseCacheForgetsTheAnswerUsedLongestAgo(t *testing.T) {
	r := whatif.ResponseCache{Capacity: 2}.Replay(dollar())
	for i, prompt := range []uint64{1, 2, 1, 3, 1, 2} { // 3 pushes 2 out, because 1 was used since
		r.Add(ask(int64(i), prompt, 7))
	}
	got, err := r.Result()
	require.NoError(t, err)
	assert.EqualValues(t, 2, got.Hits)
	assert.InDelta(t, *got.CostBefore*4/6, *got.CostAfter, 1e-15, "two of six equal calls are free")
}

func TestBatchMovesTheNamedTagsAtHalfPrice(t *testing.T) {
	r := whatif.Batch{Tags: []string{"nightly"}}.Replay(dollar())
	for i, tag := range []string{"nightly", "chat", "nightly", "nightly"} {
		c := ask(int64(i), 1, 7)
		if c.Tag = tag; i == 3 {
			c.Tier = usage.Batch // is there already
		}
		r.Add(c)
	}
	got, err := r.Result()
	require.NoError(t, err)
	assert.EqualValues(t, 2, got.Moved)
	assert.InDelta(t, 120e-6*3.5, *got.CostBefore, 1e-15)
	assert.InDelta(t, 120e-6*2.5, *got.CostAfter, 1e-15)
}

func TestWhatTheLogDoesNotCarryIsSaid(t *testing.T) {
	prompts, answers := whatif.PromptCache{}.Replay(dollar()), whatif.ResponseCache{}.Replay(&whatif.Prices{})
	prompts.Add(ask(0, 1))
	answers.Add(ask(0, 0))
	_, err := prompts.Result()
	require.ErrorIs(t, err, whatif.ErrNoBlocks)
	_, err = answers.Result()
	require.ErrorIs(t, err, whatif.ErrNoPrompts)
}
