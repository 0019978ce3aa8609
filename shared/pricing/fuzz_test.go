package pricing_test

import (
	"strings"
	"testing"

	"netra/shared/pricing"
)

// Whatever a body holds, reading and pricing it ends in a price or an error,
// and no price is negative.
func FuzzExtractUsage(f *testing.F) {
	book, err := pricing.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{
		`{"model":"gpt-4o","usage":{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}`,
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":3}}}`,
		`{"modelVersion":"gemini-2.5-pro","usageMetadata":{"promptTokenCount":3,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3}]}}`,
		`{"usage":null}`, `[]`, `{"usage":{"prompt_tokens":1e400}}`, `{"usage":{"prompt_tokens":-1,"completion_tokens":9007199254740993}}`,
	} {
		for _, api := range []string{"openai chat", "anthropic default", "google default", "aws default", "openai "} {
			f.Add(api, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, api string, body []byte) {
		provider, flavor, _ := strings.Cut(api, " ")
		read, err := book.ExtractUsage(provider, flavor, body)
		if err != nil {
			return
		}
		ref, ok := book.Resolve(read.Provider, read.Model)
		if !ok {
			return
		}
		cost, err := book.Price(ref, read.Created, read.Tier, read.Usage)
		if err == nil && (cost.Input.IsNegative() || cost.Output.IsNegative() || cost.Total.IsNegative()) {
			t.Fatalf("negative price %v of %s", cost, body)
		}
	})
}

// Any name resolves to a priced model or to none, and always to the same.
func FuzzResolve(f *testing.F) {
	book, err := pricing.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "openrouter/anthropic/claude-3.7-sonnet")
	f.Add("aws", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-5")
	f.Add("", "litellm/litellm/litellm/gpt-4o")
	f.Add("https://api.openai.com", "models//")
	f.Fuzz(func(t *testing.T, hint, name string) {
		ref, ok := book.Resolve(hint, name)
		again, okAgain := book.Resolve(hint, name)
		if ref != again || ok != okAgain {
			t.Fatalf("%q %q: %s, then %s", hint, name, ref, again)
		}
		if _, known := book.Facts(ref); ok && !known {
			t.Fatalf("%q %q resolved to %s, which is not in the book", hint, name, ref)
		}
	})
}
