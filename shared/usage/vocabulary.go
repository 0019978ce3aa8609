package usage

import (
	"bytes"
	"strings"
)

// squeeze keeps the letters and digits of a name, in lower case: prompt_tokens,
// promptTokens and "Prompt Tokens" are one name.
func squeeze(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c >= 'A' && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteByte(c)
		}
	}
	return b.String()
}

// squeezeAll squeezes every path under every prefix.
func squeezeAll(prefixes []string, paths ...string) []string {
	var out []string
	for _, prefix := range prefixes {
		for _, path := range paths {
			out = append(out, squeeze(prefix+path))
		}
	}
	return out
}

// parseTier reads the service tier that served a call. Known names of the
// standard tier and unknown names are Standard; known tells them apart.
func parseTier(text []byte) (tier Tier, known bool) {
	switch strings.ToLower(view(text)) {
	case "batch", "batches":
		return Batch, true
	case "flex", "flexible":
		return Flex, true
	case "priority", "fast":
		return Priority, true
	case "", "standard", "default", "auto", "on_demand", "on-demand", "standard_only", "scale", "on_demand_traffic":
		return Standard, true
	}
	return Standard, false
}

// parseStatus reads how a call ended from the words that logs use, or an HTTP status.
func parseStatus(text []byte) Status {
	if len(text) == 3 {
		if code, err := parseCount(text, 599); err == nil {
			return httpStatus(code)
		}
	}
	switch strings.ToLower(view(text)) {
	case "error", "failure", "failed", "fail", "errored", "status_code_error", "2", "false", "timeout":
		return Failed
	case "cancelled", "canceled", "aborted", "abandoned", "expired":
		return Aborted
	case "cached", "cache_hit":
		return Served
	}
	return OK
}

// httpStatus reads an HTTP status: 499 is a client that went away (nginx), as
// are Helicone's negative codes.
func httpStatus(code int64) Status {
	switch {
	case code == 499:
		return Aborted
	case code >= 400:
		return Failed
	}
	return OK
}

func isTrue(text []byte) bool {
	switch strings.ToLower(view(text)) {
	case "true", "1", "yes", "t", "hit":
		return true
	}
	return false
}

// providerID returns the price book's id of a provider by the names that
// gateways and conventions give it; unknown names are kept.
func providerID(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "aws.bedrock", "bedrock", "bedrock_converse", "aws_bedrock", "amazon-bedrock", "amazon":
		return "aws"
	case "azure_openai", "azure.ai.openai", "az.ai.openai", "azure.ai.inference", "az.ai.inference", "azure_ai":
		return "azure"
	case "gemini", "gcp.gemini", "gcp.vertex_ai", "vertex_ai", "vertexai", "gcp.gen_ai", "google_genai", "vertex", "gcp.vertex.agent", "vertex_ai_beta", "google_vertexai":
		return "google"
	case "mistral_ai", "mistralai":
		return "mistral"
	case "x_ai", "xai", "grok":
		return "x-ai"
	case "together_ai", "togetherai":
		return "together"
	case "fireworks_ai", "fireworks-ai":
		return "fireworks"
	case "text-completion-openai", "openai_like", "custom_openai":
		return "openai"
	case "perplexity_ai":
		return "perplexity"
	}
	return name
}

// providerOf names the provider of a response body by its model, where that is certain.
func providerOf(model string) string {
	for _, p := range []struct{ prefix, provider string }{
		{"gpt-", "openai"}, {"chatgpt-", "openai"}, {"o1", "openai"}, {"o3", "openai"}, {"o4-", "openai"}, {"text-embedding-", "openai"},
		{"claude-", "anthropic"}, {"gemini-", "google"}, {"models/gemini-", "google"},
	} {
		if strings.HasPrefix(model, p.prefix) {
			return p.provider
		}
	}
	return ""
}

// modelName takes the model out of a cloud's resource name, which tells the
// project or account besides: projects/p/locations/l/publishers/google/models/m
// (Vertex AI), arn:aws:bedrock:region:account:inference-profile/m (Bedrock).
func modelName(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("projects/")) || bytes.HasPrefix(text, []byte("publishers/")) || bytes.HasPrefix(text, []byte("arn:")) {
		return text[bytes.LastIndexByte(text, '/')+1:]
	}
	return text
}

// firstOf returns the first string of a list of tags, JSON or as PostgreSQL
// writes an array ({a,b}), or text itself.
func firstOf(text []byte) []byte {
	array := len(text) > 1 && text[0] == '{' && text[len(text)-1] == '}' && bytes.IndexByte(text, ':') < 0
	if len(text) < 2 || text[0] != '[' && !array {
		return text
	}
	inner := bytes.Trim(text[1:], " \t\r\n]}\"'")
	if i := bytes.IndexAny(inner, "\"',"); i >= 0 {
		inner = inner[:i]
	}
	return inner
}
