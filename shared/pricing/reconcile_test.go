package pricing_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/sample"
	"netra/shared/usage"
)

// aiderRow is one call of the sample log.
type aiderRow struct {
	seconds int64
	model   string
	tokens  usage.Tokens
	cost    float64
	hasCost bool
}

func loadAider(t *testing.T) []aiderRow {
	t.Helper()
	file, err := sample.Coding().Open()
	require.NoError(t, err)
	defer file.Close()
	var rows []aiderRow
	for decoder := json.NewDecoder(file); decoder.More(); {
		var line struct {
			Time       int64 `json:"time"`
			Properties struct {
				Model  string   `json:"main_model"`
				Input  int64    `json:"prompt_tokens"`
				Output int64    `json:"completion_tokens"`
				Cost   *float64 `json:"cost"`
			} `json:"properties"`
		}
		require.NoError(t, decoder.Decode(&line))
		p := line.Properties
		row := aiderRow{seconds: line.Time, model: p.Model, tokens: usage.Tokens{Input: p.Input, Output: p.Output}}
		if p.Cost != nil {
			row.cost, row.hasCost = *p.Cost, true
		}
		rows = append(rows, row)
	}
	require.Len(t, rows, 5321)
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

func TestTheOneImpossibleRowIsFlagged(t *testing.T) {
	book := embedded(t)
	var flagged []aiderRow
	plausible := 0.0
	for _, r := range loadAider(t) {
		if !r.hasCost {
			continue
		}
		if pricing.Check(r.cost, r.computed(book), r.tokens) == pricing.Impossible {
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
