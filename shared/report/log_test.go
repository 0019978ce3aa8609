package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/usage"
)

func TestCostsAreComparedOverTheRowsThatHaveBoth(t *testing.T) {
	l := Log{ReportedCostUSD: 183.7, Reconciliation: Reconciliation{Rows: 4, MatchingRows: 3, ReportedUSD: 176, ComputedUSD: 176.5, ResidualUSD: -0.5}}
	assert.Equal(t, [][]string{
		{"Reported cost, all rows that have one", "$183.700000"},
		{"Rows with a reported and a computed cost", "4"},
		{"Their reported cost", "$176.000000"},
		{"Their computed cost (tokens x price)", "$176.500000"},
		{"Unexplained (reported − computed)", "−$0.500000"},
		{"Rows whose two costs agree", "3 of 4"},
	}, l.costs())
}

func TestALogWithoutCostsShowsNoSumOfNone(t *testing.T) {
	assert.Equal(t, [][]string{{"Reported cost", "none in the log"}}, Log{}.costs())
	assert.Equal(t, [][]string{{"Reported cost, all rows that have one", "$2.000000"}}, Log{ReportedCostUSD: 2}.costs())
}

func TestALogThatTellsOfNoCacheHitCarriesTheFieldAllTheSame(t *testing.T) {
	var c usage.Coverage
	c.Add(&usage.Call{Count: 1, Weight: 1, HasCache: true})
	assert.Equal(t, 1.0, newLog(Input{Coverage: &c}).Coverage["cache"])
}
