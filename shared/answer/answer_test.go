package answer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/answer"
	"netra/shared/goal"
	"netra/shared/savings"
)

// analysis is a plan of a prompt cache, with a newer model to decide on.
func analysis(change func(*savings.Analysis)) *savings.Analysis {
	a := &savings.Analysis{
		Before: savings.Totals{Calls: 1000, CostUSD: 100},
		Plan: savings.Plan{CostBeforeUSD: 100, CostAfterUSD: 70, SavingsUSD: 30, Percentage: 30, Levers: []string{savings.PromptCache},
			Steps: []savings.Step{{Lever: savings.PromptCache, MarginalUSD: 30}}},
		Spend: savings.Spend{ByTag: []savings.Slice{{Key: "team:eu", Calls: 400, CostUSD: 40}, {Key: "team:us", Calls: 600, CostUSD: 60}}},
		Proposals: []savings.Proposal{
			{Lever: savings.PromptCache, Title: "Cache prefixes", Status: savings.Proposed, SavingsUSD: 30, EstimatedSavingsPercentage: 30},
			{Lever: savings.NewerModel, Title: "Newer model", Status: savings.Optional, SavingsUSD: 12, EstimatedSavingsPercentage: 12, RiskNote: "It answers differently."},
			{Lever: savings.Routing, Title: "Route", Status: savings.NeedsData, Reason: "no quality labels"},
			{Lever: savings.BatchTier, Title: "Batch", Status: savings.NoSaving, Reason: "somebody waits for every class"},
		},
	}
	if change != nil {
		change(a)
	}
	return a
}

func set(a *savings.Analysis, lever string, status savings.Status, reason string) {
	for i := range a.Proposals {
		if a.Proposals[i].Lever == lever {
			a.Proposals[i].Status, a.Proposals[i].Reason = status, reason
		}
	}
}

func saving(usd float64) func(*savings.Analysis) {
	return func(a *savings.Analysis) {
		a.Plan.SavingsUSD, a.Plan.Percentage, a.Plan.Steps[0].MarginalUSD = usd, usd, usd
	}
}

func TestAnAnswerSaysWhatTheMessageDid(t *testing.T) {
	cases := []struct {
		message string
		later   func(*savings.Analysis)
		want    []string
	}{
		{"what if the cache lived an hour?", saving(22), []string{
			"The plan saves $8.00 less: $22.00 (22.0% of the bill), after $30.00 (30.0%).",
			"“Cache prefixes” is in the plan and saves $22.00 there ($30.00 before). Before, the lifetime was chosen for each prefix by what it costs to write and how soon it is used again; now every prefix lives 1h.",
		}},
		{"leave out the eu team", func(a *savings.Analysis) {
			saving(18)(a)
			a.Options.ExcludeTags = []string{"team:eu"}
		}, []string{
			"The plan saves $12.00 less: $18.00 (18.0% of the bill), after $30.00 (30.0%).",
			`Left alone: the 400 calls tagged "team:eu", which cost $40.00.`,
		}},
		{"only options with no quality risk", func(a *savings.Analysis) { set(a, savings.NewerModel, savings.Excluded, "it could change answers") }, []string{
			"The plan stays as it was: it saves $30.00 (30.0% of the bill).",
			"“Newer model” goes: it could change answers. Alone it could have saved $12.00.",
		}},
		{"only options with no quality risk", nil, []string{
			"The plan stays as it was: it saves $30.00 (30.0% of the bill).",
			"Nothing that was proposed could change an answer, so nothing had to go.",
		}},
		{"why not batch?", nil, []string{
			"The plan stays as it was: it saves $30.00 (30.0% of the bill).",
			"“Batch” is not in the plan: somebody waits for every class.",
		}},
		{"use haiku instead of sonnet", nil, []string{
			"The plan stays as it was: it saves $30.00 (30.0% of the bill).",
			"“Route” is not in the plan: no quality labels.",
			"“Newer model” could save $12.00 (12.0% of the bill), but it waits for your decision: It answers differently. To take it in, say: “include newer models”.",
		}},
		{"nobody waits for team:us", func(a *savings.Analysis) {
			saving(35)(a)
			a.Plan.Steps = append(a.Plan.Steps, savings.Step{Lever: savings.BatchTier, MarginalUSD: 5})
			set(a, savings.BatchTier, savings.Proposed, "")
			a.Options.BatchTags = []string{"team:us"}
		}, []string{
			"The plan saves $5.00 more: $35.00 (35.0% of the bill), after $30.00 (30.0%).",
			"“Batch” is in the plan and saves $5.00 there (it was not in the plan before). It is taken that nobody waits for team:us.",
		}},
		{"only the last 7 days", saving(15), []string{
			"Looking at the last 7 days of the log: 1,000 calls for $100.00, of which the plan saves $15.00 (15.0%). Before it was 30.0% of $100.00.",
		}},
		{"asdf qwer", nil, []string{"“asdf qwer” was not understood as a wish that a replay can follow, so the plan stays as it was."}},
		{"why not batch? asdf qwer", nil, []string{
			"Not understood, and so not followed: “asdf qwer”.",
			"The plan stays as it was: it saves $30.00 (30.0% of the bill).",
			"“Batch” is not in the plan: somebody waits for every class.",
		}},
	}
	for _, c := range cases {
		t.Run(c.message, func(t *testing.T) {
			g, err := goal.Read(c.message)
			require.NoError(t, err)
			a := answer.New(g, nil, analysis(nil), analysis(c.later))
			require.NotNil(t, a)
			assert.Equal(t, c.want, a.Lines)
			assert.Equal(t, strings.Contains(c.message, "asdf"), len(a.Ask) > 0, "what can be asked is listed where something was not understood")
		})
	}
}

func TestWhatMatchesNothingIsTold(t *testing.T) {
	g, err := goal.Read("ignore europe")
	require.NoError(t, err)
	options, notes := g.Options(savings.Options{}, []string{"team:eu", "team:us"})
	assert.Empty(t, options.ExcludeTags)
	a := answer.New(g, notes, analysis(nil), analysis(nil))
	assert.Contains(t, a.Lines, `No calls of the log are tagged "europe"; its tags are team:eu, team:us.`)
}

func TestAFirstMessageIsAnsweredOnlyWhereItAsks(t *testing.T) {
	for message, want := range map[string][]string{
		"cut cost by 30%":                 nil,
		"cut cost by 30%. Why not batch?": {"“Batch” is not in the plan: somebody waits for every class."},
		"cut cost. Mumble bumble":         {"Not understood, and so not followed: “Mumble bumble”."},
	} {
		g, err := goal.Read(message)
		require.NoError(t, err)
		a := answer.New(g, nil, nil, analysis(nil))
		if want == nil {
			assert.Nil(t, a, message)
			continue
		}
		require.NotNil(t, a, message)
		assert.Equal(t, want, a.Lines)
	}
}

// TestEverySuggestionIsUnderstood, so that a user who follows one is not told again
// that it was not.
func TestEverySuggestionIsUnderstood(t *testing.T) {
	for name, change := range map[string]func(*savings.Analysis){
		"as it is": nil,
		"bare":     func(a *savings.Analysis) { a.Plan.Steps, a.Spend.ByTag = nil, nil },
		"optional": func(a *savings.Analysis) {
			for i := range a.Proposals {
				a.Proposals[i].Status, a.Proposals[i].EstimatedSavingsPercentage = savings.Optional, 5
			}
		},
		"limited": func(a *savings.Analysis) { a.Options.NoQualityRisk = true },
	} {
		suggestions := answer.Suggestions(analysis(change))
		require.NotEmpty(t, suggestions, name)
		for _, s := range suggestions {
			g, err := goal.Read(s)
			require.NoError(t, err)
			assert.True(t, g.Says(), s)
			assert.Empty(t, g.Unread, s)
		}
	}
	for _, lever := range savings.Levers() {
		a := analysis(func(a *savings.Analysis) {
			a.Proposals = []savings.Proposal{{Lever: lever, Title: lever, Status: savings.Optional, EstimatedSavingsPercentage: 9}}
		})
		for _, s := range answer.Suggestions(a) {
			if strings.HasPrefix(s, "include") {
				g, err := goal.Read(s)
				require.NoError(t, err)
				assert.Equal(t, []string{lever}, g.Accept, s)
			}
		}
	}
}

func TestTheOwnCacheKeepsAnswersForADayUnlessSaidOtherwise(t *testing.T) {
	g, err := goal.Read("what about caching answers for a day?")
	require.NoError(t, err)
	assert.Equal(t, 24*time.Hour, g.ResponseCacheTTL)
	later := analysis(func(a *savings.Analysis) {
		a.Proposals = append(a.Proposals, savings.Proposal{Lever: savings.ResponseCache, Title: "Own cache", Status: savings.Proposed})
		a.Plan.Steps = append(a.Plan.Steps, savings.Step{Lever: savings.ResponseCache, MarginalUSD: 2})
	})
	assert.Contains(t, strings.Join(answer.New(g, nil, later, later).Lines, "\n"), "“Own cache” is in the plan and saves $2.00 there, as before. It kept answers for 24 hours before, too.")
}
