package usage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// line writes a line of a bill.
func line(c *usage.Call) string {
	text := strings.TrimSpace(brief(c)) + " for " + string(c.Charge)
	if c.Currency != "" {
		text += " " + c.Currency
	}
	return text
}

func TestEveryBillIsToldAndRead(t *testing.T) {
	for file, want := range map[string][]string{
		"openai-costs.csv": {
			"openai-costs 7",
			"2025-10-01T00:00:00 openai/gpt-4o-2024-08-06 cost=12.5 tag=Support n=0 for input USD",
			"2025-10-01T00:00:00 openai/gpt-4o-2024-08-06 cost=1.25 tag=Support n=0 for cached input USD",
			"2025-10-01T00:00:00 openai/gpt-4o-2024-08-06 cost=20 tag=Support n=0 for output USD",
			"2025-10-01T00:00:00 openai/web search tool calls | gpt-4o cost=3 tag=Research n=0 for other USD",
			"2025-10-03T00:00:00 openai/gpt-5-2025-08-07 cost=150.75 tag=Research n=0 for output USD",
		},
		"openai-costs.json": {
			"openai-costs 2",
			"2025-10-01T00:00:00 openai/gpt-4o-mini-2024-07-18 cost=0.06 tag=proj_a n=0 for input USD",
			"2025-10-01T00:00:00 openai/ cost=1.5 n=0 for tokens USD",
		},
		"anthropic-costs.csv": {
			"anthropic-costs 5",
			"2025-10-01T00:00:00 anthropic/claude-sonnet-4 cost=40 tag=Default n=0 for input",
			"2025-10-01T00:00:00 anthropic/claude-sonnet-4 cost=25 tag=Default n=0 for output",
			"2025-10-02T00:00:00 anthropic/claude-3-5-haiku tier=batch cost=0.4 tag=Evaluation n=0 for cached input",
			"2025-10-02T00:00:00 anthropic/claude-opus-4-1 cost=9.6 tag=Evaluation n=0 for cache write",
			"2025-10-03T00:00:00 anthropic/web_search cost=2 tag=Default n=0 for other",
		},
		"anthropic-costs.json": { // cents
			"anthropic-costs 2",
			"2025-10-01T00:00:00 anthropic/claude-sonnet-4-20250514 tier=batch cost=123.455 tag=wrkspc_1 n=0 for input USD",
			"2025-10-01T00:00:00 anthropic/Web Search Usage cost=2.5 n=0 for other USD",
		},
		"aws-cost-explorer.csv": {
			"aws-costs 5",
			"2025-10-01T00:00:00 aws/claude-sonnet-4 cost=30.5 n=0 for tokens",
			"2025-10-01T00:00:00 aws/Amazon Bedrock cost=7.25 n=0 for tokens",
			"2025-10-02T00:00:00 aws/claude-sonnet-4 cost=31 n=0 for tokens",
		},
		"aws-cur.csv": {
			"aws-costs 3",
			"2025-10-01T00:00:00 aws/amazon.nova-lite-v1:0 cost=4.5 n=0 for input USD",
			"2025-10-01T00:00:00 aws/claude-3-5-sonnet cost=20 n=0 for output USD",
		},
		"google-costs.csv": {
			"google-costs 3",
			"2025-10-01T00:00:00 google/gemini-2.5-flash cost=8 tag=assistant n=0 for input",
			"2025-10-01T00:00:00 google/gemini-2.5-pro cost=22 tag=assistant n=0 for output",
		},
		"azure-costs.csv": {
			"azure-costs 3",
			"2025-10-01T00:00:00 azure/gpt-4o-mini cost=3.5 tag=rg-chat n=0 for input USD",
			"2025-10-13T00:00:00 azure/gpt-4o cost=14 tag=rg-chat n=0 for output USD",
		},
		"costs.csv": {
			"costs 4",
			"2025-08-01T00:00:00 openai/gpt-4o cost=1200 tag=support n=0 for tokens USD",
			"2025-09-01T00:00:00 openai/gpt-4o cost=1350.5 tag=support n=0 for tokens USD",
			"2025-09-01T00:00:00 anthropic/claude-sonnet-4 cost=310 tag=search n=0 for tokens USD",
			"2025-09-01T00:00:00 mistral/ cost=20 tag=search n=0 for tokens EUR",
		},
	} {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "bills", file))
			require.NoError(t, err)
			calls, report, err := readText(string(text), usage.Options{})
			require.NoError(t, err)
			assert.True(t, usage.IsBill(report.Format))
			got := []string{fmt.Sprintf("%s %d", report.Format, report.Rows)}
			for i := range calls {
				got = append(got, line(&calls[i]))
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestABillCountsNoCalls(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "bills", "anthropic-costs.csv"))
	require.NoError(t, err)
	r, err := usage.Open(strings.NewReader(string(text)), usage.Options{})
	require.NoError(t, err)
	found, err := usage.Inspect(r)
	require.NoError(t, err)
	assert.True(t, found.Coverage.IsBill())
	assert.Zero(t, found.Calls)
	assert.Zero(t, found.Coverage.Estimated)
	assert.Nil(t, found.Prompts, "no call, no size")
	assert.Equal(t, []string{"no_tokens", "bill"}, found.Flags)
	assert.InDelta(t, 77, found.ReportedCostUSD, 1e-9)
	assert.Equal(t, usage.ChargeUse{Provider: "anthropic", Model: "claude-sonnet-4", Charge: usage.ChargeInput, CostUSD: 40}, found.Coverage.Charges[0])
}

// A table with a column that may count tokens under a name of its own is one to ask
// about, not a bill.
func TestATableWithAColumnOfUnknownNameIsNoBill(t *testing.T) {
	for name, table := range map[string]string{
		"unknown column": "date,model,cost,k\n2025-01-02,gpt-4o,1.5,1000\n",
		"no date":        "model,cost\ngpt-4o,1.5\n",
		"no model":       "date,cost\n2025-01-02,1.5\n",
		"two amounts":    "date,model,cost,total\n2025-01-02,gpt-4o,1.5,2\n",
		"EC2 only":       "Service,EC2-Instances($),Total costs($)\n2025-10-01,5,5\n",
	} {
		_, _, err := readText(table, usage.Options{})
		assert.Error(t, err, name)
	}
	calls, report, err := readText("date,model,cost,input_tokens,output_tokens\n2025-01-02,gpt-4o,1.5,1000,10\n", usage.Options{})
	require.NoError(t, err)
	assert.False(t, usage.IsBill(report.Format))
	assert.EqualValues(t, 1000, calls[0].Input)
}
