package savings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
	"netra/shared/usage"
)

// served makes 60 calls of a model at a provider.
func served(provider, model string) []usage.Call {
	var calls []usage.Call
	for i := range 60 {
		c := call(time.Duration(i)*time.Hour, model, 3000, 500)
		c.Provider = provider
		calls = append(calls, c)
	}
	return calls
}

func TestLabelsCompareWithTheMakersOwnSmallerModelOfToday(t *testing.T) {
	for _, c := range []struct{ provider, model, want string }{
		{"openai", "gpt-5.1-2025-11-13", "gpt-5"},
		{"aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-haiku-4-5"},
		{"aws", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "eu.anthropic.claude-haiku-4-5"},
		{"anthropic", "claude-opus-4-5", "claude-haiku-4-5"},
		{"google", "gemini-2.5-pro", "gemini-3"},
	} {
		s := proposal(t, analyse(t, served(c.provider, c.model), savings.Options{}), savings.Routing).Sampling
		require.NotNil(t, s, c.model)
		assert.Contains(t, s.Model, c.want, c.model)
	}
}

func TestACheaperProfileOfTheSameProviderComesBeforeAnotherProvider(t *testing.T) {
	p := proposal(t, analyse(t, served("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"), savings.Options{}), savings.SameModel)
	require.Len(t, p.Policy.Swaps, 1)
	assert.Equal(t, savings.Model{Provider: "aws", Model: "global.anthropic.claude-sonnet-4-5-20250929-v1:0"}, p.Policy.Swaps[0].To)
	assert.Equal(t, "Move us.anthropic.claude-sonnet-4-5-20250929-v1:0 to global.anthropic.claude-sonnet-4-5-20250929-v1:0.", p.Summary)
	assert.Contains(t, p.Assumptions, "Another profile of the same provider may answer in another region: where your data must stay in one, keep the one that you have.")
}
