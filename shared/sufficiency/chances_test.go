package sufficiency_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

// likeBill is what a bill of a week carries.
func likeBill() *usage.Coverage {
	c := carrying(sufficiency.Tokens, sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Session, sufficiency.Latency,
		sufficiency.TTFT, sufficiency.Quality, sufficiency.Status, sufficiency.Cache)
	c.Calls, c.Billed = 0, c.Rows
	return c
}

func TestABillIsInsufficientForAnyGoalAndAsksForTheUsageOnly(t *testing.T) {
	for _, text := range []string{"cut our LLM bill", "make answers faster", "better quality", "only batch please"} {
		s := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, text), Coverage: likeBill(), Labels: true, Provider: "openai-costs"})
		assert.Equal(t, string(sufficiency.Insufficient), s.State, text)
		assert.Equal(t, []string{sufficiency.Tokens}, fields(s), text)
		assert.Zero(t, s.Missing[0].WorthUSD)
		assert.Contains(t, s.Missing[0].Export[0], "platform.openai.com, Usage")
	}
	// A goal that needs nothing but what a bill has, and levers that need no part.
	only := goal.Goal{Focus: []goal.Focus{goal.Cost}, Levers: []string{savings.Output}}
	assert.Equal(t, 39, sufficiency.Assess(sufficiency.Evidence{Goal: only, Coverage: likeBill()}).Score, "without the limit it would be minimal")
}

func TestEveryProviderOfABillHasItsSteps(t *testing.T) {
	for format, step := range map[string]string{
		"openai-costs": "organization/usage/completions", "anthropic-costs": "usage_report/messages", "aws-costs": "model invocation logging",
		"google-costs": "request-response logging", "azure-costs": "ApiManagementGatewayLlmLog",
	} {
		steps := sufficiency.Steps(format, sufficiency.Tokens)
		assert.True(t, contains(steps, step), "%s: %v", format, steps)
		assert.False(t, contains(steps, "does not record this"), format)
	}
}

// The figures are list prices of 2025: Sonnet 4 at $3, $0.30 cached, $15, and half of each in the
// batch tier; GPT-4o at $2.50 and $10, whose provider caches unasked.
func TestChancesAreBoundsFromListPrices(t *testing.T) {
	book, err := pricing.Embedded()
	require.NoError(t, err)
	sonnet := func(c usage.Charge, tier usage.Tier, usd float64) usage.ChargeUse {
		return usage.ChargeUse{Provider: "anthropic", Model: "claude-sonnet-4-5", Charge: c, Tier: tier, CostUSD: usd}
	}
	gpt := usage.ChargeUse{Provider: "openai", Model: "gpt-4o", Charge: usage.ChargeOutput, CostUSD: 10}
	for name, c := range map[string]struct {
		charge       usage.ChargeUse
		batch, cache float64
	}{
		"input":              {charge: sonnet(usage.ChargeInput, "", 100), batch: 50, cache: 90},
		"output":             {charge: sonnet(usage.ChargeOutput, "", 100), batch: 50},
		"cached already":     {charge: sonnet(usage.ChargeCached, "", 100), batch: 50},
		"batch already":      {charge: sonnet(usage.ChargeInput, usage.Batch, 100), cache: 90},
		"nobody says":        {charge: sonnet(usage.ChargeTokens, "", 100), batch: 50, cache: 90},
		"no tokens":          {charge: sonnet(usage.ChargeOther, "", 100)},
		"self-caching":       {charge: gpt, batch: 5},
		"nobody knows it":    {charge: usage.ChargeUse{Provider: "openai", Model: "house", Charge: usage.ChargeInput, CostUSD: 10}},
		"AWS leaves the day": {charge: usage.ChargeUse{Provider: "aws", Model: "claude-sonnet-4-5", Charge: usage.ChargeInput, CostUSD: 10}, batch: 5, cache: 9},
	} {
		got := map[string]float64{}
		for _, chance := range sufficiency.Chances([]usage.ChargeUse{c.charge}, book, read(t, "cut cost")) {
			got[chance.Lever] = chance.MostUSD
			assert.Equal(t, c.charge.CostUSD, chance.SpendUSD, name)
			assert.Len(t, chance.Models, 1, name)
		}
		assert.InDelta(t, c.batch, got[savings.BatchTier], 1e-9, name)
		assert.InDelta(t, c.cache, got[savings.PromptCache], 1e-9, name)
	}
	for _, chance := range sufficiency.Chances([]usage.ChargeUse{sonnet(usage.ChargeInput, "", 100)}, book, read(t, "cut cost, without batch")) {
		assert.NotEqual(t, savings.BatchTier, chance.Lever, "the goal excludes it")
	}
}
