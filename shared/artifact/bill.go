package artifact

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netra/shared/pricing"
	"netra/shared/savings"
)

// priceColumn is a column of the price table in verify.sql, and what of a call it is
// the price of. A column that is 0 for every model is left out.
type priceColumn struct {
	name, counted string
	of            func(savings.ListPrice) float64
}

// tokenColumns are in USD per million. What is counted twice in the data set (audio
// is a part of input, reasoning of output) has the difference of the two prices.
func tokenColumns() []priceColumn {
	return []priceColumn{
		{"input", "input_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.Input }},
		{"cache_read", "cache_read_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.CacheRead }},
		{"cache_write_5m", "cache_write_5m_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.CacheWrite5m }},
		{"cache_write_1h", "cache_write_1h_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.CacheWrite1h }},
		{"output", "output_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.Output }},
		{"reasoning_over_output", "reasoning_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.Reasoning - p.PerMillion.Output }},
		{"audio_over_input", "audio_input_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.AudioInput - p.PerMillion.Input }},
		{"audio_over_output", "audio_output_tokens", func(p savings.ListPrice) float64 { return p.PerMillion.AudioOutput - p.PerMillion.Output }},
	}
}

// eachColumns are in USD each.
func eachColumns() []priceColumn {
	return []priceColumn{
		{"web_search", "web_searches", func(p savings.ListPrice) float64 { return p.Search }},
		{"request", "calls", func(p savings.ListPrice) float64 { return p.Request }},
	}
}

// priceTable is the price book as far as a log needs it, as SQL.
type priceTable struct {
	// columns and rows make the table; cost is a call's cost from it, and fits whether
	// a call's prompt is within a row's bounds.
	columns, rows, cost, fits string
}

// example stands in a table that would be empty, which is no SQL.
func example() []savings.ListPrice {
	return []savings.ListPrice{{Provider: "provider", Model: "model", Tier: "standard", PerMillion: pricing.RateSet{Input: 1, Output: 1, Reasoning: 1, AudioInput: 1, AudioOutput: 1}}}
}

func newPriceTable(prices []savings.ListPrice) priceTable {
	if len(prices) == 0 {
		prices = example()
	}
	t := priceTable{columns: "provider, model, tier"}
	rows := make([]string, len(prices))
	for i, p := range prices {
		rows[i] = literal(p.Provider) + ", " + literal(p.Model) + ", " + literal(p.Tier)
	}
	if slices.ContainsFunc(prices, func(p savings.ListPrice) bool { return p.PromptFrom > 0 }) {
		t.columns += ", prompt_from, prompt_below"
		t.fits = "\n    and c.prompt_tokens >= p.prompt_from * c.calls and (p.prompt_below is null or c.prompt_tokens < p.prompt_below * c.calls)"
		for i, p := range prices {
			rows[i] += fmt.Sprintf(", %d, %s", p.PromptFrom, bound(p.PromptBelow))
		}
	}
	put := func(columns []priceColumn) (terms []string) {
		for _, column := range columns {
			if !slices.ContainsFunc(prices, func(p savings.ListPrice) bool { return price(column.of(p)) != "0" }) {
				continue
			}
			t.columns += ", " + column.name
			terms = append(terms, "c."+column.counted+" * p."+column.name)
			for i, p := range prices {
				rows[i] += ", " + price(column.of(p))
			}
		}
		return terms
	}
	sum := func(terms []string) string { return strings.Join(terms, " +\n      ") }
	if tokens := put(tokenColumns()); len(tokens) > 0 {
		t.cost = "(" + sum(tokens) + ") / 1000000.0"
	}
	t.cost = sum(slices.DeleteFunc(append([]string{t.cost}, put(eachColumns())...), func(term string) bool { return term == "" }))
	t.rows = "  (" + strings.Join(rows, "),\n  (") + ")"
	return t
}

// onlyModel is the model of all calls, "" if they have several: in a log that names none
// it is the one that the user named to price them with, and the next log names none
// either.
func (p plan) onlyModel() string {
	if len(p.Spend.ByModel) == 1 {
		return p.Spend.ByModel[0].Key
	}
	return ""
}

// bound writes the end of a range of prompts.
func bound(tokens int64) string {
	if tokens == 0 {
		return "null"
	}
	return strconv.FormatInt(tokens, 10)
}

// price writes USD to nine decimals, which hold every price per million, never in
// exponent form.
func price(usd float64) string {
	text := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(usd, 'f', 9, 64), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

func (p plan) billQuery() string {
	per1000 := func(usd float64) string {
		if p.Before.EstimatedCalls == 0 {
			return "0"
		}
		return amount(1000 * usd / p.Before.EstimatedCalls)
	}
	book := "the price book of " + p.Pricing.BookAsOf
	if len(p.Pricing.Own) > 0 {
		book = "your own prices and " + book
	}
	t := newPriceTable(p.Pricing.Prices)
	return fmt.Sprintf(`-- The bill: cost per 1,000 calls, so that more traffic does not hide it. A call costs
-- what your log says. Where it does not say, it is priced by its tokens, in USD per
-- million of them, at the prices of the last day of the log that the plan was made from
-- (%s). unpriced_calls have neither a cost nor a
-- price: add a row for their model. A call whose cost cannot be is left out.
with prices (%s) as (values
%s
), computed as (
  select c.time, c.status, c.calls, c.weight, c.prompt_tokens + c.output_tokens as tokens,
    case when coalesce(c.currency, 'USD') = 'USD' then c.reported_cost end as reported_usd,
    %s as computed_usd
  from (select *, input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens as prompt_tokens from calls) c
  left join prices p on p.provider = coalesce(c.provider, '') and p.model = coalesce(c.model, %s) and p.tier = c.tier%s
), billed as (
  select time, calls, weight, case when status = 'served' then 0 else coalesce(reported_usd, computed_usd) end as usd from computed
  where status = 'served' or reported_usd is null or reported_usd between 0 and
    case when computed_usd > 0 then greatest(%d * computed_usd, %g * calls) else greatest(tokens * %d / 1000000.0, %d * calls) end
)
select date_trunc('day', time) as day, sum(calls) as calls, sum(usd * weight) as cost_usd,
  sum(case when usd is null then calls else 0 end) as unpriced_calls,
  1000 * sum(usd * weight) / nullif(sum(calls * weight), 0) as usd_per_1000_calls,
  %s as before_usd_per_1000, %s as plan_usd_per_1000
from billed group by 1 order by 1;
`, book, t.columns, t.rows, t.cost, literal(p.onlyModel()), t.fits, pricing.ImpossibleTimes, pricing.LeastLimit, pricing.Dearest, pricing.UnpricedLimit,
		per1000(p.Plan.CostBeforeUSD), per1000(p.Plan.CostAfterUSD))
}
