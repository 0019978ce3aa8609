package pricing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

func TestAlternativesAreTheSameModelElsewhere(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		of         pricing.Ref
		has, hasNo []pricing.Ref
	}{
		{ref("anthropic", "claude-sonnet-4-5"),
			[]pricing.Ref{ref("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"), ref("openrouter", "anthropic/claude-sonnet-4.5")},
			[]pricing.Ref{ref("anthropic", "claude-sonnet-4-5"), ref("anthropic", "claude-sonnet-4-6"), ref("anthropic", "claude-haiku-4-5")}},
		{ref("aws", "regional.anthropic.claude-haiku-4-5-20251001-v1:0"),
			[]pricing.Ref{ref("aws", "global.anthropic.claude-haiku-4-5-20251001-v1:0"), ref("anthropic", "claude-haiku-4-5")}, nil},
		{ref("openai", "gpt-4o"), []pricing.Ref{ref("openrouter", "openai/gpt-4o")}, []pricing.Ref{ref("openai", "gpt-4o-mini"), ref("openrouter", "openai/gpt-4o:extended")}},
		{ref("groq", "llama-3.3-70b-versatile"), []pricing.Ref{ref("aws", "meta.llama3-3-70b-instruct-v1:0")}, nil},
	} {
		got := book.Alternatives(c.of, 0)
		for _, want := range c.has {
			assert.Contains(t, got, want, "alternatives of %s", c.of)
		}
		for _, wrong := range c.hasNo {
			assert.NotContains(t, got, wrong, "alternatives of %s", c.of)
		}
		for _, r := range got {
			_, ok := book.Rates(r, 0, usage.Standard)
			assert.True(t, ok, "%s has no price", r)
		}
	}
	assert.Empty(t, book.Alternatives(ref("openai", "no-such-model"), 0))
}

func TestSuccessorsAreNewerOfTheFamilyAndNotDearer(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		of   pricing.Ref
		want []pricing.Ref
	}{
		{ref("anthropic", "claude-opus-4-1"), []pricing.Ref{ref("anthropic", "claude-opus-5"), ref("anthropic", "claude-opus-4-8"), ref("anthropic", "claude-opus-4-7"), ref("anthropic", "claude-opus-4-6"), ref("anthropic", "claude-opus-4-5")}},
		{ref("openai", "gpt-4o"), []pricing.Ref{ref("openai", "gpt-5.1"), ref("openai", "gpt-5"), ref("openai", "gpt-4.1")}},
		{ref("openai", "gpt-5.5"), nil},
		{ref("openai", "text-embedding-3-small"), nil},
		{ref("openai", "no-such-model"), nil},
	} {
		assert.Equal(t, c.want, book.Successors(c.of, 0), "successors of %s", c.of)
	}
}

func TestSuccessorsDependOnTheTime(t *testing.T) {
	book := embedded(t)
	sonnet := ref("anthropic", "claude-sonnet-4-5")
	assert.Contains(t, book.Successors(sonnet, micros(t, "2026-08-01T00:00:00Z")), ref("anthropic", "claude-sonnet-5"))
	assert.NotContains(t, book.Successors(sonnet, micros(t, "2026-10-01T00:00:00Z")), ref("anthropic", "claude-sonnet-5"))
}

func TestFactsKnowWhichModelsReasonUnasked(t *testing.T) {
	book := embedded(t)
	for model, thinks := range map[pricing.Ref]bool{
		ref("openai", "gpt-4o"): false, ref("openai", "gpt-5"): true, ref("openai", "gpt-5-mini"): true, ref("openai", "gpt-5.1"): false,
		ref("openai", "gpt-5.2-pro"): true, ref("openai", "o3"): true, ref("anthropic", "claude-opus-5"): false,
		ref("google", "gemini-2.5-flash"): true, ref("google", "gemini-2.5-flash-lite"): false, ref("google", "gemini-2.0-flash"): false,
		ref("deepseek", "deepseek-chat"): false, ref("deepseek", "deepseek-reasoner"): true, ref("x-ai", "grok-4-fast-non-reasoning"): false,
	} {
		facts, ok := book.Facts(model)
		require.True(t, ok, model)
		assert.Equal(t, thinks, facts.Thinks, model)
	}
}

func TestFactsKnowTheCachesRules(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		ref       pricing.Ref
		min, step int64
		marked    bool
	}{
		{ref("openai", "gpt-4o"), 1024, 128, false},
		{ref("anthropic", "claude-opus-5"), 512, 1, true},
		{ref("anthropic", "claude-sonnet-4-5"), 1024, 1, true},
		{ref("anthropic", "claude-haiku-4-5"), 4096, 1, true},
		{ref("anthropic", "claude-opus-4-6"), 4096, 1, true},
		{ref("aws", "regional.anthropic.claude-3-5-haiku-20241022-v1:0"), 2048, 1, true},
		{ref("google", "gemini-2.5-flash"), 1024, 1, false},
		{ref("google", "gemini-2.5-pro"), 4096, 1, false},
		{ref("deepseek", "deepseek-chat"), 64, 64, false},
	} {
		facts, ok := book.Facts(c.ref)
		require.True(t, ok, c.ref)
		require.True(t, facts.Cached, c.ref)
		assert.Equal(t, c.min, facts.Cache.MinPrefix, c.ref)
		assert.Equal(t, c.step, facts.Cache.Step, c.ref)
		assert.Equal(t, c.marked, facts.Cache.Marked, c.ref)
		assert.GreaterOrEqual(t, facts.Cache.Lifetime, 5*time.Minute)
	}
	facts, ok := book.Facts(ref("openai", "gpt-4"))
	require.True(t, ok)
	assert.False(t, facts.Cached, "gpt-4 has no cached price")
	assert.EqualValues(t, 8192, facts.Window)
	_, ok = book.Facts(ref("openai", "no-such-model"))
	assert.False(t, ok)
}
