package whatif

import (
	"time"

	"netra/shared/usage"
)

// ResponseCache are the parameters of a cache of the user's own for exact repeats.
type ResponseCache struct {
	// TTL is how long an answer lives from when it was stored; 0 is unlimited.
	TTL time.Duration
	// Capacity is the number of answers kept; 0 is unlimited. The answer used
	// longest ago is dropped first.
	Capacity int
}

// ResponseCacheResult is what the cache would have done.
type ResponseCacheResult struct {
	Calls      int64    `json:"calls"`
	Hits       int64    `json:"hits"`
	HitRate    float64  `json:"hit_rate"`
	CostBefore *float64 `json:"cost_before_usd"`
	CostAfter  *float64 `json:"cost_after_usd"`
	Unpriced   int64    `json:"unpriced_calls,omitempty"`
}

// ResponseCacheReplay replays calls through a response cache.
type ResponseCacheReplay struct {
	params        ResponseCache
	prices        *Prices
	answers       *lru
	hashed        int64
	before, after bill
	result        ResponseCacheResult
}

// Replay starts a replay. A hit costs nothing; calls that failed are not stored.
func (p ResponseCache) Replay(prices *Prices) *ResponseCacheReplay {
	return &ResponseCacheReplay{params: p, prices: prices, answers: newLRU()}
}

// Result is what the calls so far add up to, or ErrNoPrompts.
func (s *ResponseCacheReplay) Result() (ResponseCacheResult, error) {
	r := s.result
	if r.Calls > 0 && s.hashed == 0 {
		return r, ErrNoPrompts
	}
	if r.Calls > 0 {
		r.HitRate = float64(r.Hits) / float64(r.Calls)
	}
	r.CostBefore, r.CostAfter = costs(&s.before, &s.after)
	return r, nil
}

// Add replays the next call.
func (s *ResponseCacheReplay) Add(c *usage.Call) {
	r := &s.result
	r.Calls += max(c.Count, 1)
	hit := s.look(c)
	if hit {
		r.Hits++
	}
	rates := s.prices.of(c)
	if rates == nil {
		r.Unpriced++
		return
	}
	s.before.add(rates, c.Tokens, max(c.Count, 1))
	if !hit {
		s.after.add(rates, c.Tokens, max(c.Count, 1))
	}
}

func (s *ResponseCacheReplay) look(c *usage.Call) bool {
	if c.PromptHash == 0 {
		return false
	}
	s.hashed++
	key := c.PromptHash ^ modelMask(c)
	at, ok := s.answers.at(key)
	if ok && (s.params.TTL == 0 || c.Time-at <= s.params.TTL.Microseconds()) {
		s.answers.touch(key)
		return true
	}
	if c.Status != usage.OK {
		return false
	}
	*s.answers.touch(key) = c.Time
	if s.params.Capacity > 0 {
		s.answers.trim(s.params.Capacity)
	}
	return false
}
