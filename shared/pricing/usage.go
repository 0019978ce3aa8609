package pricing

// Usage is what a provider reports of one call, in the usage keys of the book
// (input_tokens, cache_read_tokens, output_reasoning_tokens, web_searches, ...).
// A key contains its narrower keys: cache_read_tokens is a part of input_tokens.
type Usage map[string]int64
