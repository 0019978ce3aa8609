package artifact

import (
	"fmt"
	"slices"
	"strings"

	"netra/shared/savings"
)

const queryHead = `-- Did the plan work? Run these on a log of the days after, normalised by Netra:
--   netra inspect LOG --parquet calls.parquet
--   duckdb -cmd "create view calls as select * from 'calls.parquet'" < verify.sql
-- They are plain SQL and run on PostgreSQL as well. Each query ends with what the
-- replay expects, so that the two can be compared line by line.
`

// queries writes one check per lever, and one of the bill.
func queries(p plan) (File, bool, error) {
	f := File{Name: "verify.sql", MediaType: "application/sql", About: "Queries that check, on a log of the days after, that each lever does what was promised"}
	parts := []string{queryHead, p.billQuery()}
	for _, lever := range p.Plan.Levers {
		if q := p.leverQuery(lever); q != "" {
			parts = append(parts, q)
		}
	}
	later := newPlan(p.Analysis, savings.Optional)
	for _, proposal := range p.optional() {
		if q := later.leverQuery(proposal.Lever); q != "" {
			parts = append(parts, "-- Only if you decided for it:\n"+q)
		}
	}
	f.Data = []byte(strings.Join(parts, "\n"))
	return f, true, nil
}

func (p plan) billQuery() string {
	per1000 := func(usd float64) float64 {
		if p.Before.Calls == 0 {
			return 0
		}
		return 1000 * usd / float64(p.Before.Calls)
	}
	note := ""
	if p.Pricing.ReportedUSD == 0 {
		note = "-- Your log carries no costs: if the next one does not either, cost_usd stays empty;\n-- netra simulate computes it from tokens and prices.\n"
	}
	return note + fmt.Sprintf(`-- The bill: cost per 1,000 calls, so that more traffic does not hide it.
select date_trunc('day', time) as day, sum(calls) as calls, sum(reported_cost) as cost_usd,
  1000 * sum(reported_cost) / sum(calls) as usd_per_1000_calls,
  %s as before_usd_per_1000, %s as plan_usd_per_1000
from calls group by 1 order by 1;
`, amount(per1000(p.Plan.CostBeforeUSD)), amount(per1000(p.Plan.CostAfterUSD)))
}

func (p plan) leverQuery(lever string) string {
	switch lever {
	case savings.PromptCache:
		return p.promptCacheQuery()
	case savings.BatchTier:
		return p.batchQuery()
	case savings.ServiceTier:
		return `-- service-tier: calls and their slowest twentieth by the tier that served them.
select provider, model, coalesce(tag, '') as tag, tier, sum(calls) as calls, percentile_cont(0.95) within group (order by latency_ms) as p95_ms
from calls group by 1, 2, 3, 4 order by 1, 2, 3, 4;
`
	case savings.ResponseCache, savings.Waste:
		return fmt.Sprintf(`-- %s: the share of calls whose exact prompt was asked before and was still paid for.
select count(*) filter (where status <> 'served' and prompt_back is not null) * 1.0 / count(*) as repeats_paid_for
from calls where prompt_hash is not null;
`, lever)
	case savings.NearRepeats:
		return `-- near-repeats: the share of calls that a cache served; the exact ones among them repeat a prompt.
select count(*) filter (where status = 'served' and prompt_back is null) * 1.0 / count(*) as served_near,
  count(*) filter (where status = 'served' and prompt_back is not null) * 1.0 / count(*) as served_exact
from calls where prompt_hash is not null;
`
	case savings.SameModel, savings.NewerModel, savings.Routing:
		return p.modelQuery(lever)
	case savings.Output, savings.Context:
		return fmt.Sprintf(`-- %s: the longest prompts and answers by model and class.
select model, tag, max(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) as longest_prompt, max(output_tokens) as longest_answer
from calls group by 1, 2 order by 3 desc;
`, lever)
	}
	return ""
}

func (p plan) promptCacheQuery() string {
	var models []string
	hits := map[string]float64{}
	for _, s := range p.prefixes() {
		if _, seen := hits[s.From.Model]; !seen && s.PromptTokens > 0 {
			models = append(models, s.From.Model)
		}
		hits[s.From.Model] += float64(s.HitTokens)
	}
	var cases strings.Builder
	for _, model := range models {
		if tokens := p.promptTokens(model); tokens > 0 {
			fmt.Fprintf(&cases, " when %s then %s", literal(model), amount(hits[model]/tokens))
		}
	}
	expected := "null"
	if cases.Len() > 0 {
		expected = "case model" + cases.String() + " end"
	}
	return fmt.Sprintf(`-- prompt-cache: the share of prompt tokens read from the provider's cache.
select model, sum(cache_read_tokens) * 1.0 / sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) as read_share,
  %s as plan_share
from calls group by 1 having sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) > 0 order by 2;
`, expected)
}

// promptTokens are those of all calls of a model, at whichever provider, of which its
// prefixes have a part.
func (p plan) promptTokens(model string) (tokens float64) {
	for _, s := range p.Spend.ByModel {
		if s.Key == model || strings.HasSuffix(s.Key, "/"+model) {
			tokens += float64(s.InputTokens)
		}
	}
	return tokens
}

func (p plan) batchQuery() string {
	where := "tag is not null"
	if b := p.policy(savings.BatchTier).Batch; b != nil && len(b.Tags) > 0 {
		where = "coalesce(tag, '') in (" + literals(b.Tags) + ")"
	}
	return fmt.Sprintf(`-- batch: the classes that should be in the batch tier, by the tier that served them.
select coalesce(tag, '') as tag, tier, sum(calls) as calls from calls where %s group by 1, 2 order by 1, 2;
`, where)
}

func (p plan) modelQuery(lever string) string {
	var models []string
	for _, s := range p.policy(lever).Swaps {
		models = append(models, s.From.Model, s.To.Model)
	}
	if r := p.policy(lever).Routing; r != nil {
		for _, rule := range r.Rules {
			models = append(models, rule.From.Model, rule.To.Model)
		}
	}
	if len(models) == 0 {
		return ""
	}
	return fmt.Sprintf(`-- %s: calls by model, the replaced and the replacing ones.
select date_trunc('day', time) as day, provider, model, sum(calls) as calls from calls where model in (%s) group by 1, 2, 3 order by 1, 4 desc;
`, lever, literals(models))
}

// literal writes a SQL string literal. Only the quote is special in it; a zero
// byte, which no SQL text may hold, is dropped.
func literal(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, "\x00", ""), "'", "''") + "'"
}

// literals lists items as SQL string literals, each once.
func literals(items []string) string {
	var quoted []string
	for _, item := range items {
		if text := literal(item); !slices.Contains(quoted, text) {
			quoted = append(quoted, text)
		}
	}
	return strings.Join(quoted, ", ")
}
