package pricing

import "strings"

// gatewayNames maps the provider names of LiteLLM, OpenTelemetry and AI SDKs to
// the book's ids, where its own rules do not.
func gatewayNames(name string) string {
	switch name {
	case "bedrock", "bedrock_converse", "aws.bedrock", "amazon_bedrock", "amazon-bedrock", "sagemaker":
		return "aws"
	case "vertex_ai", "vertex_ai_beta", "vertexai", "gemini", "gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai", "google_genai", "palm":
		return "google"
	case "azure_ai", "azure_text", "azure.ai.openai", "azure.ai.inference", "azure_openai":
		return "azure"
	case "xai", "x_ai":
		return "x-ai"
	case "together_ai", "together-ai", "togetherai":
		return "together"
	case "fireworks_ai", "fireworks-ai":
		return "fireworks"
	case "cohere_chat", "cohere_chat_v2":
		return "cohere"
	case "text-completion-openai", "openai_responses":
		return "openai"
	case "anthropic_text", "claude":
		return "anthropic"
	case "mistral_ai", "mistralai", "codestral":
		return "mistral"
	case "moonshot", "moonshotai":
		return "moonshotai"
	case "voyage":
		return "voyageai"
	case "novita_ai":
		return "novita"
	}
	return ""
}

// isLocal reports whether a provider runs on the user's own machines: what a
// public price list says does not apply to it.
func isLocal(hint string) bool {
	switch strings.ToLower(strings.TrimSpace(hint)) {
	case "ollama", "ollama_chat", "lm_studio", "llamafile", "vllm", "hosted_vllm", "xinference", "local":
		return true
	}
	return false
}
