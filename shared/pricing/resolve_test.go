package pricing_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResolveFindsModelsThroughPrefixesDatesAndAliases(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct{ hint, name, want string }{
		{"", "gpt-4o", "openai/gpt-4o"},
		{"", "GPT-4o-2024-08-06", "openai/gpt-4o"},
		{"openai", "gpt-4.1-mini-2025-04-14", "openai/gpt-4.1-mini"},
		{"", "openai/gpt-5", "openai/gpt-5"},
		{"", "claude-3-5-sonnet-20241022", "anthropic/claude-3-5-sonnet"},
		{"", "anthropic/claude-3-7-sonnet-20250219", "anthropic/claude-3-7-sonnet-latest"},
		{"anthropic", "claude-opus-4-5-20251101", "anthropic/claude-opus-4-5"},
		{"", "openrouter/anthropic/claude-3.7-sonnet", "openrouter/anthropic/claude-3.7-sonnet"},
		{"openrouter", "anthropic/claude-3.7-sonnet", "openrouter/anthropic/claude-3.7-sonnet"},
		{"", "bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws/regional.anthropic.claude-3-5-haiku-20241022-v1:0"},
		{"", "bedrock/converse/us.anthropic.claude-3-7-sonnet-20250219-v1:0", "aws/regional.anthropic.claude-3-7-sonnet-20250219-v1:0"},
		{"aws", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0"},
		{"", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0"},
		{"", "meta.llama3-3-70b-instruct-v1:0", "aws/meta.llama3-3-70b-instruct-v1:0"},
		{"", "publishers/anthropic/models/claude-opus-4-5@20251101", "anthropic/claude-opus-4-5"},
		{"", "claude-3-5-sonnet-v2@20241022", "anthropic/claude-3-5-sonnet"},
		{"", "accounts/fireworks/models/deepseek-v3p2", "fireworks/deepseek-v3p2"},
		{"", "fireworks_ai/accounts/fireworks/models/deepseek-v3p2", "fireworks/deepseek-v3p2"},
		{"aws.bedrock", "amazon.nova-pro-v1:0", "aws/amazon.nova-pro-v1:0"},
		{"", "vertex_ai/claude-opus-4-6@20260205", "google/claude-opus-4-6"},
		{"gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"", "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash", "google/gemini-2.5-flash"},
		{"", "models/gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"", "gemini/gemini-2.5-pro-preview-05-06", "google/gemini-2.5-pro"},
		{"azure", "gpt-4o-2024-08-06", "azure/gpt-4o"},
		{"", "azure/eu/gpt-4o", "azure/gpt-4o"},
		{"azure", "gpt-35-turbo-16k", "azure/gpt-3.5-turbo-16k"},
		{"https://api.groq.com/openai/v1", "llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"},
		{"", "xai/grok-3-beta", "x-ai/grok-3"},
		{"", "litellm_proxy/anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"},
		{"", "mistral/codestral-latest", "mistral/codestral"},
		{"", "deepseek/deepseek-chat", "deepseek/deepseek-chat"},
		{"langchain", "gpt-4o-mini", "openai/gpt-4o-mini"},
		{"", "claude-4.5-sonnet", "anthropic/claude-sonnet-4-5"},
		{"", "claude-4.5-sonnet-thinking", "anthropic/claude-sonnet-4-5"},
		{"", "claude-4.1-opus", "anthropic/claude-opus-4-1"},
		{"", "gpt-5-high", "openai/gpt-5"},
		{"openai", "o3-mini-low", "openai/o3-mini"},
	} {
		t.Run(c.hint+" "+c.name, func(t *testing.T) {
			ref, ok := book.Resolve(c.hint, c.name)
			require.True(t, ok, "not found")
			assert.Equal(t, c.want, ref.String())
		})
	}
}

func TestResolveLeavesUnknownModelsUnpriced(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct{ hint, name string }{
		{"", ""},
		{"", "REDACTED"},
		{"", "openrouter/REDACTED"},
		{"", "my-fine-tune"},
		{"", "gpt-5-ultra"},
		{"openai", "claude-4.5-sonnet-thinking"},
		{"ollama", "llama3.3"},
		{"", "ollama/deepseek-r1"},
		{"", "lm_studio/gpt-4o"},
		{"", "deepinfra/gemini-1.5-flash"},
		{"openai", "claude-sonnet-4-5"},
		{"azure", "my-deployment"},
		{"groq", "gpt-4o"},
	} {
		ref, ok := book.Resolve(c.hint, c.name)
		assert.False(t, ok, "%q %q resolved to %s", c.hint, c.name, ref)
	}
}

func TestResolverGivesWhatTheBookGives(t *testing.T) {
	book := embedded(t)
	resolver := book.Resolver()
	for range 2 { // the second round comes from memory
		for _, name := range []string{"gpt-4o", "nobody/knows-it", "claude-opus-5"} {
			want, wantOK := book.Resolve("", name)
			got, ok := resolver.Resolve("", name)
			assert.Equal(t, want, got)
			assert.Equal(t, wantOK, ok)
		}
	}
}

func TestResolverStaysRightOnMoreNamesThanItRemembers(t *testing.T) {
	resolver := embedded(t).Resolver()
	for i := range 6000 {
		_, ok := resolver.Resolve("openai", fmt.Sprintf("made-up-%d", i))
		require.False(t, ok)
	}
	_, ok := resolver.Resolve("openai", "gpt-4o")
	assert.True(t, ok)
}
