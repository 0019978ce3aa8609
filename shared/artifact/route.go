package artifact

import (
	"strings"

	"netra/shared/savings"
)

// liteLLMRoute returns how LiteLLM calls a model of the price book
// (https://docs.litellm.ai/docs/providers), with its key in the environment.
// It is false for providers that LiteLLM does not call by a fixed name.
func liteLLMRoute(m savings.Model) (liteLLMParams, bool) {
	name := m.Model
	switch m.Provider {
	case "azure":
		return liteLLMParams{Model: "azure/" + name, APIKey: "os.environ/AZURE_API_KEY", APIBase: "os.environ/AZURE_API_BASE"}, true
	case "aws":
		// The book lists cross-region prices as regional.*; us. is one of the
		// inference profiles that they stand for. Credentials are AWS's own.
		name = strings.Replace(name, "regional.", "us.", 1)
		return liteLLMParams{Model: "bedrock/" + name}, true
	case "google":
		if strings.Contains(name, "claude") {
			return liteLLMParams{Model: "vertex_ai/" + name}, true
		}
	}
	prefix, key := liteLLMProvider(m.Provider)
	if prefix == "" {
		return liteLLMParams{}, false
	}
	return liteLLMParams{Model: prefix + "/" + name, APIKey: "os.environ/" + key}, true
}

func liteLLMProvider(provider string) (prefix, key string) {
	switch provider {
	case "openai":
		return "openai", "OPENAI_API_KEY"
	case "anthropic":
		return "anthropic", "ANTHROPIC_API_KEY"
	case "google":
		return "gemini", "GEMINI_API_KEY"
	case "x-ai":
		return "xai", "XAI_API_KEY"
	case "together":
		return "together_ai", "TOGETHERAI_API_KEY"
	case "fireworks":
		return "fireworks_ai", "FIREWORKS_AI_API_KEY"
	case "moonshotai":
		return "moonshot", "MOONSHOT_API_KEY"
	case "groq", "mistral", "deepseek", "cohere", "perplexity", "openrouter", "novita", "cerebras":
		return provider, strings.ToUpper(provider) + "_API_KEY"
	}
	return "", ""
}
