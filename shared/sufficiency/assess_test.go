package sufficiency_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/run"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

// carrying makes the coverage of a log of n rows in which every call carries
// everything but the named parts.
func carrying(without ...string) *usage.Coverage {
	const n = 1000
	lacks := map[string]bool{}
	for _, field := range without {
		lacks[field] = true
	}
	c := &usage.Coverage{Rows: n, Calls: n, First: time.Unix(1.7e9, 0).UTC()}
	c.Last = c.First.Add(10 * 24 * time.Hour)
	c.PromptTokens, c.Tokens.Output = 5e6, 1e6
	for field, count := range map[string]*int64{
		sufficiency.Time: &c.Carried.Time, sufficiency.Model: &c.Carried.Model, sufficiency.PromptHash: &c.Carried.PromptHash,
		sufficiency.Blocks: &c.Carried.Blocks, sufficiency.Session: &c.Carried.Session, sufficiency.Tag: &c.Carried.Tag,
		sufficiency.User: &c.Carried.User, sufficiency.Latency: &c.Carried.Latency, sufficiency.TTFT: &c.Carried.TTFT,
		sufficiency.Quality: &c.Carried.Quality, sufficiency.Cost: &c.Carried.Cost, sufficiency.Status: &c.Carried.Status, sufficiency.Cache: &c.Carried.CacheTold,
	} {
		if !lacks[field] {
			*count = n
		}
	}
	if lacks[sufficiency.Span] {
		c.Last = c.First.Add(time.Hour)
	}
	if lacks[sufficiency.Tokens] {
		c.PromptTokens, c.Tokens.Output = 0, 0
	}
	return c
}

func read(t *testing.T, text string) goal.Goal {
	t.Helper()
	g, err := goal.Read(text)
	require.NoError(t, err)
	return g
}

func fields(s run.Sufficiency) []string {
	var names []string
	for _, m := range s.Missing {
		names = append(names, m.Field)
	}
	return names
}

// likeAider is what Aider's analytics carry: no prompts, sessions or latencies.
func likeAider() *usage.Coverage {
	return carrying(sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Session, sufficiency.Tag,
		sufficiency.Latency, sufficiency.TTFT, sufficiency.Quality, sufficiency.Status, sufficiency.Cache)
}

func TestStateByGoalAndLog(t *testing.T) {
	cases := map[string]struct {
		goal     string
		coverage *usage.Coverage
		labels   bool
		want     sufficiency.State
	}{
		"nothing attached":                         {"my bill is too high", nil, false, sufficiency.Insufficient},
		"an empty log":                             {"my bill is too high", &usage.Coverage{}, false, sufficiency.Insufficient},
		"tokens only":                              {"cut our bill", carrying(sufficiency.Model, sufficiency.Time, sufficiency.Span, sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Session, sufficiency.Tag, sufficiency.Quality, sufficiency.Latency, sufficiency.TTFT, sufficiency.Status, sufficiency.Cost, sufficiency.User, sufficiency.Cache), false, sufficiency.Insufficient},
		"aider, cost":                              {"cut our LLM bill", likeAider(), false, sufficiency.Minimal},
		"aider, cost without slower answers":       {"cut our LLM spend by 30% without slower answers", likeAider(), false, sufficiency.Minimal},
		"aider, cost without quality risk":         {"save money, no quality risk", likeAider(), false, sufficiency.Minimal},
		"aider, latency":                           {"make answers 20% faster", likeAider(), false, sufficiency.Insufficient},
		"prompts but no labels":                    {"cut our LLM bill", carrying(sufficiency.Quality), false, sufficiency.Sufficient},
		"no prompts":                               {"cut our LLM bill", carrying(sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Quality), false, sufficiency.Minimal},
		"everything with labels":                   {"cut our LLM bill", carrying(), true, sufficiency.Optimal},
		"no labels needed without quality risk":    {"save money, no quality risk", carrying(sufficiency.Quality), false, sufficiency.Optimal},
		"no prompts needed for the batch tier":     {"only batch please", carrying(sufficiency.PromptHash, sufficiency.Blocks, sufficiency.Quality), false, sufficiency.Optimal},
		"a quality goal needs labels above all":    {"improve answer quality", carrying(sufficiency.Quality), false, sufficiency.Minimal},
		"a latency goal without any response time": {"p95 latency below 800 ms", carrying(sufficiency.Latency, sufficiency.TTFT), true, sufficiency.Minimal},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, c.goal), Coverage: c.coverage, Labels: c.labels})
			assert.Equal(t, string(c.want), s.State, "score %d", s.Score)
		})
	}
}

func TestScoresStayFromZeroToHundred(t *testing.T) {
	empty := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, "cut cost")})
	assert.Zero(t, empty.Score)
	assert.Equal(t, sufficiency.Tokens, empty.Missing[0].Field, "what weighs most is asked for first")
	whole := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, "cut cost, faster answers, better quality"), Coverage: carrying(), Labels: true})
	assert.Equal(t, 100, whole.Score)
	assert.NotNil(t, whole.Missing)
	assert.Empty(t, whole.Missing)
}

func TestRemovingAnyPartLowersTheScoreAndNamesIt(t *testing.T) {
	for _, text := range []string{"cut our LLM bill", "faster answers", "better quality", "cut cost by 30% without slower answers"} {
		full := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, text), Coverage: carrying(), Labels: true})
		for _, part := range []string{
			sufficiency.Tokens, sufficiency.Model, sufficiency.Time, sufficiency.Span, sufficiency.PromptHash, sufficiency.Blocks,
			sufficiency.Session, sufficiency.Tag, sufficiency.Latency, sufficiency.TTFT, sufficiency.Status, sufficiency.Cost, sufficiency.User, sufficiency.Cache,
		} {
			s := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, text), Coverage: carrying(part), Labels: true})
			assert.Less(t, s.Score, full.Score, "%s without %s", text, part)
			assert.Equal(t, []string{part}, fields(s), text)
		}
		s := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, text), Coverage: carrying()})
		assert.Less(t, s.Score, full.Score, "labels")
		assert.Equal(t, []string{sufficiency.Quality}, fields(s))
	}
}

func TestAPartThatOnlySomeCallsCarryCountsInPart(t *testing.T) {
	c := carrying()
	c.Carried.Session = 450 // half of what is enough
	g := read(t, "cut cost")
	half := sufficiency.Assess(sufficiency.Evidence{Goal: g, Coverage: c, Labels: true})
	none := sufficiency.Assess(sufficiency.Evidence{Goal: g, Coverage: carrying(sufficiency.Session), Labels: true})
	assert.Greater(t, half.Score, none.Score)
	require.Equal(t, []string{sufficiency.Session}, fields(half))
	assert.Contains(t, half.Missing[0].Why, "50%")
	c.Carried.Session = 950
	assert.Equal(t, 100, sufficiency.Assess(sufficiency.Evidence{Goal: g, Coverage: c, Labels: true}).Score)
}

func TestUnpricedModelsCountAsMissing(t *testing.T) {
	g := read(t, "cut cost")
	s := sufficiency.Assess(sufficiency.Evidence{Goal: g, Coverage: carrying(), Labels: true, Bounds: &sufficiency.Bounds{CostUSD: 10, PricedShare: 0.5, DearestUSD: 30}})
	require.Equal(t, []string{sufficiency.Model}, fields(s))
	assert.Equal(t, [2]float64{0, 30}, s.Missing[0].WorthUSD)
	named := sufficiency.Assess(sufficiency.Evidence{Goal: g, Coverage: carrying(sufficiency.Model), Labels: true, PriceModel: true})
	assert.Equal(t, 100, named.Score, "a log without models that the user has priced by one is complete")
}

func TestEveryMissingPartSaysWhyWhatItUnlocksItsWorthAndHowToGetIt(t *testing.T) {
	evidence := map[string]sufficiency.Evidence{
		"no log":      {},
		"not sized":   {Coverage: likeAider()},
		"with bounds": {Coverage: likeAider(), Bounds: &sufficiency.Bounds{CostUSD: 100, PricedShare: 1, RepeatsUSD: 40, PrefixUSD: 30, SessionUSD: 80, TagUSD: 70, TimeUSD: 75, CheaperUSD: 90, DuplicatesUSD: 3}},
	}
	for name, e := range evidence {
		t.Run(name, func(t *testing.T) {
			e.Goal = read(t, "cut cost")
			for _, provider := range append(sufficiency.Providers(), "", "somebody else") {
				e.Provider = provider
				for _, m := range sufficiency.Assess(e).Missing {
					assert.NotEmpty(t, m.Why, m.Field)
					assert.NotEmpty(t, m.Unlocks, m.Field)
					assert.NotEmpty(t, m.Worth, m.Field)
					assert.GreaterOrEqual(t, len(m.Export), 2, "%s at %s", m.Field, provider)
					assert.LessOrEqual(t, m.WorthUSD[0], m.WorthUSD[1], m.Field)
					for _, step := range m.Export {
						assert.NotEmpty(t, step)
					}
				}
			}
		})
	}
}

func TestWorthIsInDollarsOfThisLogWithItsAssumption(t *testing.T) {
	e := sufficiency.Evidence{
		Goal: read(t, "cut cost"), Coverage: likeAider(),
		Bounds: &sufficiency.Bounds{CostUSD: 200, PricedShare: 1, RepeatsUSD: 40.5, PrefixUSD: 30, SessionUSD: 175, CheaperUSD: 190},
	}
	worth := map[string]run.Missing{}
	for _, m := range sufficiency.Assess(e).Missing {
		worth[m.Field] = m
	}
	assert.Equal(t, [2]float64{0, 40.5}, worth[sufficiency.PromptHash].WorthUSD)
	assert.Equal(t, "between $0 and $40.50 over the 10 days of this log (at most 20.2% of its cost); the upper end assumes that "+
		"every call of a length that its model had seen within a day was an exact repeat", worth[sufficiency.PromptHash].Worth)
	assert.Equal(t, [2]float64{0, 175}, worth[sufficiency.Session].WorthUSD)
	assert.Equal(t, [2]float64{}, worth[sufficiency.Latency].WorthUSD)
	assert.Contains(t, worth[sufficiency.Latency].Worth, "no dollars by itself")
	assert.Contains(t, worth[sufficiency.Status].Worth, "nothing on this log")
}

func TestWorthCountsOnlyWhatTheGoalAllows(t *testing.T) {
	bounds := &sufficiency.Bounds{CostUSD: 200, PricedShare: 1, RepeatsUSD: 40, HistoryUSD: 60, PatienceUSD: 100, SessionUSD: 130, TagUSD: 120, CheaperUSD: 190}
	for text, want := range map[string][2]float64{
		"cut cost":                        {130, 120},
		"cut cost without slower answers": {60, 40},
		"cut cost with no quality risk":   {100, 120},
	} {
		got := map[string]float64{}
		for _, m := range sufficiency.Assess(sufficiency.Evidence{Goal: read(t, text), Coverage: likeAider(), Bounds: bounds}).Missing {
			got[m.Field] = m.WorthUSD[1]
		}
		assert.Equal(t, want, [2]float64{got[sufficiency.Session], got[sufficiency.Tag]}, text)
	}
}

func TestWithoutALogTheWorthNamesARealSample(t *testing.T) {
	for _, m := range sufficiency.Assess(sufficiency.Evidence{Goal: read(t, "cut cost")}).Missing {
		assert.Zero(t, m.WorthUSD, m.Field)
		if m.Field == sufficiency.Blocks {
			assert.Contains(t, m.Worth, "Mooncake")
			assert.Contains(t, m.Worth, "$458.25")
		}
	}
}

func TestLeversThatTheGoalExcludesAreNotUnlocked(t *testing.T) {
	s := sufficiency.Assess(sufficiency.Evidence{Goal: read(t, "cut cost, no quality risk, without batch"), Coverage: likeAider()})
	assert.NotContains(t, fields(s), sufficiency.Quality)
	assert.NotContains(t, fields(s), sufficiency.Session)
	for _, m := range s.Missing {
		assert.NotContains(t, m.Unlocks, "batch", m.Field)
		assert.NotContains(t, m.Unlocks, "routing", m.Field)
	}
}

func TestExportStepsStartWithWhatToSwitchOn(t *testing.T) {
	steps := sufficiency.Steps("litellm", sufficiency.PromptHash)
	assert.Contains(t, steps[0], "store_prompts_in_spend_logs")
	assert.Contains(t, steps[1], "LiteLLM_SpendLogs")
	again := sufficiency.Steps("litellm", sufficiency.PromptHash)
	steps[0] = "changed"
	assert.NotEqual(t, steps[0], again[0], "callers own what they get")
	assert.Contains(t, sufficiency.Steps("langfuse", sufficiency.Blocks)[3], "netra-source-langfuse-", "what can be fetched is offered")
	assert.Len(t, sufficiency.Providers(), 10)
	assert.Equal(t, sufficiency.Steps("coding-agents", sufficiency.Blocks), sufficiency.Steps("aider", sufficiency.Blocks), "a format tells where the log is from")
}
