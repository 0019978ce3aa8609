package pricing_test

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

// aiderRow is one call of the aider sample log (testdata/aider.csv.gz, Apache-2.0, see NOTICE).
type aiderRow struct {
	seconds int64
	model   string
	tokens  usage.Tokens
	cost    float64
	hasCost bool
}

func loadAider(t *testing.T) []aiderRow {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "aider.csv.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	records, err := csv.NewReader(unpacked).ReadAll()
	require.NoError(t, err)
	var rows []aiderRow
	for _, r := range records[1:] {
		row := aiderRow{model: r[1], hasCost: r[4] != ""}
		row.seconds, err = strconv.ParseInt(r[0], 10, 64)
		require.NoError(t, err)
		row.tokens.Input, err = strconv.ParseInt(r[2], 10, 64)
		require.NoError(t, err)
		row.tokens.Output, err = strconv.ParseInt(r[3], 10, 64)
		require.NoError(t, err)
		if row.hasCost {
			row.cost, err = strconv.ParseFloat(r[4], 64)
			require.NoError(t, err)
		}
		rows = append(rows, row)
	}
	return rows
}

func (r aiderRow) computed(book *pricing.Book) float64 {
	model, ok := book.Resolve("", r.model)
	if !ok {
		return -1
	}
	rates, ok := book.Rates(model, r.seconds*1e6, usage.Standard)
	if !ok {
		return -1
	}
	return rates.Cost(r.tokens)
}

func TestPricesByDateExplainTheCostsOfARealLog(t *testing.T) {
	book := embedded(t)
	rows, exact := map[string]int{}, map[string]int{}
	for _, r := range loadAider(t) {
		rows[r.model]++
		if r.hasCost && math.Abs(r.computed(book)-r.cost) < 1e-9 {
			exact[r.model]++
		}
	}
	for _, c := range []struct {
		model       string
		exact, rows int
	}{
		{"o3", 62, 65},
		{"deepseek/deepseek-chat", 369 + 16, 397},
		{"claude-3-5-sonnet-20241022", 1557, 1577},
		{"anthropic/claude-3-7-sonnet-20250219", 1183, 1184},
	} {
		assert.Equal(t, c.rows, rows[c.model], c.model)
		assert.Equal(t, c.exact, exact[c.model], c.model)
	}
}

func TestTheOneImpossibleRowIsFlaggedAndTheRestAddsUp(t *testing.T) {
	book := embedded(t)
	var sum pricing.Reconciliation
	var flagged []aiderRow
	plausible := 0.0
	for _, r := range loadAider(t) {
		if !r.hasCost {
			continue
		}
		if sum.Add(r.cost, r.computed(book), r.tokens) == pricing.Impossible {
			flagged = append(flagged, r)
			continue
		}
		plausible += r.cost
	}
	require.Len(t, flagged, 1)
	assert.EqualValues(t, 1746631772, flagged[0].seconds)
	assert.Equal(t, 9990.01252875, flagged[0].cost)
	assert.InDelta(t, 0.01262875, flagged[0].computed(book), 1e-12)
	assert.InDelta(t, 183.711767246, plausible, 5e-10)
	assert.EqualValues(t, 1, sum.Impossible)
	assert.InDelta(t, sum.ReportedUSD, sum.ComputedUSD+sum.ResidualUSD(), 1e-9)
}

func TestCheckBelievesWhatCanBe(t *testing.T) {
	tokens := usage.Tokens{Input: 10_000, Output: 10}
	for _, c := range []struct {
		name               string
		reported, computed float64
		want               pricing.Verdict
	}{
		{"the same", 0.0126, 0.0126, pricing.Matches},
		{"within a thousandth", 0.012601, 0.0126, pricing.Matches},
		{"a discount", 0.0063, 0.0126, pricing.Differs},
		{"free", 0, 0.0126, pricing.Differs},
		{"a thousand times", 12.7, 0.0126, pricing.Impossible},
		{"not yet a thousand times", 12, 0.0126, pricing.Differs},
		{"a minimum fee on a free model", 0.005, 0, pricing.Differs},
		{"negative", -1, 0.0126, pricing.Impossible},
		{"not a number", math.NaN(), 0.0126, pricing.Impossible},
		{"infinite", math.Inf(1), 0.0126, pricing.Impossible},
		{"an unpriced model, dear", 15, -1, pricing.Differs},
		{"an unpriced model, absurd", 9990, -1, pricing.Impossible},
	} {
		assert.Equal(t, c.want, pricing.Check(c.reported, c.computed, tokens), c.name)
	}
}
