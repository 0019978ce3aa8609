package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/usage"
	"netra/shared/words"
)

func TestJSONHasTheShapeThatClientsReadAndNeverNullLists(t *testing.T) {
	for name, in := range map[string]Input{"full": input(), "no analysis": {RunID: "r", Status: run.Completed}} {
		data, err := New(in).JSON()
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, json.Unmarshal(data, &got))
		for _, key := range []string{"run_id", "status", "sufficiency", "log", "recommendations", "plan", "events", "timing_ms"} {
			assert.Contains(t, got, key, name)
		}
		log := got["log"].(map[string]any)
		for _, key := range []string{"format", "rows", "calls", "unreadable", "input_tokens", "output_tokens", "first", "last", "reported_cost_usd", "computed_cost_usd", "flagged", "unpriced"} {
			assert.Contains(t, log, key, name)
		}
		assert.IsType(t, []any{}, got["recommendations"], name)
		assert.IsType(t, []any{}, log["flagged"], name)
		assert.IsType(t, []any{}, got["sufficiency"].(map[string]any)["missing"], name)
		assert.Len(t, got["plan"].(map[string]any)["interval_90"], 2, name)
	}
}

func TestFlaggedRowsAreNamedAndNotInTheReportedCost(t *testing.T) {
	l := New(input()).Log
	assert.InDelta(t, 183.711767246, l.ReportedCostUSD, 1e-9)
	require.Len(t, l.Flagged, 1)
	assert.EqualValues(t, 4966, l.Flagged[0].Line)
	assert.Contains(t, l.Flagged[0].Reason, "791,053 times")
}

func TestRecommendationsAreThePlanAndWhatTheUserDecides(t *testing.T) {
	r := New(input())
	var levers []string
	for _, p := range r.Recommendations {
		levers = append(levers, p.Lever)
	}
	assert.Equal(t, []string{savings.PromptCache, savings.BatchTier, savings.NewerModel}, levers)
	require.Len(t, r.NotRecommended, 1)
	assert.Equal(t, "the log has no quality labels", r.NotRecommended[0].Reason)
	sum := 0.0
	for _, s := range r.Plan.Steps {
		sum += s.MarginalUSD
	}
	assert.InDelta(t, r.Plan.SavingsUSD, sum, 1e-9)
}

func TestTheHeadlineIsTheEnginesVerdict(t *testing.T) {
	in := input()
	in.Analysis.Plan.Verdict = "Leave it."
	assert.Contains(t, New(in).Headline, "Leave it.")
}

func TestTheHeadlineWithoutAPlanSaysWhatIsKnown(t *testing.T) {
	assert.Contains(t, New(Input{}).Headline, "There is no log to look at yet")
	in := input()
	in.Spend, in.Analysis = in.Analysis, nil
	in.Spend.Before.CostUSD = 4000
	assert.Contains(t, New(in).Headline, "Your log shows $4,000.00 in ")
	in.Spend.Before.CostUSD = 0
	assert.Contains(t, New(in).Headline, "none of them can be priced")
}

func TestTheHeadlineNamesWhatIsPossibleAfterADecision(t *testing.T) {
	in := input()
	assert.Contains(t, New(in).Headline, "“Take the newer model of the family” could save $600.00 (15.0% of the bill, 90% interval $480.00 to $690.00), once you have decided on it")
	in.Analysis.Proposals[2].Interval.Low = -1
	assert.NotContains(t, New(in).Headline, "could save", "what may be no saving is not promised")
}

func TestEveryFigureOfThePageSaysHowItWasComputed(t *testing.T) {
	r := New(input())
	for _, tile := range r.tiles() {
		assert.NotEmpty(t, tile.How, tile.Name)
	}
	require.Len(t, r.charts(), 5)
	for _, c := range r.charts() {
		assert.NotEmpty(t, c.How, c.ID)
		assert.NotEmpty(t, c.Desc, c.ID)
		assert.NotEmpty(t, c.Table.Rows, c.ID)
	}
}

func TestWithoutExtrapolationNoMonthIsGiven(t *testing.T) {
	in := input()
	in.Analysis.Extrapolation = nil
	r := New(in)
	assert.Nil(t, r.Plan.Monthly)
	assert.Contains(t, r.How["monthly"], "too short")
	page, err := r.HTML()
	require.NoError(t, err)
	assert.Contains(t, string(page), "the log is too short to stand for a month")
}

func TestMoneyIsWrittenWithTheDigitsThatMatter(t *testing.T) {
	for v, want := range map[float64]string{
		0: "$0", 183.711767246: "$183.71", 0.0126: "$0.0126", 0.5: "$0.5", 12345.6: "$12,346", 1234.5: "$1,234.50",
		-3.1: "−$3.10", 1e-9: "under $0.000001", 0.00001234: "$0.00001234", 999.999: "$1,000.00",
	} {
		assert.Equal(t, want, words.USD(v))
	}
	assert.Equal(t, "$183.711767", exactly(183.711767246))
	assert.Equal(t, "−$1,234.500000", exactly(-1234.5))
	assert.Equal(t, "69,231,073", words.Grouped(69231073))
	assert.Equal(t, "−1,000", words.Grouped(-1000))
	assert.Equal(t, "0.004%", percent(0.004))
	assert.Equal(t, []string{"no limit", "45 s", "5 min", "1 h", "7 d"}, []string{lifetime(0), lifetime(45), lifetime(300), lifetime(3600), lifetime(7 * 86400)})
}

func TestMarkdownSaysTheSame(t *testing.T) {
	text, err := New(input()).Markdown()
	require.NoError(t, err)
	for _, want := range []string{"69,232,071", "2,862,672", "$183.711767", "Line", "27.5%", "$950.00 to $1,240.00", "house-llama", "To find out: run 800 calls", "How the figures were computed"} {
		assert.Contains(t, string(text), strings.Replace(want, "Line", "line 4966", 1))
	}
	assert.NotContains(t, string(text), "<no value>")
}

func TestResponseTimesAreInUnitsThatPeopleRead(t *testing.T) {
	assert.Equal(t, []string{"340 ms", "30.5 s", "24 h"}, []string{milliseconds(340), milliseconds(30_500), milliseconds(87_031_800)})
}

func TestWhatWasSeenSaysHowManyCallsAndHowMuch(t *testing.T) {
	markdown, err := New(input()).Markdown()
	require.NoError(t, err)
	html, err := New(input()).HTML()
	require.NoError(t, err)
	for _, page := range []string{string(markdown), string(html)} {
		assert.Contains(t, page, "Failed calls that were billed. 31 calls, $2.00 (estimate).")
	}
}

func TestRelativeTimesAreNotShownAsDates(t *testing.T) {
	in := input()
	in.Logs[0].RelativeTime = true
	r := New(in)
	text, err := r.Markdown()
	require.NoError(t, err)
	assert.Contains(t, r.Log.days(), "from an unknown start")
	assert.NotContains(t, string(text), "First call | 2026")
}

func TestAnExampleIsNeverTakenForTheUsersOwn(t *testing.T) {
	in := Input{RunID: "r", Sample: analysis()}
	r := New(in)
	require.NotNil(t, r.Example)
	assert.Zero(t, r.Plan.SavingsUSD)
	assert.Empty(t, r.Recommendations)
	text, err := r.Markdown()
	require.NoError(t, err)
	assert.Contains(t, string(text), "It says nothing about your bill.")
	in.Analysis = analysis()
	assert.Nil(t, New(in).Example, "with an analysis of the user's own there is no example")
}

func TestSeveralLogsAddUp(t *testing.T) {
	in := input()
	in.Logs = append(in.Logs, usage.Report{Format: "helicone", Rows: 50, Unreadable: 1}, usage.Report{Format: "litellm", Rows: 1})
	l := New(in).Log
	assert.Equal(t, "litellm, helicone", l.Format)
	assert.EqualValues(t, 10_101, l.Rows)
	assert.EqualValues(t, 3, l.Unreadable)
}

func TestAFollowUpSaysWhatChanged(t *testing.T) {
	in := input()
	in.Difference = &savings.Difference{SavingsUSD: -120, Percentage: -3, Removed: []string{"batch"},
		Changed: []savings.LeverChange{{Lever: "batch", BeforeUSD: 120, Reason: "left out by your choice of levers"}}}
	r := New(in)
	text, err := r.Markdown()
	require.NoError(t, err)
	page, err := r.HTML()
	require.NoError(t, err)
	for _, form := range []string{string(text), string(page)} {
		assert.Contains(t, form, "saves $120.00 less than the one before (3.0% of the bill). Gone: batch.")
		assert.Contains(t, form, "left out by your choice of levers")
	}
	assert.Contains(t, change(savings.Difference{SavingsUSD: 5, Percentage: 1, Added: []string{"batch"}}), "$5.00 more than the one before (1.0% of the bill). New: batch.")
	assert.Contains(t, change(savings.Difference{}), "as much as the one before")
}
