package cost_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/infra/cost"
	"netra/shared/pipeline"
)

func table(t *testing.T) pipeline.Table {
	t.Helper()
	table, err := pipeline.Load()
	require.NoError(t, err)
	return table
}

func TestRestingDeploymentCostsOnlyItsAlerts(t *testing.T) {
	tab := table(t)
	lines := cost.Month(tab, cost.Assumed(tab), 0)
	for _, line := range lines {
		if line.Service != "Alerting" && line.Service != "Alert evaluations" {
			assert.Zero(t, line.USD, line.Service)
		}
	}
	const series = 50 // of 8 functions, 10 subscriptions and 6 other conditions
	assert.InDelta(t, 11*0.10+series*60*24*30.4*0.35e-6, cost.Total(lines), 1e-9)
}

func TestCostIsTheArithmeticOfUsageAndPrice(t *testing.T) {
	tab := pipeline.Table{Stages: []pipeline.Function{{Name: "work", CPU: 2, MemoryMB: 2048}}}
	run := cost.Run{StageSeconds: map[string]float64{"work": 10}, Writes: 100, Reads: 50, Deletes: 10}
	usd := map[string]cost.Line{}
	for _, line := range cost.Month(tab, run, 100_000) {
		usd[line.Service] = line
	}
	assert.InDelta(t, 100_000*10*2*0.000024, usd["Cloud Run CPU"].ListUSD, 1e-6)
	assert.InDelta(t, (100_000*10*2-180_000)*0.000024, usd["Cloud Run CPU"].USD, 1e-6)
	assert.InDelta(t, 100_000*10*2*0.0000025, usd["Cloud Run memory"].ListUSD, 1e-6)
	assert.InDelta(t, 100*0.09*100_000/100_000, usd["Firestore writes"].ListUSD, 1e-6)
	assert.InDelta(t, (10_000_000-608_000)*0.09/100_000, usd["Firestore writes"].USD, 1e-6)
	assert.InDelta(t, 10*0.01, usd["Firestore deletes"].USD/100_000*100_000, 1e-6)
}

func TestLargerLogsCostMoreWhereTheyAreRead(t *testing.T) {
	seconds := cost.Assumed(table(t)).StageSeconds
	assert.Greater(t, seconds["intelligence"], 2*seconds["triage"])
	for name, s := range seconds {
		assert.Less(t, s, 5.0, name)
		assert.Greater(t, s, 0.2, name)
	}
}

func TestMoreRunsNeverCostLess(t *testing.T) {
	tab := table(t)
	before := -1.0
	for _, runs := range []float64{0, 1000, 10_000, 100_000, 1_000_000} {
		now := cost.Total(cost.Month(tab, cost.Assumed(tab), runs))
		assert.GreaterOrEqual(t, now, before)
		before = now
	}
}

func TestEveryPriceSaysWhereItWasReadAndWhen(t *testing.T) {
	tab := table(t)
	prices := cost.Prices()
	for _, line := range cost.Month(tab, cost.Assumed(tab), 0) {
		assert.Regexp(t, `(?m)^\| `+line.Service+` \| \$[0-9.]+ for .+ \| .+ \| (docs\.)?cloud\.google\.com/.+ \| .+ \|$`, prices)
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), prices, "paste this table into infra/README.md:\n"+prices)
}

func TestReadmeShowsTheComputedTable(t *testing.T) {
	tab := table(t)
	want := cost.Table(tab, cost.Assumed(tab), 0, 1000, 1_000_000)
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), want, "paste this table into infra/README.md:\n"+want)
	more := cost.MultiRegion(cost.Month(tab, cost.Assumed(tab), 1_000_000))
	assert.Contains(t, string(readme), fmt.Sprintf("$%.0f more at 1,000,000 runs", more))
}
