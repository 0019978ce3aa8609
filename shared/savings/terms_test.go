package savings_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings"
)

func TestTermsAreReadWithAndWithoutOffers(t *testing.T) {
	alone, err := savings.ParseTerms([]byte(`{"gpt-4o": {"input": 2, "output": 8}}`))
	require.NoError(t, err)
	assert.InDelta(t, 2, alone.Prices["gpt-4o"].Input, 0)
	assert.False(t, alone.PricesEvery())
	both, err := savings.ParseTerms([]byte(`{"prices": {"*": {"input": 3, "output": 15, "cache_read": 0.3}},
		"offers": [{"model": {"provider": "openai", "model": "gpt-4o"}, "tokens_per_hour": 2e7, "usd_per_hour": 24}]}`))
	require.NoError(t, err)
	assert.True(t, both.PricesEvery())
	require.Len(t, both.Offers, 1)
	assert.InDelta(t, 24, both.Offers[0].USDPerHour, 0)
	joined := both.And(alone)
	assert.Len(t, joined.Prices, 2)
	assert.Len(t, joined.Offers, 1)
	assert.Len(t, both.Prices, 1, "the parts are not changed")
}

func TestTermsThatCannotBeRightSayWhy(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       "one JSON object",
		`[1]`:                                    "one JSON object",
		`{"gpt-4o": {"input": 2, "outptu": 8}}`:  "outptu",
		`{"gpt-4o": {"input": -2, "output": 8}}`: "gpt-4o",
		`{"offers": [{"model": {"model": "gpt-4o"}, "tokens_per_hour": 0, "usd_per_hour": 1}]}`: "above 0",
		`{"offers": [{"tokens_per_hour": 1, "usd_per_hour": 1}]}`:                               "names no model",
		`{"offers": [{"units": 1}]}`:                 "units",
		strings.Repeat(" ", savings.MaxTermsBytes+1): "over 65536 bytes",
	} {
		_, err := savings.ParseTerms([]byte(text))
		require.ErrorIs(t, err, savings.ErrTerms, text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestTermsAreToldFromLogs(t *testing.T) {
	for text, want := range map[string]bool{
		`{"gpt-4o": {"input": 2, "output": 8}}`:                 true,
		`{"offers": []}`:                                        true,
		`{"prices": {"gpt-4o": {"input": -1}}}`:                 true, // and then refused with the reason
		`{"model": "gpt-4o", "usage": {"input_tokens": 3}}`:     false,
		"{\"model\": \"a\", \"tokens\": 1}\n{\"model\": \"b\"}": false,
		`{"data": [{"input": 1, "output": 2}]}`:                 false,
		`{}`:                                                    false,
		``:                                                      false,
	} {
		assert.Equal(t, want, savings.IsTerms([]byte(text)), text)
	}
}
