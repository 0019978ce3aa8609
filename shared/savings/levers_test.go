package savings_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/usage"
)

// office makes a week of calls: chat sessions by day, and a class that runs at
// night, changed by change.
func office(change func(i int, c *usage.Call)) []usage.Call {
	r := rand.New(rand.NewPCG(5, 5))
	var calls []usage.Call
	for hour := range 7 * 24 {
		of := hour % 24
		for i := range 20 {
			c := call(time.Duration(hour)*time.Hour+time.Duration(i)*time.Minute, "gpt-4o", 1000+r.Int64N(100), 200)
			switch {
			case of >= 9 && of < 18:
				c.Tag, c.Session = "chat", string(rune('a'+r.IntN(5)))
			case of == 2:
				c.Tag, c.Session = "digest", string(rune(1000+hour*20+i))
			default:
				continue
			}
			change(i, &c)
			calls = append(calls, c)
		}
	}
	return calls
}

func TestBatchTakesOnlyClassesThatNobodyWaitsFor(t *testing.T) {
	for name, c := range map[string]struct {
		change func(int, *usage.Call)
		opts   savings.Options
		status savings.Status
		tags   []string
	}{
		"a class that runs at night by itself": {func(int, *usage.Call) {}, savings.Options{}, savings.Proposed, []string{"digest"}},
		"a class that the user names too":      {func(int, *usage.Call) {}, savings.Options{BatchTags: []string{"chat"}}, savings.Proposed, []string{"chat", "digest"}},
		"streamed answers are waited for":      {func(_ int, c *usage.Call) { c.TTFTMS = 200 }, savings.Options{}, savings.NoSaving, nil},
		"sessions that go on are waited for": {func(i int, c *usage.Call) {
			c.Session = "one"
		}, savings.Options{}, savings.NoSaving, nil},
		"without sessions it is for the user to say": {func(_ int, c *usage.Call) { c.Session = "" }, savings.Options{}, savings.Optional, []string{"digest"}},
		"streamed without sessions":                  {func(_ int, c *usage.Call) { c.Session, c.TTFTMS = "", 200 }, savings.Options{}, savings.NeedsData, nil},
		"at all hours without sessions": {func(i int, c *usage.Call) {
			c.Session, c.Tag = "", "all"
		}, savings.Options{}, savings.NeedsData, nil},
		"no slower answers": {func(int, *usage.Call) {}, savings.Options{NoSlower: true}, savings.Excluded, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := analyse(t, office(c.change), c.opts)
			p := proposal(t, a, savings.BatchTier)
			require.Equal(t, c.status, p.Status, p.Reason)
			if c.tags != nil {
				assert.Equal(t, c.tags, p.Policy.Batch.Tags)
				assert.InDelta(t, p.Evidence.CostUSD/2, p.SavingsUSD, 1e-9, "half price")
			}
		})
	}
}

func TestModelsThatNeedADecisionStayOutOfThePlanUntilItIsMade(t *testing.T) {
	calls := office(func(_ int, c *usage.Call) { c.Model, c.Provider = "claude-3-5-haiku-20241022", "anthropic" })
	for i := range calls {
		calls[i].Model, calls[i].Provider = "gpt-4", "openai"
	}
	a := analyse(t, calls, savings.Options{})
	p := proposal(t, a, savings.NewerModel)
	require.Equal(t, savings.Optional, p.Status, p.Reason)
	assert.NotContains(t, a.Plan.Levers, savings.NewerModel)
	assert.Zero(t, p.MarginalUSD)
	accepted := analyse(t, calls, savings.Options{Accept: []string{savings.NewerModel}})
	require.NotNil(t, a.Plan.IfAccepted)
	assert.InDelta(t, accepted.Plan.SavingsUSD, a.Plan.IfAccepted.SavingsUSD, 1e-9, "a replay of its own, not a sum")
	assert.Nil(t, accepted.Plan.IfAccepted, "nothing is left to decide")
	assert.Contains(t, accepted.Plan.Levers, savings.NewerModel)
	d := savings.Diff(a, accepted)
	assert.Equal(t, []string{savings.NewerModel}, d.Added)
	assert.InDelta(t, accepted.Plan.SavingsUSD-a.Plan.SavingsUSD, d.SavingsUSD, 1e-9)
	assert.Equal(t, savings.Excluded, proposal(t, analyse(t, calls, savings.Options{NoQualityRisk: true}), savings.NewerModel).Status)
}

// TestANewerModelSaysAtWhatLengthItsSavingIsGone moves calls of gpt-4 ($30 in, $60 out)
// and of gpt-4o to whatever the book has for less.
func TestANewerModelSaysAtWhatLengthItsSavingIsGone(t *testing.T) {
	var calls []usage.Call
	for i := range 60 {
		calls = append(calls, call(time.Duration(i)*time.Hour, "gpt-4o", 20_000, 1000))
	}
	p := proposal(t, analyse(t, calls, savings.Options{}), savings.NewerModel)
	require.Equal(t, savings.Optional, p.Status, p.Reason)
	require.Len(t, p.Policy.Swaps, 1)
	s := p.Policy.Swaps[0]
	ref, ok := book(t).Resolve(s.To.Provider, s.To.Model)
	require.True(t, ok)
	rates, ok := book(t).Rates(ref, 0, usage.Standard)
	require.True(t, ok)
	longer := calls[0].Tokens
	longer.Output = int64(s.BreakEvenOutput*float64(longer.Output) + 0.5)
	assert.InDelta(t, calls[0].Input, 20_000, 0)
	assert.InDelta(t, 20_000*2.5e-6+1000*10e-6, rates.Cost(longer), 1e-5, "with that much more output the newer model costs what the old one did")
	assert.Contains(t, strings.Join(p.Assumptions, "\n"), fmt.Sprintf("gone at %.1f times the output tokens", s.BreakEvenOutput))
	facts, _ := book(t).Facts(ref)
	assert.Equal(t, facts.Thinks, s.Thinks, "gpt-4o does not reason")
	assert.Equal(t, s.Thinks, strings.Contains(strings.Join(p.Assumptions, "\n"), "reason before they answer"))
}

func TestTheSameModelElsewhereIsProposedUnlessItsSpeedOrItsAnswersMatter(t *testing.T) {
	var calls []usage.Call
	for i := range 60 {
		c := call(time.Duration(i)*time.Hour, "llama-3.3-70b-versatile", 100_000, 1000)
		c.Provider, c.LatencyMS = "groq", 900
		calls = append(calls, c)
	}
	for status, opts := range map[savings.Status]savings.Options{
		savings.Proposed: {},
		savings.Optional: {NoSlower: true},
		savings.Excluded: {NoQualityRisk: true},
	} {
		a := analyse(t, calls, opts)
		p := proposal(t, a, savings.SameModel)
		assert.Equal(t, status, p.Status, p.Reason)
		assert.Equal(t, status == savings.Proposed, slices.Contains(a.Plan.Levers, savings.SameModel))
		assert.Nil(t, p.Latency, "nothing is known of it")
	}
}

// growing makes sessions whose prompts grow by a thousand tokens a turn.
func growing(change func(*usage.Call)) []usage.Call {
	var calls []usage.Call
	for s := range 40 {
		for turn := range 30 {
			c := call(time.Duration(s)*2*time.Hour+time.Duration(turn)*time.Minute, "claude-sonnet-4-5", int64(1+turn)*1000, 100)
			c.Session = string(rune('A' + s))
			change(&c)
			calls = append(calls, c)
		}
	}
	return calls
}

func TestTrimmingIsNetOfTheCacheItBreaks(t *testing.T) {
	a := analyse(t, growing(func(*usage.Call) {}), savings.Options{Accept: []string{savings.Context}})
	p := proposal(t, a, savings.Context)
	require.Equal(t, savings.Proposed, p.Status, p.Reason)
	require.Len(t, p.Policy.Context, 1)
	limit := p.Policy.Context[0].MaxPromptTokens
	want := 0.0
	for turn := range int64(30) {
		want += 40 * 3e-6 * float64(max(0, (1+turn)*1000-limit))
	}
	assert.InDelta(t, want, p.SavingsUSD, 1e-6)

	cached := analyse(t, growing(func(c *usage.Call) { c.CacheRead, c.Input = c.Input-1000, 1000 }), savings.Options{})
	assert.Equal(t, savings.NoSaving, proposal(t, cached, savings.Context).Status, "cached history is cheaper than a trimmed prompt that is not")
	none := analyse(t, growing(func(c *usage.Call) { c.Session = "" }), savings.Options{})
	assert.Equal(t, savings.NeedsData, proposal(t, none, savings.Context).Status)
}

func TestOutputCapCutsTheTailOnly(t *testing.T) {
	var calls []usage.Call
	for i := range 1000 {
		c := call(time.Duration(i)*time.Hour/10, "gpt-4o", 10, 100)
		if i%200 == 7 {
			c.Output = 16000
		}
		c.Reasoning = 0
		calls = append(calls, c)
	}
	p := proposal(t, analyse(t, calls, savings.Options{}), savings.Output)
	require.Equal(t, savings.Optional, p.Status, p.Reason)
	assert.EqualValues(t, 5, p.Evidence.Calls)
	limit := p.Policy.Output[0].MaxOutputTokens
	assert.GreaterOrEqual(t, limit, int64(100))
	assert.InDelta(t, 5*1e-5*float64(16000-limit), p.SavingsUSD, 1e-9)
}

func TestCommitmentBuysTheUnitsThatPay(t *testing.T) {
	offer := savings.Offer{From: savings.Model{Provider: "openai", Model: "gpt-4o"}, TokensPerHour: 6_000, USDPerHour: 0.005}
	calls := office(func(int, *usage.Call) {})
	p := proposal(t, analyse(t, calls, savings.Options{Offers: []savings.Offer{offer}}), savings.Commitment)
	require.Equal(t, savings.Optional, p.Status, p.Reason)
	assert.Positive(t, p.SavingsUSD)
	assert.Positive(t, p.Policy.Commitment.Units)
	offer.USDPerHour = 50
	dear := proposal(t, analyse(t, calls, savings.Options{Offers: []savings.Offer{offer}}), savings.Commitment)
	assert.Equal(t, savings.NoSaving, dear.Status)
	assert.Equal(t, savings.NeedsData, proposal(t, analyse(t, calls, savings.Options{}), savings.Commitment).Status)
}

func TestARoutedCallPaysItsColdPrefix(t *testing.T) {
	calls := office(func(_ int, c *usage.Call) { c.CacheRead, c.Input = 512, c.Input-512 })
	policy := &savings.RoutingPolicy{LossBound: 0.02, Confidence: 0.9, Rules: []savings.RoutingRule{
		{Tag: "chat", From: savings.Model{Model: "gpt-4o"}, To: savings.Model{Provider: "openai", Model: "gpt-4o-mini"}}}}
	p := proposal(t, analyse(t, calls, savings.Options{Routing: policy}), savings.Routing)
	require.Equal(t, savings.Proposed, p.Status, p.Reason)
	want := 0.0
	for _, c := range calls {
		if c.Tag == "chat" {
			want += float64(c.Input)*2.5e-6 + float64(c.CacheRead)*1.25e-6 + 200*1e-5 - float64(c.Prompt())*0.15e-6 - 200*0.6e-6
		}
	}
	assert.InDelta(t, want, p.SavingsUSD, 1e-9)

	assert.Equal(t, savings.Model{Provider: "openai", Model: "gpt-4o"}, p.Policy.Routing.Rules[0].From, "as the log names it: files to apply do")

	refused := &savings.RoutingPolicy{Decision: &routing.Decision{Reason: "too few labels", Moved: &routing.Moved{Tag: 0.2}}}
	p = proposal(t, analyse(t, calls, savings.Options{Routing: refused}), savings.Routing)
	assert.Equal(t, savings.NoSaving, p.Status)
	assert.Contains(t, p.Reason, "too few labels")
	require.Len(t, p.Grounds, 1, "the baselines are shown all the same")
	assert.Contains(t, p.Grounds[0], "a prior by tag 20%")

	unlabelled := proposal(t, analyse(t, calls, savings.Options{}), savings.Routing)
	assert.Equal(t, savings.NeedsData, unlabelled.Status)
	assert.Zero(t, unlabelled.SavingsUSD, "no labels, no saving")
	require.NotNil(t, unlabelled.Sampling)
	assert.Positive(t, unlabelled.Sampling.CostUSD)
	assert.NotEqual(t, "gpt-4o", unlabelled.Sampling.Model)
	assert.InDelta(t, 0.9, unlabelled.Sampling.Confidence, 1e-12)
	labels := int64(0)
	for _, s := range unlabelled.Sampling.Samples {
		labels += s.Labels
		assert.Contains(t, []string{"chat", "digest"}, s.Tag)
	}
	assert.Equal(t, unlabelled.Sampling.Calls, labels, "tag by tag")
}

// TestACallThatStaysPaysForWhatRoutedCallsNoLongerCache has one session a quarter of
// an hour: a call that stays, one that is routed, and one that stays and read the
// first four blocks from the cache, of which only two are there without the second.
func TestACallThatStaysPaysForWhatRoutedCallsNoLongerCache(t *testing.T) {
	var calls []usage.Call
	var want float64
	for i := range 300 {
		at, id := time.Duration(i)*15*time.Minute, uint64(100*i)
		for turn, blocks := range [][]uint64{{id + 1, id + 2}, {id + 1, id + 2, id + 3, id + 4}, {id + 1, id + 2, id + 3, id + 4, id + 5}} {
			c := call(at+time.Duration(turn)*time.Minute, "gpt-4o", int64(len(blocks))*512, 100)
			c.Blocks, c.BlockTokens, c.PromptHash, c.Session, c.Grade = blocks, 512, id+uint64(turn), fmt.Sprint("s", i), []uint8{90, 10, 90}[turn]
			if turn == 2 {
				c.Input, c.CacheRead = 512, 4*512
			}
			calls = append(calls, c)
		}
		want += 4*512*(2.5e-6-0.15e-6) + 100*(1e-5-0.6e-6) - 2*512*(2.5e-6-1.25e-6)
	}
	policy := &savings.RoutingPolicy{Rules: []savings.RoutingRule{{From: savings.Model{Model: "gpt-4o"}, To: savings.Model{Provider: "openai", Model: "gpt-4o-mini"}, MaxGrade: 50}}}
	p := proposal(t, analyse(t, calls, savings.Options{Routing: policy, Levers: []string{savings.Routing}}), savings.Routing)
	require.Equal(t, savings.Proposed, p.Status, p.Reason)
	assert.InDelta(t, want, p.SavingsUSD, 1e-9)
	assert.EqualValues(t, 600, p.Evidence.Calls)
}

func TestThePlanSaysHowManyAnswersItsCacheHeld(t *testing.T) {
	calls := busyLog(4, 2000, 40*time.Hour)
	everything := []string{savings.NewerModel, savings.Context, savings.Output}
	open := proposal(t, analyse(t, calls, savings.Options{}), savings.ResponseCache)
	decided := proposal(t, analyse(t, calls, savings.Options{Accept: everything}), savings.ResponseCache)
	require.Equal(t, savings.Proposed, open.Status)
	assert.Positive(t, open.Policy.ResponseCache.PeakEntries)
	assert.Equal(t, open.Policy.ResponseCache.PeakEntries, decided.Policy.ResponseCache.PeakEntries, "those levers change no answer's lifetime")
}

func TestATrifleIsNotPutToTheUser(t *testing.T) {
	for prompt, status := range map[int64]savings.Status{100_000: savings.NoSaving, 10: savings.Optional} {
		var calls []usage.Call
		for i := range 800 {
			c := call(time.Duration(i)*time.Hour, "gpt-4o", prompt, 100)
			if i%200 == 0 {
				c.Output = 1000
			}
			calls = append(calls, c)
		}
		p := proposal(t, analyse(t, calls, savings.Options{}), savings.Output)
		assert.Equal(t, status, p.Status, p.Reason)
		if status == savings.NoSaving {
			assert.Contains(t, p.Reason, "less than a thousandth of the bill")
		}
	}
}
