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
		if pricing.Impossible(r.cost, r.computed(book), r.tokens.Prompt()+r.tokens.Output, 1) {
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

func TestWhatCanBeIsBelieved(t *testing.T) {
	for _, c := range []struct {
		name                string
		reported, computed  float64
		calls               int64
		matches, impossible bool
	}{
		{"the same", 0.0126, 0.0126, 1, true, false},
		{"within a thousandth", 0.012601, 0.0126, 1, true, false},
		{"a discount", 0.0063, 0.0126, 1, false, false},
		{"free", 0, 0.0126, 1, false, false},
		{"a thousand times", 12.7, 0.0126, 1, false, true},
		{"not yet a thousand times", 12, 0.0126, 1, false, false},
		{"a minimum fee on a cheap call", 0.005, 1e-6, 1, false, false},
		{"as many minimum fees as calls", 0.5, 1e-6, 100, false, false},
		{"more than fees", 2, 1e-6, 100, false, true},
		{"a cost where the price is zero", 0.5, 0, 1, false, false},
		{"negative", -1, 0.0126, 1, false, true},
		{"not a number", math.NaN(), 0.0126, 1, false, true},
		{"infinite", math.Inf(1), 0.0126, 1, false, true},
		{"an unpriced model, dear", 15, -1, 1, false, false},
		{"an unpriced model, absurd", 9990, -1, 1, false, true},
	} {
		assert.Equal(t, c.impossible, pricing.Impossible(c.reported, c.computed, 10_010, c.calls), c.name)
		assert.Equal(t, c.matches, pricing.Matches(c.reported, c.computed), c.name)
	}
}
