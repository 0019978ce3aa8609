package whatif

import (
	"time"

	"netra/shared/usage"
)

// PromptCache are the parameters of a provider's prompt cache.
type PromptCache struct {
	// TTL is the lifetime of a block; 0 is unlimited. A block lives while
	// now - last use <= TTL; every block of a call, hit or not, counts as used.
	TTL time.Duration
	// NoRefresh: a block lives from when it was written, however often it is read.
	NoRefresh bool
	// MinPrefix is the shortest prefix in tokens, in whole blocks, that counts as a hit.
	MinPrefix int64
	// CapacityTokens bounds the cache; 0 is unlimited. After each call the blocks
	// used longest ago are dropped; of one call's blocks the last counts as used first.
	CapacityTokens int64
}

// PromptCacheResult is what the cache would have done. Costs are nil if no call
// has a price.
type PromptCacheResult struct {
	Calls        int64 `json:"calls"`
	InputTokens  int64 `json:"input_tokens"`
	OutputTokens int64 `json:"output_tokens"`
	HitTokens    int64 `json:"hit_tokens"`
	HitBlocks    int64 `json:"hit_blocks"`
	Blocks       int64 `json:"blocks"`
	// DistinctBlocks is missing if the cache was bounded in size or lifetime: then
	// it did not hold all of them at once.
	DistinctBlocks int64    `json:"distinct_blocks,omitempty"`
	CostBefore     *float64 `json:"cost_before_usd"`
	CostAfter      *float64 `json:"cost_after_usd"`
	// Unpriced counts calls without a price: they are in neither cost.
	Unpriced int64 `json:"unpriced_calls,omitempty"`
}

// PromptCacheReplay replays calls through a prompt cache.
type PromptCacheReplay struct {
	params        PromptCache
	prices        *Prices
	blocks        *lru
	before, after bill
	result        PromptCacheResult
}

// Replay starts a replay. All prompt tokens that are not read are written to the
// cache, and cost what prices say a write costs. Prompts of different models
// share nothing.
func (p PromptCache) Replay(prices *Prices) *PromptCacheReplay {
	return &PromptCacheReplay{params: p, prices: prices, blocks: newLRU()}
}

// Result is what the calls so far add up to, or ErrNoBlocks.
func (s *PromptCacheReplay) Result() (PromptCacheResult, error) {
	r := s.result
	if r.Calls > 0 && r.Blocks == 0 {
		return r, ErrNoBlocks
	}
	if s.params.TTL == 0 && s.params.CapacityTokens == 0 {
		r.DistinctBlocks = int64(len(s.blocks.index))
	}
	r.CostBefore, r.CostAfter = costs(&s.before, &s.after)
	return r, nil
}

// Add replays the next call.
func (s *PromptCacheReplay) Add(c *usage.Call) {
	r := &s.result
	r.Calls += max(c.Count, 1)
	r.InputTokens += c.Prompt()
	r.OutputTokens += c.Output
	r.Blocks += int64(len(c.Blocks))
	hit := s.look(c)
	if int64(hit)*c.BlockTokens < s.params.MinPrefix {
		hit = 0
	}
	tokens := min(int64(hit)*c.BlockTokens, c.Prompt())
	r.HitBlocks += int64(hit)
	r.HitTokens += tokens
	rates := s.prices.of(c)
	if rates == nil {
		r.Unpriced++
		return
	}
	s.before.add(rates, c.Tokens, max(c.Count, 1))
	after := c.Tokens
	if len(c.Blocks) > 0 {
		after.Input, after.CacheRead, after.CacheWrite5m, after.CacheWrite1h = 0, tokens, c.Prompt()-tokens, 0
		after.AudioInput = 0
	}
	s.after.add(rates, after, max(c.Count, 1))
}

// look returns how many leading blocks of a call are in the cache, and then puts
// all of them there.
func (s *PromptCacheReplay) look(c *usage.Call) int {
	model := modelMask(c)
	hit := 0
	for hit < len(c.Blocks) && s.alive(c.Blocks[hit]^model, c.Time) {
		hit++
	}
	for k := len(c.Blocks) - 1; k >= 0; k-- {
		key := c.Blocks[k] ^ model
		renew := !s.params.NoRefresh || !s.alive(key, c.Time)
		if at := s.blocks.touch(key); renew {
			*at = c.Time
		}
	}
	switch {
	case s.params.CapacityTokens > 0:
		s.blocks.trim(int(s.params.CapacityTokens / max(c.BlockTokens, 1)))
	case s.params.TTL > 0 && !s.params.NoRefresh:
		s.blocks.expire(c.Time - s.params.TTL.Microseconds())
	}
	return hit
}

func (s *PromptCacheReplay) alive(key uint64, now int64) bool {
	at, ok := s.blocks.at(key)
	return ok && (s.params.TTL == 0 || now-at <= s.params.TTL.Microseconds())
}

// modelMask tells equal prompts of different models apart.
func modelMask(c *usage.Call) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for _, s := range [...]string{c.Provider, "\x00", c.Model} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return h
}

// costs are nil unless something was priced.
func costs(before, after *bill) (*float64, *float64) {
	if before.lines == nil {
		return nil, nil
	}
	was, now := before.usd(), after.usd()
	return &was, &now
}
