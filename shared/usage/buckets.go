package usage

import "errors"

var (
	errCachedOver = errors.New("cached tokens exceed the prompt tokens they are part of")
	errNoTokens   = errors.New("no token counts")
)

// doubt is what a row leaves open.
type doubt uint8

const (
	sure doubt = iota
	// cachedUnclear: the source has one number for the prompt and one for
	// cached tokens, and nothing tells whether the second is part of the first.
	cachedUnclear
)

// buckets makes the token counts of a row disjoint. OpenAI, Gemini and
// OpenTelemetry count cached tokens inside the prompt tokens, Anthropic and
// Bedrock beside them; the fields of a layout say which.
func (r *row) buckets(cachedInside *bool) (Tokens, doubt, error) {
	read := max(r.num(fReadIn), r.num(fReadOut), r.num(fReadAny))
	w5, w1 := r.writes()
	out, reasoning := r.output()
	t := Tokens{
		CacheRead: read, CacheWrite5m: w5, CacheWrite1h: w1,
		Output: out, Reasoning: reasoning,
		AudioOutput: r.num(fAudioOut) + r.num(fAudioOutOut), WebSearches: r.num(fSearches),
	}
	inside, unsure := r.inside(read+w5+w1, out, cachedInside)
	t.Input = max(r.num(fWhole), r.num(fInput))
	if inside {
		if t.Input < read+w5+w1 {
			return t, unsure, errCachedOver
		}
		t.Input -= read + w5 + w1
	}
	t.Input += r.num(fToolInput) + r.num(fAudioInOut)
	t.AudioInput = min(r.num(fAudioIn)+r.num(fAudioInOut), t.Input)
	t.AudioOutput = min(t.AudioOutput, t.Output)
	return t, unsure, nil
}

// writes splits written tokens by lifetime; what the source does not split is 5 minutes,
// every provider's default.
func (r *row) writes() (w5, w1 int64) {
	total := max(r.num(fWriteIn), r.num(fWriteOut), r.num(fWriteAny))
	w5, w1 = r.num(fWrite5m), r.num(fWrite1h)
	if rest := total - w5 - w1; rest > 0 {
		w5 += rest
	}
	return w5, w1
}

// output returns everything generated and the reasoning part of it. Reasoning is
// inside the output tokens but for Gemini (a field of its own) and sources whose
// total says otherwise (xAI).
func (r *row) output() (out, reasoning int64) {
	out = r.num(fOutput) + r.num(fThoughts) + r.num(fAudioOutOut)
	reasoning = r.num(fReasoning)
	prompt := max(r.num(fWhole), r.num(fInput))
	beside := r.has(fTotal) && r.num(fTotal) == prompt+out+reasoning
	if reasoning > 0 && (beside || reasoning > out) {
		out += reasoning
	}
	return out, reasoning + r.num(fThoughts)
}

// inside says whether the cached tokens are part of the prompt tokens.
func (r *row) inside(cached, out int64, told *bool) (bool, doubt) {
	switch {
	case r.hasAny(fWhole):
		return true, sure
	case r.hasAny(fReadOut, fWriteOut):
		return false, sure
	case r.hasAny(fReadIn, fWriteIn):
		return true, sure
	case cached == 0:
		return false, sure
	case told != nil:
		return *told, sure
	case r.has(fTotal) && r.num(fTotal) == r.num(fInput)+out:
		return true, sure
	case r.has(fTotal) && r.num(fTotal) == r.num(fInput)+out+cached:
		return false, sure
	}
	// Unknown: inside never overstates the prompt; more cached than prompt can only be beside.
	return cached <= r.num(fInput), cachedUnclear
}

// hasTokens says whether the row counts any tokens.
func (r *row) hasTokens() bool {
	return r.hasAny(fInput, fWhole, fOutput, fReadIn, fReadOut, fReadAny, fWriteIn, fWriteOut, fWriteAny,
		fThoughts, fWrite5m, fWrite1h, fAudioInOut, fAudioOutOut)
}
