package pricing_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
	"netra/shared/usage"
)

func bookOf(prices string) string {
	return `{"as_of":"2026-01-01","providers":[{"id":"p","api_pattern":"x","models":[
		{"id":"good","match":{"equals":"good"},"prices":{"input_mtok":1,"output_mtok":2}},
		{"id":"odd","match":{"equals":"odd"},"prices":` + prices + `}]}]}`
}

func TestBrokenRowsAreLeftOutAndNamed(t *testing.T) {
	for _, c := range []struct{ name, prices, reason string }{
		{"cache write at 24 times input", `{"input_mtok":1,"cache_write_mtok":24,"output_mtok":5}`, "cache write costs 24 times input"},
		{"1-hour cache write at 24 times input", `{"input_mtok":1,"cache_write_1h_mtok":24}`, "1-hour cache write costs 24"},
		{"cache read dearer than input", `{"input_mtok":1,"cache_read_mtok":10}`, "cache read costs 10 times input"},
		{"output out of proportion", `{"input_mtok":1,"output_mtok":500}`, "output costs 500 times input"},
		{"negative price", `{"input_mtok":-1,"output_mtok":2}`, "out of the range"},
		{"price per token instead of per million", `{"input_mtok":1000000,"output_mtok":2}`, "out of the range"},
		{"negative price over the line", `{"input_mtok":{"base":1,"tiers":[{"start":10,"price":-2}]}}`, "out of the range"},
		{"two long-context lines", `{"input_mtok":{"base":1,"tiers":[{"start":10,"price":2},{"start":20,"price":3}]}}`, "more than one long-context line"},
		{"unknown unit", `{"input_smell_mtok":1}`, "unknown unit"},
		{"text for a price", `{"input_mtok":"cheap"}`, "decimal"},
		{"empty list", `[]`, "empty"},
		{"bad date", `[{"prices":{"input_mtok":1}},{"constraint":{"start_date":"soon"},"prices":{"input_mtok":1}}]`, "start date"},
		{"a later period is broken", `[{"prices":{"input_mtok":1}},{"constraint":{"start_date":"2025-01-01"},"prices":{"input_mtok":-1}}]`, "out of the range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			book, err := pricing.Load(strings.NewReader(bookOf(c.prices)))
			require.NoError(t, err)
			require.Len(t, book.Broken, 1)
			assert.Equal(t, ref("p", "odd"), book.Broken[0].Ref)
			assert.Contains(t, book.Broken[0].Reason, c.reason)
			_, ok := book.Rates(ref("p", "odd"), 0, usage.Standard)
			assert.False(t, ok, "a broken row was used")
			_, ok = book.Rates(ref("p", "good"), 0, usage.Standard)
			assert.True(t, ok, "its neighbour must stay")
		})
	}
}

func TestARowWithoutTokenPricesIsUnpricedNotFree(t *testing.T) {
	book, err := pricing.Load(strings.NewReader(bookOf(`{}`)))
	require.NoError(t, err)
	_, ok := book.Rates(ref("p", "odd"), 0, usage.Standard)
	assert.False(t, ok)
	_, err = book.Price(ref("p", "odd"), 0, usage.Standard, pricing.Usage{"input_tokens": 1})
	assert.ErrorContains(t, err, "without a price")
}

func TestLoadRefusesWhatIsNoBook(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"not JSON", `hello`, "read the price book"},
		{"no date", `{"providers":[]}`, "as_of"},
		{"no providers", `{"as_of":"2026-01-01","providers":[]}`, "no providers"},
		{"bad pattern", `{"as_of":"2026-01-01","providers":[{"id":"p","api_pattern":"("}]}`, "api pattern"},
		{"unknown rule", `{"as_of":"2026-01-01","providers":[{"id":"p","model_match":{"sounds_like":"x"}}]}`, "unknown kind"},
		{"rule with two keys", `{"as_of":"2026-01-01","providers":[{"id":"p","model_match":{"equals":"x","contains":"y"}}]}`, "exactly one key"},
	} {
		_, err := pricing.Load(strings.NewReader(c.file))
		assert.ErrorContains(t, err, c.want, c.name)
	}
}

func TestTheEmbeddedBookHasNoBrokenRows(t *testing.T) {
	book := embedded(t)
	assert.Empty(t, book.Broken)
	providers, models := book.Size()
	assert.Greater(t, providers, 30)
	assert.Greater(t, models, 1400)
}
