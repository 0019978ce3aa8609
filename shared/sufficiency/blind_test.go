package sufficiency_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

// These fields save nothing by themselves. Each says so, and that nobody takes their
// worth for granted, the tests look at what the engine makes of a log with and
// without them.

// asked returns the request for a field of a log that lacks it. It must lower the
// score and promise no dollars.
func asked(t *testing.T, full, blind []usage.Call, field string) run.Missing {
	t.Helper()
	with, without := sufficiencyOf(t, full), sufficiencyOf(t, blind)
	require.Less(t, without.Score, with.Score, field)
	for _, m := range without.Missing {
		if m.Field == field {
			assert.Equal(t, [2]float64{}, m.WorthUSD, field)
			assert.Contains(t, m.Worth, "no dollars by itself", field)
			return m
		}
	}
	require.Fail(t, "the field is not asked for", field)
	return run.Missing{}
}

// cached makes of a log one whose provider cached: with some probability, a call
// reads what was sent within 5 minutes, and Anthropic's calls write the rest.
func cached(calls []usage.Call, seed uint64) []usage.Call {
	const fiveMinutes = 300_000_000
	rng, seen := rand.New(rand.NewPCG(seed, 1)), map[string]map[uint64]int64{}
	share := 0.2 + 0.8*rng.Float64()
	out := make([]usage.Call, len(calls))
	for i, c := range calls {
		if seen[c.Model] == nil {
			seen[c.Model] = map[uint64]int64{}
		}
		if c.Input >= 1024 && rng.Float64() < share {
			hit := int64(0)
			for _, b := range c.Blocks {
				if last, ok := seen[c.Model][b]; !ok || c.Time-last > fiveMinutes {
					break
				}
				hit += blockTokens
			}
			for _, b := range c.Blocks {
				seen[c.Model][b] = c.Time
			}
			if hit >= 1024 {
				c.CacheRead, c.Input = hit, c.Input-hit
			}
			if c.Model == "claude-sonnet-4-20250514" {
				c.CacheWrite5m, c.Input = c.Input, 0
			}
		}
		out[i] = c
	}
	return out
}

// TestALogWithoutCacheTokensIsMispricedWithinWhatTheRequestSays takes the cache
// columns from 50 logs: the bill and what prompt caching promises are then wrong, by
// no more than the request says in at least nine of ten.
func TestALogWithoutCacheTokensIsMispricedWithinWhatTheRequestSays(t *testing.T) {
	const logs = 50
	priced, promised, over, wrong := 0, 0, 0.0, 0.0
	for seed := range uint64(logs) {
		full := without(cached(generated(seed), seed), sufficiency.Cost)
		blind := without(full, sufficiency.Cache)
		m := asked(t, full, blind, sufficiency.Cache)
		told, seems, bounds := analysed(t, full), analysed(t, blind), surveyed(t, blind)
		more := seems.Before.CostUSD - told.Before.CostUSD
		if more >= -bounds.WrittenUSD && more <= bounds.CachedUSD {
			priced++
		}
		tooMuch := yields(seems, sufficiency.Blocks) - yields(told, sufficiency.Blocks)
		if tooMuch <= bounds.PrefixUSD {
			promised++
		}
		over, wrong = over+max(more, -more), wrong+max(0, tooMuch) // marks that lose money save when they go
		assert.Contains(t, m.Worth, "you may save already")
		assert.Contains(t, m.Worth, "higher if every prompt was written")
		assert.Equal(t, "what is cached already", m.Unlocks)
	}
	assert.GreaterOrEqual(t, priced, logs*9/10, "the bill")
	assert.GreaterOrEqual(t, promised, logs*9/10, "what prompt caching promises")
	assert.Positive(t, over, "the logs must be mispriced, or the test shows nothing")
	assert.Positive(t, wrong, "prompt caching must promise too much, or the test shows nothing")
}

func TestPromptCachingSaysThatALogWithoutCacheTokensMayHideWhatIsCached(t *testing.T) {
	full := generated(54) // nothing is cached, and it says so
	for name, c := range map[string]struct {
		calls []usage.Call
		says  bool
	}{"told": {full, false}, "blind": {without(full, sufficiency.Cache), true}} {
		a := analysed(t, c.calls)
		for _, p := range a.Proposals {
			if p.Lever == savings.PromptCache {
				assert.Equal(t, c.says, contains(p.Assumptions, "does not say of every call what was cached"), name)
			}
		}
		require.Contains(t, a.Plan.Levers, savings.PromptCache)
		assert.Equal(t, c.says, contains(a.Caveats, "a part of what prompt caching saves is saved already"), name)
	}
	bill := asked(t, full, without(full, sufficiency.Cache), sufficiency.Cache)
	assert.NotContains(t, bill.Worth, "the bill may be", "the log reports its costs")
}

// contains reports whether one of the texts has the words.
func contains(texts []string, words string) bool {
	for _, s := range texts {
		if strings.Contains(s, words) {
			return true
		}
	}
	return false
}

func TestLatencyUnlocksResponseTimesAndNoSaving(t *testing.T) {
	var seen int
	for seed := range uint64(10) {
		full := generated(seed)
		blind := without(full, sufficiency.Latency)
		m := asked(t, full, blind, sufficiency.Latency)
		assert.Equal(t, "response times before and after", m.Unlocks)
		with, without := analysed(t, full), analysed(t, blind)
		require.NotNil(t, with.Plan.Latency)
		seen += int(with.Plan.Latency.Calls)
		assert.Nil(t, without.Plan.Latency, "nothing is said of response times that nobody knows")
		assert.InDelta(t, with.Plan.SavingsUSD, without.Plan.SavingsUSD, 1e-9, "or it does have a worth")
	}
	assert.Greater(t, seen, 5000)
}

func TestWithoutTheFirstTokensTimeWorkSeemsToWaitThatSomebodyWaitsFor(t *testing.T) {
	var more float64
	for seed := range uint64(10) {
		full := generated(seed)
		from := full[0].Time
		for i := range full { // two days, and at night only reports, which are streamed
			c := &full[i]
			c.Time, c.Session, c.Tag, c.TTFTMS = from+2*(c.Time-from), fmt.Sprint("s", i), "chat", 100
			if c.Time/3_600_000_000%24 < 6 {
				c.Tag = "report"
			}
		}
		blind := without(full, sufficiency.TTFT)
		m := asked(t, full, blind, sufficiency.TTFT)
		assert.Contains(t, m.Worth, "may be taken for work that can go to the batch tier")
		with, without := analysed(t, full), analysed(t, blind)
		told, seems := yields(with, sufficiency.Tag), yields(without, sufficiency.Tag)
		assert.GreaterOrEqual(t, seems, told-1e-9, "knowing who waits never adds a saving")
		for _, p := range without.Proposals {
			if p.Lever == savings.BatchTier && p.SavingsUSD > 0 {
				assert.True(t, contains(p.Assumptions, "no times to the first token"), "what is not known is said")
			}
		}
		more += seems - told
	}
	assert.Positive(t, more, "the logs must have streams at night, or the test shows nothing")
}

func TestReportedCostUnlocksTheCheckOfTheBillAndNoSavingOfItsOwn(t *testing.T) {
	for seed := range uint64(10) {
		full := generated(seed)
		for i := range full {
			full[i].ReportedCost *= 0.9 // a discount that no price list knows
		}
		blind := without(full, sufficiency.Cost)
		m := asked(t, full, blind, sufficiency.Cost)
		assert.Equal(t, "check of the bill", m.Unlocks)
		with, without := analysed(t, full), analysed(t, blind)
		assert.Zero(t, without.Pricing.Reconciliation.Rows)
		assert.InDelta(t, -0.1*without.Before.CostUSD, with.Pricing.Reconciliation.ResidualUSD, 1e-6)
		assert.InDelta(t, 0.9*without.Before.CostUSD, with.Before.CostUSD, 1e-6, "the bill is the reported one")
		assert.InDelta(t, without.Plan.Percentage, with.Plan.Percentage, 0.5, "and the same share of it is saved")
	}
}

func TestUsersUnlockSpendByUserAndNoSaving(t *testing.T) {
	for seed := range uint64(10) {
		full := generated(seed)
		blind := without(full, sufficiency.User)
		m := asked(t, full, blind, sufficiency.User)
		assert.Equal(t, "spend by user", m.Unlocks)
		with, without := analysed(t, full), analysed(t, blind)
		require.Len(t, with.Spend.ByUser, 7)
		var sum float64
		for _, s := range with.Spend.ByUser {
			sum += s.CostUSD
		}
		assert.InDelta(t, with.Before.CostUSD, sum, 1e-9)
		assert.Empty(t, without.Spend.ByUser)
		assert.InDelta(t, with.Plan.SavingsUSD, without.Plan.SavingsUSD, 1e-9, "or it does have a worth")
	}
}
