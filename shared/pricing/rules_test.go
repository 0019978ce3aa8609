package pricing_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

// rule is a match rule read apart from the package, as genai-prices defines it:
// one kind, its text compared without regard to case.
type rule map[string]json.RawMessage

func (r rule) matches(t testing.TB, name string) bool {
	t.Helper()
	for kind, raw := range r {
		if kind == "or" || kind == "and" {
			return r.joined(t, kind == "or", name)
		}
		var text string
		require.NoError(t, json.Unmarshal(raw, &text))
		low := strings.ToLower(text)
		switch kind {
		case "equals":
			return name == low
		case "starts_with":
			return strings.HasPrefix(name, low)
		case "ends_with":
			return strings.HasSuffix(name, low)
		case "contains":
			return strings.Contains(name, low)
		case "regex":
			return regexp.MustCompile(text).MatchString(name)
		}
	}
	t.Fatalf("unknown rule %v", r)
	return false
}

func (r rule) subs(t testing.TB) []rule {
	var subs []rule
	for kind, raw := range r {
		if kind == "or" || kind == "and" {
			require.NoError(t, json.Unmarshal(raw, &subs))
		}
	}
	return subs
}

// joined is true if any of the parts matches, or, where one is not enough, all.
func (r rule) joined(t testing.TB, one bool, name string) bool {
	for _, sub := range r.subs(t) {
		if sub.matches(t, name) == one {
			return one
		}
	}
	return !one
}

// names are the names that the rule's parts spell out.
func (r rule) names(t testing.TB) []string {
	var out []string
	for kind, raw := range r {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			continue
		}
		switch kind {
		case "equals":
			out = append(out, text)
		case "starts_with":
			out = append(out, text, text+"-x")
		case "ends_with":
			out = append(out, "x-"+text)
		case "contains":
			out = append(out, "x-"+text+"-y")
		}
	}
	for _, sub := range r.subs(t) {
		out = append(out, sub.names(t)...)
	}
	return out
}

type ruledProvider struct {
	ID     string `json:"id"`
	Models []struct {
		ID    string `json:"id"`
		Match rule   `json:"match"`
	} `json:"models"`
}

func (p ruledProvider) first(t testing.TB, name string) string {
	for _, m := range p.Models {
		if m.Match.matches(t, strings.ToLower(name)) {
			return m.ID
		}
	}
	return ""
}

func embeddedRules(t testing.TB) []ruledProvider {
	t.Helper()
	file, err := os.Open("prices.json.gz")
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	var book struct {
		Providers []ruledProvider `json:"providers"`
	}
	require.NoError(t, json.NewDecoder(unpacked).Decode(&book))
	return book.Providers
}

// For every provider, every name that its rules spell out, in any case, is the
// first of its models whose rule it meets.
func TestEveryRuleOfTheBookFindsTheModelItNames(t *testing.T) {
	book := embedded(t)
	checked := 0
	for _, p := range embeddedRules(t) {
		for _, m := range p.Models {
			for _, name := range append(m.Match.names(t), m.ID) {
				want := p.first(t, name)
				if want == "" {
					continue // a part of an "and" alone, or an id that is no name
				}
				for _, spelled := range []string{name, strings.ToUpper(name)} {
					ref, ok := book.Resolve(p.ID, spelled)
					assert.True(t, ok, "%s of %s", spelled, p.ID)
					assert.Equal(t, want, ref.Model, "%s of %s", spelled, p.ID)
					checked++
				}
			}
		}
	}
	assert.Greater(t, checked, 4000)
}

const ruledBook = `{"as_of":"2026-01-01","providers":[
	{"id":"host","api_pattern":"x","fallback_model_providers":["maker"],"models":[
		{"id":"ada","match":{"equals":"text-embedding-ada"},"prices":{"input_mtok":1}},
		{"id":"Mixed/Case","match":{"equals":"Mixed/Case-1B"},"prices":{"input_mtok":2}},
		{"id":"dated","match":{"equals":"m-2024-05-13"},"prices":{"input_mtok":5}},
		{"id":"undated","match":{"equals":"m"},"prices":{"input_mtok":3}},
		{"id":"both","match":{"and":[{"starts_with":"a-"},{"or":[{"ends_with":"-z"},{"contains":"mid"}]}]},"prices":{"input_mtok":4}},
		{"id":"pattern","match":{"regex":"^r\\d+$"},"prices":{"input_mtok":6}},
		{"id":"gift:free","match":{"equals":"gift:free"},"prices":{}}]},
	{"id":"maker","api_pattern":"y","models":[
		{"id":"ada","match":{"equals":"text-ada-001"},"prices":{"input_mtok":40}},
		{"id":"own","match":{"equals":"own"},"prices":{"input_mtok":7}}]}]}`

func TestEachKindOfRuleDecidesThePrice(t *testing.T) {
	book, err := pricing.Load(strings.NewReader(ruledBook))
	require.NoError(t, err)
	require.Empty(t, book.Broken)
	for _, c := range []struct {
		about, name, price string
	}{
		{"the case of a rule means nothing", "mixed/case-1b", "2"},
		{"a date without dashes is the dated model, not the undated one", "m-20240513", "5"},
		{"a date that nobody lists is left off", "m-20250101", "3"},
		{"all parts of an and", "a-q-z", "4"},
		{"any part of an or", "a-mid-q", "4"},
		{"a pattern", "r12", "6"},
		{"a model of the provider it falls back to", "own", "7"},
		{"which may share its id with another model here", "text-ada-001", "40"},
		{"a free variant costs nothing", "gift:free", "0"},
	} {
		ref, ok := book.Resolve("host", c.name)
		require.True(t, ok, c.about)
		cost, err := book.Price(ref, 0, usage.Standard, pricing.Usage{"input_tokens": 1_000_000})
		require.NoError(t, err, c.about)
		assert.Equal(t, c.price, cost.Total.String(), c.about)
	}
	_, ok := book.Resolve("host", "a-q")
	assert.False(t, ok, "one part of an and is not enough")
}

func TestEachKindOfConstraintDecidesThePrice(t *testing.T) {
	for _, c := range []struct{ about, constraint, at, price string }{
		{"before a start date the first holds", `{"start_date":"2025-06-10"}`, "2025-06-09T23:59:59Z", "1"},
		{"from it on the dated one", `{"start_date":"2025-06-10"}`, "2025-06-10T00:00:00Z", "2"},
		{"inside a window", `{"start_time":"00:30:00Z","end_time":"16:30:00Z"}`, "2025-06-10T00:30:00Z", "2"},
		{"a window's end is outside", `{"start_time":"00:30:00Z","end_time":"16:30:00Z"}`, "2025-06-10T16:30:00Z", "1"},
		{"a window over midnight, before", `{"start_time":"16:30:00Z","end_time":"00:30:00Z"}`, "2025-06-10T23:00:00Z", "2"},
		{"a window over midnight, after", `{"start_time":"16:30:00Z","end_time":"00:30:00Z"}`, "2025-06-10T00:29:59Z", "2"},
		{"a window over midnight, outside", `{"start_time":"16:30:00Z","end_time":"00:30:00Z"}`, "2025-06-10T12:00:00Z", "1"},
		{"a window in another zone", `{"start_time":"08:30:00+08:00","end_time":"09:30:00+08:00"}`, "2025-06-10T00:45:00Z", "2"},
	} {
		book, err := pricing.Load(strings.NewReader(bookOf(`[{"prices":{"input_mtok":1}},{"constraint":` + c.constraint + `,"prices":{"input_mtok":2}}]`)))
		require.NoError(t, err)
		require.Empty(t, book.Broken, c.about)
		cost, err := book.Price(ref("p", "odd"), micros(t, c.at), usage.Standard, pricing.Usage{"input_tokens": 1_000_000})
		require.NoError(t, err)
		assert.Equal(t, c.price, cost.Total.String(), c.about)
	}
}

func TestEachKindOfMappingReadsABody(t *testing.T) {
	book := embedded(t)
	for _, c := range []struct {
		about, provider, flavor, body string
		want                          pricing.Usage
	}{
		{"two places add up", "anthropic", "default", `{"usage":{"input_tokens":4,"cache_read_input_tokens":10,"output_tokens":1}}`,
			pricing.Usage{"input_tokens": 14, "cache_read_tokens": 10, "output_tokens": 1}},
		{"an entry of a list by a field, in any case", "google", "default", `{"usageMetadata":{"promptTokenCount":9,"promptTokensDetails":[{"modality":"audio","tokenCount":3},{"modality":"TEXT","tokenCount":6}]}}`,
			pricing.Usage{"input_tokens": 9, "input_audio_tokens": 3, "input_text_tokens": 6}},
		{"a usage below another object", "cohere", "default", `{"usage":{"billed_units":{"input_tokens":7.0,"output_tokens":2}}}`,
			pricing.Usage{"input_tokens": 7, "output_tokens": 2}},
		{"details that are null", "openai", "chat", `{"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":null}}`,
			pricing.Usage{"input_tokens": 5, "output_tokens": 2}},
		{"details that PHP wrote as an empty list", "openai", "chat", `{"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":[]}}`,
			pricing.Usage{"input_tokens": 5, "output_tokens": 2}},
	} {
		body, err := book.ExtractUsage(c.provider, c.flavor, []byte(c.body))
		require.NoError(t, err, c.about)
		assert.Equal(t, c.want, body.Usage, c.about)
	}
	_, err := book.ExtractUsage("openai", "chat", []byte(`{"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":[1]}}`))
	assert.ErrorContains(t, err, "prompt_tokens_details is a list")
}
