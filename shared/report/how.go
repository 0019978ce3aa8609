package report

import (
	"cmp"
	"fmt"
)

// how says how each figure of the report was computed.
func how(in Input) map[string]string {
	if in.Coverage != nil && in.Coverage.IsBill() {
		return howBilled()
	}
	text := map[string]string{
		"log.tokens":            "Sums over every row that could be read. Input is the whole prompt: uncached, read from and written to a provider's cache, each token once.",
		"log.reported_cost_usd": "Sum of the costs that the log itself carries, in USD, without flagged rows.",
		"log.computed_cost_usd": "Tokens x the price valid at the time of each call, over the rows that also report a cost.",
		"log.flagged":           "Rows whose reported cost is negative or over a thousand times tokens x price (of a model without a price: over $100 a call, and over its tokens at the dearest price known). They are in no total.",
		"log.unpriced":          "Calls of models that the price book does not know. They are counted, never priced at $0.",
	}
	if priced := in.priced(); priced != nil {
		text["spend"] = fmt.Sprintf("The provider's own reported cost where a row has one, else tokens x the price of %s's book valid at the time of the call, in the tier that served it.", cmp.Or(priced.Pricing.BookAsOf, "the day"))
	}
	a := in.Analysis
	if a == nil {
		return text
	}
	block := a.Span.Block
	if block == "" {
		block = "time block"
	}
	text["recommendation.estimated_savings_usd"] = "The log replayed call by call under this lever alone: the cost as it was, less the cost under the policy."
	text["recommendation.interval_90"] = fmt.Sprintf("Block bootstrap: the log's %ss drawn again with repeats, the saving taken each time, and the middle 90%% kept (%d blocks). Its width is that for blocks which may be independent or drift, with any memory up to half as long again as the log, each weighed by how well it fits them (Zellner and Tiao 1964). It is for the long run, not for one month.", block, a.Span.Blocks)
	text["recommendation.marginal_savings_usd"] = "What the lever adds in one replay with all levers of the plan, after those that act before it. These shares add up to the plan's saving."
	text["plan"] = "One replay of the log with all levers of the plan applied to each call, in the order in which they act. It is not a sum of the levers alone, which overlap."
	text["cache_hits"] = "Longest already-seen prefix (prompt tokens) and exact repeats (responses) within the lifetime, every use refreshing a prefix, with unlimited room and no other lever."
	if a.Extrapolation != nil {
		text["monthly"] = fmt.Sprintf("The figure over the log x %.4g: %s.", a.Extrapolation.Factor, a.Extrapolation.Basis)
	} else {
		text["monthly"] = "None is given: the log is too short to stand for a month."
	}
	if a.Backtest != nil {
		text["backtest"] = "Policies chosen on the first 70% of the log's span, then measured on the rest, which they had not seen."
	}
	return text
}
