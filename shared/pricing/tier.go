package pricing

import (
	"strings"

	"github.com/shopspring/decimal"

	"netra/shared/usage"
)

// factor is what a service tier multiplies the standard prices with: cached
// reads apart, since not every provider discounts them in every tier. long says
// whether calls over the long-context line may use the tier at all.
type factor struct {
	all, read ratio
	long      bool
}

// ratio is an exact multiplier: 20/11 turns $1.10 into $2.
type ratio struct{ num, den int64 }

func one() ratio { return ratio{1, 1} }

func (r ratio) of(v decimal.Decimal) decimal.Decimal {
	return v.Mul(decimal.NewFromInt(r.num)).Div(decimal.NewFromInt(r.den))
}

// tierRule gives the factor of one tier for the models of a provider whose id
// contains one of families (any model if there are none).
type tierRule struct {
	provider string
	tier     usage.Tier
	families []string
	factor   factor
}

// tierRules lists what is published, narrowest rule first. What is not listed is
// not known, and a call served in such a tier is unpriced. Sources, read in
// August 2026 and before:
//
//	OpenAI batch and flex    https://platform.openai.com/docs/pricing (half of everything, cached input too)
//	OpenAI priority          https://openai.com/api-priority-processing/ (long context excluded)
//	Anthropic batch          https://platform.claude.com/docs/en/build-with-claude/batch-processing (cache rates halved too)
//	Google batch and flex    https://ai.google.dev/gemini-api/docs/pricing; the cache discount takes
//	                         precedence and does not stack with the batch one (Vertex AI batch inference)
//	Bedrock batch            https://aws.amazon.com/bedrock/pricing/
//	Groq, Mistral, Together  their pricing pages: half price, cached input not discounted again
func tierRules() []tierRule {
	half := factor{all: ratio{1, 2}, read: ratio{1, 2}, long: true}
	halfFresh := factor{all: ratio{1, 2}, read: one(), long: true}
	reasoning := []string{"gpt-5", "o3", "o4-mini"}
	rules := []tierRule{
		{"openai", usage.Batch, nil, half},
		{"azure", usage.Batch, nil, half},
		{"anthropic", usage.Batch, nil, half},
		{"google", usage.Batch, []string{"claude"}, half},
		{"google", usage.Batch, nil, halfFresh},
		{"aws", usage.Batch, nil, halfFresh},
		{"groq", usage.Batch, nil, halfFresh},
		{"mistral", usage.Batch, nil, halfFresh},
		{"together", usage.Batch, nil, halfFresh},
		{"openai", usage.Flex, reasoning, half},
		{"google", usage.Flex, []string{"gemini-2.5", "gemini-3"}, halfFresh},
		{"google", usage.Priority, []string{"gemini-3.7-flash"}, factor{ratio{9, 5}, ratio{9, 5}, true}},
	}
	return append(rules, openAIPriority()...)
}

func openAIPriority() []tierRule {
	rule := func(num, den int64, families ...string) tierRule {
		times := ratio{num, den}
		return tierRule{"openai", usage.Priority, families, factor{times, times, false}}
	}
	return []tierRule{
		rule(5, 2, "gpt-5.5"),
		rule(2, 1, "gpt-5.6", "gpt-5.4", "gpt-5.2", "gpt-5.1"),
		rule(9, 5, "gpt-5-mini"),
		rule(2, 1, "gpt-5-codex"),
		rule(20, 11, "o4-mini"),
		rule(7, 4, "o3", "gpt-4.1"),
		rule(5, 3, "gpt-4o-mini"),
		rule(17, 10, "gpt-4o"),
	}
}

// priorityExcluded are OpenAI models that share a prefix with one that has
// priority processing but have none themselves.
func priorityExcluded(model string) bool {
	for _, part := range []string{"-pro", "-nano", "-image", "o3-mini", "deep-research", "audio", "realtime", "search", "transcribe", "tts"} {
		if strings.Contains(model, part) && !strings.HasPrefix(model, "gpt-4.1-nano") {
			return true
		}
	}
	return false
}

// tierFactor returns what the tier multiplies ref's prices with, and whether that is known.
func tierFactor(ref Ref, tier usage.Tier) (factor, bool) {
	if ref.Provider == "openai" && tier == usage.Priority {
		if ref.Model == "gpt-5" {
			return factor{ratio{2, 1}, ratio{2, 1}, false}, true
		}
		if priorityExcluded(ref.Model) {
			return factor{}, false
		}
	}
	for _, rule := range tierRules() {
		if rule.provider == ref.Provider && rule.tier == tier && containsAny(ref.Model, rule.families) {
			return rule.factor, true
		}
	}
	return factor{}, false
}

func containsAny(model string, families []string) bool {
	for _, family := range families {
		if strings.Contains(model, family) {
			return true
		}
	}
	return len(families) == 0
}

// scaled returns the prices of a tier. Searches and requests cost the same in
// every tier. A tier that excludes long context leaves such calls at standard
// prices, as the provider then serves them.
func (s priceSet) scaled(f factor) priceSet {
	out := make(priceSet, len(s))
	for u, p := range s {
		times := f.all
		if u.kind == "read" {
			times = f.read
		}
		if u.other != "" {
			times = one()
		}
		scaled := price{base: times.of(p.base)}
		for _, l := range p.lines {
			if f.long {
				l.Price = times.of(l.Price)
			}
			scaled.lines = append(scaled.lines, l)
		}
		out[u] = scaled
	}
	return out
}
