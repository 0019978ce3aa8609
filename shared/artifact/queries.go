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
-- They are plain SQL and run on PostgreSQL as well, on a table of the same columns.
-- Columns named before_ are of the log that the plan was made from, those named plan_
-- what the replay expects.
set timezone = 'UTC';
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
	case savings.ResponseCache:
		return fmt.Sprintf(`-- response-cache: the share of calls whose exact prompt was asked before, and of those that were still paid for.
select count(*) filter (where prompt_back is not null) * 1.0 / nullif(count(*), 0) as repeats,
  count(*) filter (where status <> 'served' and prompt_back is not null) * 1.0 / nullif(count(*), 0) as repeats_paid_for,
  %s as before_repeats
from calls;
`, amount(p.repeats()))
	case savings.Waste:
		return p.wasteQuery()
	case savings.NearRepeats:
		return fmt.Sprintf(`-- near-repeats: the share of calls that a cache served; the exact ones among them repeat a prompt.
select count(*) filter (where status = 'served' and prompt_back is not null) * 1.0 / nullif(count(*), 0) as served_exact,
  count(*) filter (where status = 'served' and prompt_back is null) * 1.0 / nullif(count(*), 0) as served_near,
  %s as plan_served_near
from calls where prompt_hash is not null;
`, amount(p.callShare(lever)))
	case savings.SameModel, savings.NewerModel, savings.Routing:
		return p.modelQuery(lever)
	case savings.Output:
		return p.outputQuery()
	case savings.Context:
		return p.contextQuery()
	}
	return ""
}

// repeats is the share of the log's calls whose exact prompt was asked before.
func (p plan) repeats() float64 {
	if n := len(p.Curves.ResponseCache); n > 0 {
		return p.Curves.ResponseCache[n-1].Share // the last lifetime is unlimited
	}
	return 0
}

// callShare is the share of the log's calls that a lever changes.
func (p plan) callShare(lever string) float64 {
	if p.Before.Calls == 0 {
		return 0
	}
	return float64(p.chosen[lever].Evidence.Calls) / float64(p.Before.Calls)
}

func (p plan) wasteQuery() string {
	window := 0.0
	if w := p.policy(savings.Waste).Waste; w != nil {
		window = w.WindowSeconds
	}
	return fmt.Sprintf(`-- waste: the share of calls that repeat one that succeeded within %[1]s seconds; it should fall to near 0.
select count(*) filter (where status_before = 'ok' and time - time_before <= interval '%[1]s seconds') * 1.0 / nullif(count(*), 0) as sent_twice,
  %[2]s as before_sent_twice, count(*) as calls
from (select time, lag(time) over same_prompt as time_before, lag(status) over same_prompt as status_before, prompt_hash
  from calls where status <> 'served'
  window same_prompt as (partition by provider, model, prompt_hash order by time, line)) t
where prompt_hash is not null;
`, amount(window), amount(p.callShare(savings.Waste)))
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
select model, sum(cache_read_tokens) as read_tokens, sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) as prompt_tokens,
  sum(cache_read_tokens) * 1.0 / nullif(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), 0) as read_share,
  %s as plan_read_share
from calls group by 1 order by 3 desc;
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
	return fmt.Sprintf(`-- batch: the share of calls of each class that should wait that the batch tier, or the flex tier, served.
select coalesce(tag, '') as tag, sum(calls) as calls, sum(case when tier in ('batch', 'flex') then calls else 0 end) * 1.0 / nullif(sum(calls), 0) as delayed_share,
  1 as plan_delayed_share
from calls where %s group by 1 order by 1;
`, where)
}

func (p plan) outputQuery() string {
	var limits []limit
	for _, c := range p.policy(savings.Output).Output {
		limits = append(limits, limit{c.From.Model, c.Tag, c.MaxOutputTokens})
	}
	return fmt.Sprintf(`-- output: the longest answers by model and class.
select model, coalesce(tag, '') as tag, max(output_tokens) as longest_answer,
  %s as plan_longest_answer
from calls where calls = 1 group by 1, 2 order by 3 desc;
`, limitOf(limits))
}

func (p plan) contextQuery() string {
	var limits []limit
	for _, c := range p.policy(savings.Context).Context {
		limits = append(limits, limit{c.From.Model, c.Tag, c.MaxPromptTokens})
	}
	return fmt.Sprintf(`-- context: the prompt tokens that 95 of 100 calls stay within, by model and class.
select model, coalesce(tag, '') as tag,
  percentile_cont(0.95) within group (order by input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) as p95_prompt,
  %s as plan_p95_prompt
from calls where calls = 1 group by 1, 2 order by 3 desc;
`, limitOf(limits))
}

// limit is a number of tokens that the calls of a model and class stay within.
type limit struct {
	model, tag string
	tokens     int64
}

// limitOf is the SQL of the limit of a group by model and class.
func limitOf(limits []limit) string {
	if len(limits) == 0 {
		return "null"
	}
	var cases strings.Builder
	for _, l := range limits {
		fmt.Fprintf(&cases, " when model = %s and coalesce(tag, '') = %s then %d", literal(l.model), literal(l.tag), l.tokens)
	}
	return "case" + cases.String() + " end"
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
