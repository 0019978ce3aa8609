package artifact_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/artifact"
	"netra/shared/pricing"
	"netra/shared/savings"
)

// hostile tries to leave every format that it is written to.
const hostile = "x'; drop table calls; --\n  - evil: true\n\"}{`</script>"

var (
	sonnet = savings.Model{Provider: "anthropic", Model: "claude-sonnet-4-5"}
	gpt    = savings.Model{Provider: "openai", Model: "gpt-4o"}
	mini   = savings.Model{Provider: "openai", Model: "gpt-4o-mini"}
)

// analysis has every lever that writes to a file in its plan.
func analysis() *savings.Analysis {
	chosen := func(lever string, policy savings.Policy) savings.Proposal {
		return savings.Proposal{Lever: lever, Title: "Title of " + lever, Summary: "Summary of " + lever, Status: savings.Proposed, Policy: policy,
			Steps: []string{"do it"}, Verify: "look", Rollback: "undo it", Evidence: savings.Evidence{Calls: 400}}
	}
	a := &savings.Analysis{
		Span:   savings.Span{Hours: 240},
		Before: savings.Totals{Calls: 1000, InputTokens: 50_000_000, CostUSD: 1000},
		Proposals: []savings.Proposal{
			chosen(savings.ResponseCache, savings.Policy{ResponseCache: &savings.ResponseCachePolicy{TTLSeconds: 3600, Tags: []string{"faq"}}}),
			chosen(savings.Routing, savings.Policy{Routing: &savings.RoutingPolicy{LossBound: 0.01, Confidence: 0.95, Rules: []savings.RoutingRule{
				{Tag: "classify", From: gpt, To: mini}, {Tag: "chat", From: gpt, To: mini, MaxPromptTokens: 500}}}}),
			chosen(savings.SameModel, savings.Policy{Swaps: []savings.Swap{{From: savings.Model{Provider: "anthropic", Model: "claude-haiku-4-5"}, To: savings.Model{Provider: "aws", Model: "global.anthropic.claude-haiku-4-5-20251001-v1:0"}}}}),
			chosen(savings.Output, savings.Policy{Output: []savings.OutputCap{{From: sonnet, MaxOutputTokens: 800}, {From: gpt, Tag: "classify", MaxOutputTokens: 16}}}),
			chosen(savings.Context, savings.Policy{Context: []savings.ContextLimit{{From: sonnet, Tag: "chat", MaxPromptTokens: 30_000}}}),
			chosen(savings.PromptCache, savings.Policy{PromptCache: []savings.PrefixSetting{
				{From: sonnet, TTL: "5m", MinPrefix: 1024, HitTokens: 9_000_000, PromptTokens: 20_000_000, HitShare: 0.45},
				{From: sonnet, Prefix: "ab12", TTL: "1h", HitTokens: 1_000_000, PromptTokens: 2_000_000, HitShare: 0.5},
				{From: savings.Model{Provider: "anthropic", Model: "claude-haiku-4-5"}, TTL: "1h", MarkTokens: 2048},
				{From: sonnet, Prefix: "cd34", TTL: savings.NotCached, PromptTokens: 15_000_000}}}),
			chosen(savings.BatchTier, savings.Policy{Batch: &savings.BatchPolicy{Tags: []string{"nightly"}, WindowHours: 24}}),
			{Lever: savings.NewerModel, Status: savings.Optional, Policy: savings.Policy{Swaps: []savings.Swap{{From: gpt, To: savings.Model{Provider: "openai", Model: "gpt-5"}}}}},
			{Lever: savings.ServiceTier, Status: savings.Optional, Policy: savings.Policy{ServiceTier: []savings.TierSetting{
				{From: gpt, Tag: "chat", Tier: "priority", To: "standard"}, {From: sonnet, Tier: "priority", To: "standard"}}}},
		},
	}
	a.Pricing.BookAsOf = "2026-08-01"
	a.Pricing.Prices = []savings.ListPrice{
		{Provider: "openai", Model: "gpt-4o", Tier: "standard", PerMillion: pricing.RateSet{Input: 2.5, CacheRead: 1.25, Output: 10, Reasoning: 10}},
		{Provider: "google", Model: "gemini-2.5-pro", Tier: "standard", PromptBelow: 200_001, PerMillion: pricing.RateSet{Input: 1.25, Output: 10}},
		{Provider: "google", Model: "gemini-2.5-pro", Tier: "standard", PromptFrom: 200_001, PerMillion: pricing.RateSet{Input: 2.5, Output: 15}, Search: 0.014}}
	batch := &a.Proposals[6]
	batch.Evidence.Rows = []savings.EvidenceRow{
		{Line: 17, Model: "openai/gpt-4o", Tag: "nightly", Hash: "00ff", OutputTokens: 90},
		{Line: 18, Model: "anthropic/claude-sonnet-4-5", Tag: "nightly", OutputTokens: 300}}
	a.Plan = savings.Plan{CostBeforeUSD: 1000, CostAfterUSD: 600, SavingsUSD: 400, Interval: savings.Interval{Low: 350, High: 450}}
	for _, p := range a.Proposals[:7] {
		a.Plan.Levers = append(a.Plan.Levers, p.Lever)
		a.Plan.Steps = append(a.Plan.Steps, savings.Step{Lever: p.Lever, Title: p.Title})
	}
	a.Spend.ByModel = []savings.Slice{{Key: "anthropic/claude-sonnet-4-5"}, {Key: "openai/gpt-4o"}, {Key: "anthropic/claude-haiku-4-5"}, {Key: "house/secret-model"}}
	return a
}

// written returns the files of an analysis by name.
func written(t *testing.T, a *savings.Analysis) map[string]artifact.File {
	t.Helper()
	files, err := artifact.Files(a, nil, nil)
	require.NoError(t, err)
	byName := map[string]artifact.File{}
	for _, f := range files {
		assert.NotEmpty(t, f.About, f.Name)
		assert.NotEmpty(t, f.MediaType, f.Name)
		require.NotContains(t, byName, f.Name)
		byName[f.Name] = f
	}
	return byName
}

// spoiled is the analysis with hostile names wherever a log can put one.
func spoiled() *savings.Analysis {
	a := analysis()
	bad := savings.Model{Provider: "openai", Model: hostile}
	a.Spend.ByModel = append(a.Spend.ByModel, savings.Slice{Key: "openai/" + hostile})
	a.Pricing.Prices = append(a.Pricing.Prices, savings.ListPrice{Provider: hostile, Model: hostile, Tier: "standard"})
	a.Proposals[1].Policy.Routing.Rules = append(a.Proposals[1].Policy.Routing.Rules, savings.RoutingRule{Tag: hostile, From: bad, To: mini})
	a.Proposals[2].Policy.Swaps = append(a.Proposals[2].Policy.Swaps, savings.Swap{From: bad, To: mini})
	a.Proposals[5].Policy.PromptCache = append(a.Proposals[5].Policy.PromptCache, savings.PrefixSetting{From: bad, Tag: hostile, TTL: "5m", PromptTokens: 10, HitTokens: 1})
	a.Proposals[6].Policy.Batch.Tags = []string{hostile}
	a.Proposals[6].Evidence.Rows[0].Tag, a.Proposals[6].Evidence.Rows[0].Model = hostile, "openai/"+hostile
	a.Proposals[0].Title, a.Proposals[0].Steps = hostile, []string{hostile}
	a.Plan.Steps[0].Title = hostile
	return a
}

func TestAPlanWithoutLeversStillWatchesTheBill(t *testing.T) {
	a := &savings.Analysis{Span: savings.Span{Hours: 48}, Before: savings.Totals{Calls: 10, CostUSD: 20}, Plan: savings.Plan{CostBeforeUSD: 20, CostAfterUSD: 20}}
	a.Spend.ByDay = []savings.Slice{{Key: "2026-01-01", CostUSD: 6}, {Key: "2026-01-02", CostUSD: 14}}
	files := written(t, a)
	assert.Len(t, files, 3)
	assert.Contains(t, string(files["alerts.yaml"].Data), "litellm_spend_metric_total[1d])) > 14")
	assert.Contains(t, string(files["verify.sql"].Data), "usd_per_1000_calls")
	assert.Contains(t, string(files["apply.md"].Data), "there is nothing to apply")
	none, err := artifact.Files(nil, nil, nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestOnlyLeversOfThePlanGetFiles(t *testing.T) {
	a := analysis()
	a.Proposals = a.Proposals[5:6] // prompt cache alone
	a.Plan.Levers, a.Plan.Steps = []string{savings.PromptCache}, a.Plan.Steps[5:6]
	files := written(t, a)
	for _, name := range []string{"litellm.yaml", "prompt-cache.json", "alerts.yaml", "verify.sql", "apply.md"} {
		assert.Contains(t, files, name)
	}
	assert.Len(t, files, 5)
}

func TestWhatWaitsForADecisionIsInAFileOfItsOwn(t *testing.T) {
	files := written(t, analysis())
	assert.NotContains(t, string(files["litellm.yaml"].Data), "gpt-5", "an optional lever is not in the plan's file")
	later := string(files["litellm.after-evaluation.yaml"].Data)
	assert.Contains(t, later, "NOT part of the plan")
	assert.Contains(t, later, "openai/gpt-5")
	assert.Equal(t, 1, strings.Count(later, "service_tier: default"), "only OpenAI calls that tier so")
	assert.Contains(t, string(files["verify.sql"].Data), "Only if you decided for it")
	assert.Contains(t, string(files["apply.md"].Data), "After your evaluation")
}

func TestPromptCacheSettingsAreWhatTheAPITakes(t *testing.T) {
	var settings []struct {
		Model        savings.Model `json:"model"`
		TTL          string        `json:"ttl"`
		CacheControl *struct {
			Type string `json:"type"`
			TTL  string `json:"ttl"`
		} `json:"cache_control"`
		Do string `json:"do"`
	}
	require.NoError(t, json.Unmarshal(written(t, analysis())["prompt-cache.json"].Data, &settings))
	require.Len(t, settings, 4)
	for _, s := range settings {
		assert.NotEmpty(t, s.Do)
		if s.TTL == savings.NotCached {
			assert.Nil(t, s.CacheControl, "the API knows no such lifetime")
			continue
		}
		require.NotNil(t, s.CacheControl)
		assert.Equal(t, "ephemeral", s.CacheControl.Type)
		assert.Equal(t, strings.Contains(s.Model.Model, "haiku"), strings.Contains(s.Do, "ends at 2048 tokens"))
		assert.Contains(t, []string{"5m", "1h"}, s.CacheControl.TTL)
	}
}

func TestLimitsAndRoutesAreJSON(t *testing.T) {
	files := written(t, analysis())
	var limits map[string][]map[string]any
	require.NoError(t, json.Unmarshal(files["limits.json"].Data, &limits))
	assert.Len(t, limits["max_prompt_tokens"], 1)
	assert.Len(t, limits["max_output_tokens"], 2)
	var routes savings.RoutingPolicy
	require.NoError(t, json.Unmarshal(files["routes.json"].Data, &routes))
	assert.Len(t, routes.Rules, 2)
	assert.Equal(t, 0.01, routes.LossBound)
}

func TestBatchJobsAreLinesOfTheProvidersFormat(t *testing.T) {
	for name, a := range map[string]*savings.Analysis{"plain": analysis(), "hostile": spoiled()} {
		files := written(t, a)
		lines := bufio.NewScanner(bytes.NewReader(files["batch-jobs.openai.jsonl"].Data))
		seen := 0
		for ; lines.Scan(); seen++ {
			decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			decoder.DisallowUnknownFields()
			var job struct {
				CustomID string `json:"custom_id"`
				Method   string `json:"method"`
				URL      string `json:"url"`
				Body     struct {
					Model    string `json:"model"`
					Messages []any  `json:"messages"`
				} `json:"body"`
			}
			require.NoError(t, decoder.Decode(&job), name)
			assert.Equal(t, []string{"line-17", "POST", "/v1/chat/completions"}, []string{job.CustomID, job.Method, job.URL})
			assert.NotNil(t, job.Body.Messages, "an empty list to fill in, not null")
		}
		assert.Equal(t, 1, seen, name)
		var claude map[string]any
		require.NoError(t, json.Unmarshal(files["batch-jobs.anthropic.jsonl"].Data, &claude))
		assert.Equal(t, "line-18", claude["custom_id"])
		assert.EqualValues(t, 4096, claude["params"].(map[string]any)["max_tokens"], "room for an answer that is longer than the logged one")
	}
}

func TestTheShareOfCacheReadsIsExpectedOfAllCallsOfAModel(t *testing.T) {
	a := analysis()
	a.Spend.ByModel = []savings.Slice{{Key: "anthropic/claude-x", InputTokens: 1000}}
	from := savings.Model{Provider: "anthropic", Model: "claude-x"}
	a.Proposals = []savings.Proposal{{Lever: savings.PromptCache, Status: savings.Proposed, Policy: savings.Policy{PromptCache: []savings.PrefixSetting{
		{From: from, Tag: "a", TTL: "5m", HitTokens: 300, PromptTokens: 400, HitShare: 0.75}, {From: from, Tag: "b", TTL: "1h", HitTokens: 100, PromptTokens: 400, HitShare: 0.25}}}}}
	a.Plan.Levers = []string{savings.PromptCache}
	assert.Contains(t, string(written(t, a)["verify.sql"].Data), "case model when 'claude-x' then 0.4 end as plan_read_share")
}

func TestBatchJobsAreOfTheProviderThatServesTheModel(t *testing.T) {
	for file, c := range map[string]struct{ provider, model, line string }{
		"batch-jobs.gemini.jsonl":  {"google", "gemini-2.5-pro", `{"key":"line-1","request":{"contents":[]}}`},
		"batch-jobs.bedrock.jsonl": {"aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", `{"recordId":"line-1","modelInput":{"anthropic_version":"bedrock-2023-05-31","max_tokens":10000,"messages":[]}}`},
	} {
		row := savings.EvidenceRow{Line: 1, Provider: c.provider, Model: c.model, OutputTokens: 5000}
		other := savings.EvidenceRow{Line: 2, Provider: c.provider, Model: c.model + "-x"}
		a := analysis()
		a.Proposals = []savings.Proposal{{Lever: savings.BatchTier, Status: savings.Proposed, Evidence: savings.Evidence{Rows: []savings.EvidenceRow{row, other}}}}
		files := written(t, a)
		assert.Equal(t, c.line+"\n", string(files[file].Data), "a file is of one model")
		assert.NotContains(t, files, "batch-jobs.openai.jsonl")
		assert.NotContains(t, files, "batch-jobs.anthropic.jsonl")
	}
}

func TestTheGuideNamesEveryStepAndFile(t *testing.T) {
	files := written(t, analysis())
	guide := string(files["apply.md"].Data)
	for _, p := range analysis().Plan.Steps {
		assert.Contains(t, guide, p.Title)
	}
	for name := range files {
		if name != "apply.md" {
			assert.Contains(t, guide, "`"+name+"`")
		}
	}
	evil := string(written(t, spoiled())["apply.md"].Data)
	assert.NotContains(t, evil, "</script>")
	assert.Equal(t, strings.Count(guide, "\n#"), strings.Count(evil, "\n#"), "a name made a heading")
}

func TestTheRuleForNearRepeatsIsNamedAfterTheDecisionOnIt(t *testing.T) {
	rule := savings.NearRepeatsPolicy{TTLSeconds: 3600, Similarity: 0.8, Confidence: 0.95, EqualBins: 60, Bins: 64, Capacity: 65536, Tags: []string{hostile}}
	for status, name := range map[savings.Status]string{savings.Proposed: "near-repeats.json", savings.Optional: "near-repeats.after-evaluation.json"} {
		a := analysis()
		a.Proposals = append(a.Proposals, savings.Proposal{Lever: savings.NearRepeats, Status: status, Policy: savings.Policy{NearRepeats: &rule}})
		var read savings.NearRepeatsPolicy
		require.NoError(t, json.Unmarshal(written(t, a)[name].Data, &read), name)
		assert.Equal(t, rule, read)
	}
	assert.NotContains(t, written(t, analysis()), "near-repeats.json")
}
