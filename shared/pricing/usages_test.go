package pricing_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pricing"
)

// recorded is a real response body with what genai-prices reads out of it
// (testdata/usages.json.gz, MIT, see NOTICE).
type recorded struct {
	Body      json.RawMessage `json:"body"`
	Model     string          `json:"model"`
	Extracted []struct {
		Usage      pricing.Usage `json:"usage"`
		Extractors []expected    `json:"extractors"`
	} `json:"extracted"`
}

type expected struct {
	Provider string  `json:"provider_id"`
	Flavor   string  `json:"api_flavor"`
	Input    *string `json:"input_price"`
	Output   *string `json:"output_price"`
	Total    *string `json:"total_price"`
}

// native are the flavours that a provider's own API speaks; the rest of the set
// are readings of the same bodies through other providers' rules.
func native(provider, flavor string) bool {
	switch provider + "/" + flavor {
	case "anthropic/default", "openai/chat", "openai/responses", "google/default", "mistral/default", "groq/default":
		return true
	}
	return provider == "x-ai"
}

func loadRecorded(t *testing.T) []recorded {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "usages.json.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	var set []recorded
	require.NoError(t, json.NewDecoder(unpacked).Decode(&set))
	return set
}

func embedded(t testing.TB) *pricing.Book {
	t.Helper()
	book, err := pricing.Embedded()
	require.NoError(t, err)
	return book
}

// excepted are the readings that we price otherwise on purpose, none of them
// native. AWS cut gpt-5.6-luna by 80% on 2026-07-30, and the set has the price
// before; Cerebras lists a model without any price, which the set takes for
// free and we for unpriced.
func excepted(e expected, model string) bool {
	return e.Provider == "aws" && model == "openai.gpt-5.6-luna" || e.Provider == "cerebras" && model == "qwen-3-coder-480b"
}

func TestEveryRecordedBodyPricesToTheLastDigit(t *testing.T) {
	book := embedded(t)
	natives, all := 0, 0
	for i, r := range loadRecorded(t) {
		for _, reading := range r.Extracted {
			for _, e := range reading.Extractors {
				body, err := book.ExtractUsage(e.Provider, e.Flavor, r.Body)
				require.NoError(t, err, "body %d as %s/%s", i, e.Provider, e.Flavor)
				assert.Equal(t, reading.Usage, body.Usage.NonZero(), "body %d as %s/%s", i, e.Provider, e.Flavor)
				if e.Input == nil || excepted(e, body.Model) {
					continue
				}
				checkPrice(t, book, body, e, i)
				all++
				if native(e.Provider, e.Flavor) {
					natives++
				}
			}
		}
	}
	assert.Equal(t, 606, natives, "natively priced bodies in the set")
	assert.Equal(t, 1727, all, "priced readings in the set")
}

func checkPrice(t *testing.T, book *pricing.Book, body pricing.Body, e expected, i int) {
	t.Helper()
	ref, ok := book.Resolve(body.Provider, body.Model)
	require.True(t, ok, "body %d: %s of %s", i, body.Model, e.Provider)
	cost, err := book.Price(ref, 0, body.Tier, body.Usage)
	require.NoError(t, err, "body %d as %s", i, ref)
	input, output := decimal.RequireFromString(*e.Input), decimal.RequireFromString(*e.Output)
	total := input.Add(output)
	if e.Total != nil {
		total = decimal.RequireFromString(*e.Total)
	}
	assert.True(t, cost.Input.Equal(input), "body %d as %s: input %s, want %s", i, ref, cost.Input, input)
	assert.True(t, cost.Output.Equal(output), "body %d as %s: output %s, want %s", i, ref, cost.Output, output)
	assert.True(t, cost.Total.Equal(total), "body %d as %s: total %s, want %s", i, ref, cost.Total, total)
}

// The replay's float rates and the exact path must tell the same story on every
// body whose buckets both know.
func TestFloatRatesAgreeWithExactPrices(t *testing.T) {
	book := embedded(t)
	checked := 0
	for i, r := range loadRecorded(t) {
		for _, reading := range r.Extracted {
			for _, e := range reading.Extractors {
				if e.Input == nil || !native(e.Provider, e.Flavor) || reading.Usage["input_image_tokens"]+reading.Usage["output_image_tokens"]+reading.Usage["input_video_tokens"] > 0 {
					continue
				}
				ref, ok := book.Resolve(e.Provider, r.Model)
				require.True(t, ok)
				rates, ok := book.Rates(ref, 0, "")
				require.True(t, ok, ref)
				exact, err := book.Price(ref, 0, "", reading.Usage)
				require.NoError(t, err)
				assert.InEpsilon(t, 1+exact.Total.InexactFloat64(), 1+rates.Cost(tokensOf(reading.Usage)), 1e-9, "body %d as %s", i, ref)
				checked++
			}
		}
	}
	assert.Greater(t, checked, 500)
}
