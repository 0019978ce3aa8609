package savings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
	"netra/shared/usage"
)

// listed finds a price of an analysis; it fails if there is not just one.
func listed(t *testing.T, a *savings.Analysis, provider, model, tier string, from int64) savings.ListPrice {
	t.Helper()
	var found []savings.ListPrice
	for _, p := range a.Pricing.Prices {
		if p.Provider == provider && p.Model == model && p.Tier == tier && p.PromptFrom == from {
			found = append(found, p)
		}
	}
	require.Len(t, found, 1, "%s/%s %s from %d", provider, model, tier, from)
	return found[0]
}

func TestPricesOfTheLogAndOfModelsToMoveToAreListed(t *testing.T) {
	calls := hourly(24, func(i int, c *usage.Call) {
		c.Tier = usage.Priority
		if i%3 == 0 {
			c.Model, c.Tier = "gpt-4-turbo", usage.Standard
		}
		if i%3 == 1 {
			c.Provider, c.Model, c.Tier = "google", "gemini-2.5-pro", usage.Standard
		}
	})
	calls = append(calls, call(24*time.Hour, "unheard-of", 10, 10))
	a := analyse(t, calls, savings.Options{})
	assert.InDelta(t, 2.5, listed(t, a, "openai", "gpt-4o", "standard", 0).PerMillion.Input, 1e-9)
	assert.InDelta(t, 4.25, listed(t, a, "openai", "gpt-4o", "priority", 0).PerMillion.Input, 1e-9)
	short, long := listed(t, a, "google", "gemini-2.5-pro", "standard", 0), listed(t, a, "google", "gemini-2.5-pro", "standard", 200_001)
	assert.EqualValues(t, 200_001, short.PromptBelow)
	assert.InDelta(t, 2*short.PerMillion.Input, long.PerMillion.Input, 1e-9)
	swaps := proposal(t, a, savings.NewerModel).Policy.Swaps
	require.NotEmpty(t, swaps)
	for _, s := range swaps {
		listed(t, a, s.To.Provider, s.To.Model, "standard", 0)
	}
	for _, p := range a.Pricing.Prices {
		assert.NotEqual(t, "unheard-of", p.Model, "a model without a price")
		assert.NotEqual(t, "batch", p.Tier, "neither the log nor a proposal has the batch tier")
	}
}

func TestModelsToMoveToAreSpelledAsTheLogDoes(t *testing.T) {
	a := analyse(t, hourly(24, func(_ int, c *usage.Call) { c.Provider, c.Model = "", "gpt-4-turbo" }), savings.Options{})
	swaps := proposal(t, a, savings.NewerModel).Policy.Swaps
	require.NotEmpty(t, swaps)
	listed(t, a, "", swaps[0].To.Model, "standard", 0)
}
