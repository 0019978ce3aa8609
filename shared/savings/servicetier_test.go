package savings_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
	"netra/shared/usage"
)

func TestThePriorityTierIsTheUsersToDecideButNotForWorkThatCanWait(t *testing.T) {
	calls := office(func(i int, c *usage.Call) {
		if i%2 == 0 {
			c.Tier = usage.Priority
		}
	})
	a := analyse(t, calls, savings.Options{})
	p := proposal(t, a, savings.ServiceTier)
	require.Equal(t, savings.Optional, p.Status, p.Reason)
	premium := 1 - 2.5/4.25 // gpt-4o
	assert.InDelta(t, premium*p.Evidence.CostUSD, p.SavingsUSD, 1e-9)
	sum := 0.0
	for _, s := range p.Policy.ServiceTier {
		assert.Equal(t, "gpt-4o", s.From.Model)
		sum += s.SavingsUSD
	}
	assert.InDelta(t, p.SavingsUSD, sum, 1e-9)
	assert.Len(t, p.Policy.ServiceTier, 2, "chat and digest")

	batch := proposal(t, a, savings.BatchTier)
	require.Equal(t, savings.Proposed, batch.Status)
	digest := 0.0
	for i := range calls {
		if calls[i].Tag == "digest" {
			digest += price(t, calls[i]) - price(t, inTier(calls[i], usage.Batch))
		}
	}
	assert.InDelta(t, digest, batch.SavingsUSD, 1e-9, "nobody waits for a digest: its premium goes too")

	accepted := analyse(t, calls, savings.Options{Accept: []string{savings.ServiceTier}})
	assert.Contains(t, accepted.Plan.Levers, savings.ServiceTier)
	equalsNaive(t, accepted, calls)
	assert.Equal(t, savings.Excluded, proposal(t, analyse(t, calls, savings.Options{NoSlower: true}), savings.ServiceTier).Status)
	assert.Equal(t, savings.NoSaving, proposal(t, analyse(t, office(func(int, *usage.Call) {}), savings.Options{}), savings.ServiceTier).Status)
}

func inTier(c usage.Call, tier usage.Tier) usage.Call {
	c.Tier = tier
	return c
}

// price is what the book has for a call.
func price(t *testing.T, c usage.Call) float64 {
	t.Helper()
	usd, ok := (&naive{book: book(t)}).price(c)
	require.True(t, ok)
	return usd
}

func TestTheBatchLeverNamesTheModelsWhoseFlexTierCostsTheSame(t *testing.T) {
	for model, flex := range map[string]int{"gpt-5": 1, "gpt-4o": 0} {
		p := proposal(t, analyse(t, office(func(_ int, c *usage.Call) { c.Model = model }), savings.Options{}), savings.BatchTier)
		require.Equal(t, savings.Proposed, p.Status)
		require.Len(t, p.Policy.Batch.Flex, flex, model)
		assert.Equal(t, flex > 0, strings.Contains(strings.Join(p.Steps, " "), `"flex"`), model)
	}
}

func (n *naive) batched(c usage.Call) usage.Call {
	p := n.policies[savings.BatchTier].Batch
	if p == nil || !contains(p.Tags, c.Tag) || c.Status != usage.OK || c.Tier != usage.Standard && c.Tier != usage.Priority {
		return c
	}
	to := c
	to.Tier = usage.Batch
	now, _ := n.price(c)
	if usd, ok := n.price(to); ok && usd < now {
		return to
	}
	return c
}

func (n *naive) standard(c usage.Call) usage.Call {
	if c.Tier != usage.Priority || len(n.policies[savings.ServiceTier].ServiceTier) == 0 {
		return c
	}
	to := c
	to.Tier = usage.Standard
	now, _ := n.price(c)
	if usd, ok := n.price(to); ok && usd < now {
		return to
	}
	return c
}

func contains(tags []string, tag string) bool {
	for _, t := range tags {
		if t == tag {
			return true
		}
	}
	return false
}
