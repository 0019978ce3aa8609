package artifact

import (
	"strings"

	"netra/shared/pricing"
)

// A log that names no model leaves it to the environment which one LiteLLM calls,
// and to the user what clients call it.
const (
	unnamedName  = "my-model"
	unnamedModel = "os.environ/LITELLM_MODEL"
	unnamedKey   = "os.environ/LITELLM_API_KEY"
)

// liteLLMRoute returns how LiteLLM calls a model (https://docs.litellm.ai/docs/providers),
// with its key in the environment. The model is named as provider/model with the
// price book's provider ids, or as a gateway's log has it: names in LiteLLM's own
// form and bare names, which LiteLLM resolves itself, stay as they are. It is
// false for providers that LiteLLM does not call by a fixed name. replaced and inUse
// tell the geography of a Bedrock profile (pricing.Profile).
func liteLLMRoute(key, replaced string, inUse []string) (liteLLMParams, bool) {
	provider, name, ok := strings.Cut(key, "/")
	if key == pricing.UnnamedModel {
		return liteLLMParams{Model: unnamedModel, APIKey: unnamedKey}, true
	}
	if !ok {
		return liteLLMParams{Model: key}, true
	}
	switch provider {
	case "azure":
		return liteLLMParams{Model: key, APIKey: "os.environ/AZURE_API_KEY", APIBase: "os.environ/AZURE_API_BASE"}, true
	case "aws":
		return liteLLMParams{Model: "bedrock/" + pricing.Profile(name, replaced, inUse)}, true // credentials are AWS's own
	case "bedrock", "vertex_ai":
		return liteLLMParams{Model: key}, true
	case "google":
		if strings.Contains(name, "claude") {
			return liteLLMParams{Model: "vertex_ai/" + name}, true
		}
	}
	prefix, env := liteLLMProvider(provider)
	if prefix == "" {
		return liteLLMParams{}, false
	}
	return liteLLMParams{Model: prefix + "/" + strings.TrimPrefix(name, prefix+"/"), APIKey: "os.environ/" + env}, true
}

// liteLLMProvider maps a provider id, the book's or LiteLLM's, to LiteLLM's
// prefix and the name of its key.
func liteLLMProvider(provider string) (prefix, key string) {
	switch provider {
	case "openai":
		return "openai", "OPENAI_API_KEY"
	case "anthropic":
		return "anthropic", "ANTHROPIC_API_KEY"
	case "google", "gemini":
		return "gemini", "GEMINI_API_KEY"
	case "x-ai", "xai":
		return "xai", "XAI_API_KEY"
	case "together", "together_ai":
		return "together_ai", "TOGETHERAI_API_KEY"
	case "fireworks", "fireworks_ai":
		return "fireworks_ai", "FIREWORKS_AI_API_KEY"
	case "moonshotai", "moonshot":
		return "moonshot", "MOONSHOT_API_KEY"
	case "groq", "mistral", "deepseek", "cohere", "perplexity", "openrouter", "novita", "cerebras":
		return provider, strings.ToUpper(provider) + "_API_KEY"
	}
	return "", ""
}

// asked is the model name that clients ask for. Where the log tells the provider
// in a field of its own the name is bare; a log that writes both in one name
// looks the same, so the full name becomes an alias of the bare one. Models of
// resellers keep their whole name: the rest of it is another maker's model.
func asked(key string) string {
	if key == pricing.UnnamedModel {
		return unnamedName
	}
	provider, name, _ := strings.Cut(key, "/")
	switch provider {
	case "openai", "anthropic", "google", "azure", "aws", "mistral", "deepseek", "x-ai", "groq", "cohere":
		return name
	}
	return key
}
