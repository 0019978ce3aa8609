package pricing

import "netra/shared/usage"

// Usage is what a provider reports of one call, in the usage keys of the book
// (input_tokens, cache_read_tokens, output_reasoning_tokens, web_searches, ...).
// A key contains its narrower keys: cache_read_tokens is a part of input_tokens.
type Usage map[string]int64

// Tokens returns the usage in disjoint buckets. Cache writes of unknown lifetime
// count as 5-minute ones, the default of the providers that charge for writes.
func (u Usage) Tokens() usage.Tokens {
	write5m, write1h := u["cache_write_5m_tokens"], u["cache_write_1h_tokens"]
	write5m += max(0, u["cache_write_tokens"]-write5m-write1h)
	return usage.Tokens{
		Input:        max(0, u["input_tokens"]-u["cache_read_tokens"]-write5m-write1h),
		CacheRead:    u["cache_read_tokens"],
		CacheWrite5m: write5m,
		CacheWrite1h: write1h,
		Output:       u["output_tokens"],
		Reasoning:    u["output_reasoning_tokens"],
		AudioInput:   max(0, u["input_audio_tokens"]-u["cache_audio_read_tokens"]),
		AudioOutput:  u["output_audio_tokens"],
		WebSearches:  u["web_searches"],
	}
}

// FromTokens is the inverse of Usage.Tokens: disjoint buckets in the book's keys,
// without those that are zero.
func FromTokens(t usage.Tokens) Usage {
	u := Usage{}
	for key, n := range map[string]int64{
		"input_tokens":            t.Prompt(),
		"cache_read_tokens":       t.CacheRead,
		"cache_write_tokens":      t.CacheWrite5m + t.CacheWrite1h,
		"cache_write_5m_tokens":   t.CacheWrite5m,
		"cache_write_1h_tokens":   t.CacheWrite1h,
		"output_tokens":           t.Output,
		"output_reasoning_tokens": t.Reasoning,
		"input_audio_tokens":      t.AudioInput,
		"output_audio_tokens":     t.AudioOutput,
		"web_searches":            t.WebSearches,
	} {
		if n != 0 {
			u[key] = n
		}
	}
	return u
}
