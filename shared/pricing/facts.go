package pricing

import (
	"strings"
	"time"
)

// Facts are what a model allows, apart from its price.
type Facts struct {
	// Window is the context window in tokens, 0 if the book does not say.
	Window int64
	// Cache is how the provider caches prompts; Cached is false where it does not,
	// or gives no discount for it.
	Cache  CacheFacts
	Cached bool
	// Thinks: the model reasons before it answers unless told not to, and bills that as
	// output.
	Thinks bool
}

// SelfCaching reports whether the provider caches prompts unasked.
func (f Facts) SelfCaching() bool { return f.Cached && !f.Cache.Marked }

// CacheFacts are the rules of a provider's prompt cache.
type CacheFacts struct {
	// MinPrefix is the shortest prefix in tokens that is cached; beyond it the
	// cached length grows in steps of Step tokens (1: any length).
	MinPrefix, Step int64
	// Marked: the caller must mark what to cache (cache_control, cachePoint);
	// otherwise the provider caches by itself.
	Marked bool
	// Lifetime is how long an entry lives after its last use; OneHour says that
	// an hour can be had for the dearer write.
	Lifetime time.Duration
	OneHour  bool
}

// Facts returns what the book knows of a model; false for an unknown model.
//
// Sources: https://platform.openai.com/docs/guides/prompt-caching (1024 tokens,
// then steps of 128; 5 to 10 minutes of idleness),
// https://platform.claude.com/docs/en/build-with-claude/prompt-caching,
// https://ai.google.dev/gemini-api/docs/caching (2.5 Flash 1024, Pro 4096),
// https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html,
// https://api-docs.deepseek.com/guides/kv_cache (units of 64 tokens).
func (b *Book) Facts(ref Ref) (Facts, bool) {
	m := b.model(ref)
	if m == nil {
		return Facts{}, false
	}
	f := Facts{Window: m.Window, Thinks: thinks(m.identity)}
	set := m.Prices.at(b.AsOf)
	input, in := set[unit{direction: "input"}]
	read, hasRead := set[unit{direction: "input", kind: "read"}]
	if in && hasRead && read.base.LessThan(input.base) {
		f.Cached = true
		f.Cache = cacheFacts(ref.Provider, m.identity)
		if ref.Provider == ownProvider && f.Cache == cacheFacts("", "") {
			f.Cache = ownCache(set)
		}
		_, hour := set[unit{direction: "input", kind: "write", ttl: "1h"}]
		f.Cache.OneHour = f.Cache.OneHour && hour
	}
	return f, true
}

// ownCache are the rules for a model of which only the user's price is known: no
// shortest prefix is known, so none is applied. Where writing costs more than
// input, the caller marks what is worth it.
func ownCache(set priceSet) CacheFacts {
	rates := set.rateSet(0)
	return CacheFacts{Step: 1, Lifetime: 5 * time.Minute, OneHour: true, Marked: rates.CacheWrite5m > rates.Input}
}

// thinks tells reasoning models by their identities. Models that reason only on request
// (Claude, Qwen) are none.
//
// Sources: https://platform.openai.com/docs/guides/reasoning (o series, GPT-5 but its
// chat models; from 5.1 on the default effort is none),
// https://ai.google.dev/gemini-api/docs/thinking (2.5 and later, Flash-Lite not),
// https://api-docs.deepseek.com/guides/reasoning_model, https://docs.x.ai/docs/models.
func thinks(name string) bool {
	switch {
	case strings.Contains(name, "chat-latest"), strings.Contains(name, "flash-lite"), strings.Contains(name, "non-reasoning"):
		return false
	case strings.HasPrefix(name, "gpt-5"):
		later := len(name) > 6 && name[6] >= '1' && name[6] <= '9' // gpt-5-1
		return !later || strings.Contains(name, "-pro") || strings.Contains(name, "codex")
	}
	for _, prefix := range []string{"o1", "o3", "o4-mini", "gemini-2-5", "gemini-3", "deepseek-reasoner", "deepseek-r1", "grok-4"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func cacheFacts(provider, name string) CacheFacts {
	automatic := CacheFacts{MinPrefix: 1024, Step: 1, Lifetime: 5 * time.Minute}
	switch {
	case strings.HasPrefix(name, "claude"):
		return CacheFacts{MinPrefix: claudeMinimum(name), Step: 1, Marked: true, Lifetime: 5 * time.Minute, OneHour: true}
	case strings.HasPrefix(name, "gemini"):
		if strings.Contains(name, "-pro") {
			automatic.MinPrefix = 4096
		}
		return automatic
	case strings.HasPrefix(name, "nova"):
		automatic.Marked = true
		return automatic
	case provider == "openai" || provider == "azure" || strings.HasPrefix(name, "gpt-"):
		automatic.Step = 128
		return automatic
	case provider == "deepseek":
		return CacheFacts{MinPrefix: 64, Step: 64, Lifetime: time.Hour}
	}
	return automatic
}

// claudeMinimum is the shortest prefix that a Claude model caches.
func claudeMinimum(name string) int64 {
	for _, rule := range []struct {
		prefix string
		tokens int64
	}{
		{"claude-opus-5", 512}, {"claude-fable-5", 512},
		{"claude-opus-4-7", 2048},
		{"claude-opus-4-5", 4096}, {"claude-opus-4-6", 4096}, {"claude-haiku-4-5", 4096},
		{"claude-haiku", 2048},
	} {
		if strings.HasPrefix(name, rule.prefix) {
			return rule.tokens
		}
	}
	return 1024
}
