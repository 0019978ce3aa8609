package whatif

import (
	"slices"

	"netra/shared/usage"
)

// Batch moves calls to the batch tier.
type Batch struct {
	// Tags are the classes that are moved; empty moves all calls.
	Tags []string
}

// BatchResult is what the batch tier would have cost.
type BatchResult struct {
	Calls        int64    `json:"calls"`
	InputTokens  int64    `json:"input_tokens"`
	OutputTokens int64    `json:"output_tokens"`
	Moved        int64    `json:"moved_calls"`
	CostBefore   *float64 `json:"cost_before_usd"`
	CostAfter    *float64 `json:"cost_after_usd"`
	Unpriced     int64    `json:"unpriced_calls,omitempty"`
}

// BatchReplay replays calls in the batch tier.
type BatchReplay struct {
	params        Batch
	prices        *Prices
	before, after bill
	result        BatchResult
}

// Replay starts a replay. A call whose model has no batch price stays.
func (p Batch) Replay(prices *Prices) *BatchReplay { return &BatchReplay{params: p, prices: prices} }

// Result is what the calls so far add up to.
func (s *BatchReplay) Result() (BatchResult, error) {
	r := s.result
	r.CostBefore, r.CostAfter = costs(&s.before, &s.after)
	return r, nil
}

// Add replays the next call.
func (s *BatchReplay) Add(c *usage.Call) {
	r, n := &s.result, max(c.Count, 1)
	r.Calls += n
	r.InputTokens += c.Prompt()
	r.OutputTokens += c.Output
	rates := s.prices.of(c)
	if rates == nil {
		r.Unpriced++
		return
	}
	s.before.add(rates, c.Tokens, n)
	batch := s.prices.tier(c, usage.Batch)
	if batch == nil || c.Tier != usage.Standard || len(s.params.Tags) > 0 && !slices.Contains(s.params.Tags, c.Tag) {
		batch = rates
	} else {
		r.Moved += n
	}
	s.after.add(batch, c.Tokens, n)
}
