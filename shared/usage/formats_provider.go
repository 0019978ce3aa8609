package usage

import (
	"bytes"
	"slices"
)

// Rows that are a provider's own response bodies, alone or wrapped by a batch,
// a gateway or a logger.

// bodyPlaces are where a log keeps a response body in its row.
func bodyPlaces() []string {
	return []string{"", "body", "response", "response/body", "result/message"}
}

// requestFields are what loggers keep beside a body.
func requestFields() map[field][]string {
	return map[field][]string{
		fTime:      {"time", "timestamp", "created_at", "created", "request_time", "start_time", "ts"},
		fLatencyMS: {"latency_ms", "duration_ms", "response_time_ms"},
		fTTFTMS:    {"ttft_ms", "time_to_first_token_ms"},
		fProvider:  {"provider"},
		fUser:      {"user", "user_id", "request/user", "request/body/user", "request/metadata/user_id"},
		fSession:   {"session_id", "conversation_id"},
		fTag: slices.Concat([]string{"tag", "prompt_name", "feature", "team"}, classes("request/metadata", "request/body/metadata", "labels", "request/labels", "request/body/labels"),
			[]string{"service", "service/name", "service_name", "app", "component",
				"deployment", "deployment_name", "deployment_id", "azure_deployment", "modelDeploymentName", "properties/modelDeploymentName",
				"project_name", "project_id", "api_key_name", "api_key_id"}),
		fRequested: {"request/model", "request/body/model"},
		fPrompt: {"request/messages", "request/body/messages", "request/input", "request/body/input",
			"request/contents", "messages", "prompt"},
		fSystem:     {"request/system", "request/body/system", "request/instructions", "request/systemInstruction"},
		fTools:      {"request/tools", "request/body/tools"},
		fEarlier:    {"request/previous_response_id", "request/body/previous_response_id", "request/conversation", "request/body/conversation"},
		fQuality:    {"quality", "score"},
		fSampleRate: {"sample_rate"},
		fHTTPStatus: {"response/status_code", "status_code"},
		fStatus:     {"result/type", "response/body/status", "response/status", "status"},
		fError:      {"error/message", "error/code", "response/error/message", "body/error/message", "result/error/type"},
	}
}

// openAIFields are the usage of chat completions and of the Responses API.
// Providers that speak OpenAI's protocol add their own names for cached tokens.
func openAIFields() map[field][]string {
	return map[field][]string{
		fTime:      {"created", "created_at"},
		fModel:     {"model", "modelId"},
		fID:        {"id"},
		fType:      {"type", "object"},
		fTier:      {"service_tier", "usage/service_tier"},
		fWhole:     {"usage/prompt_tokens"},
		fInput:     {"usage/input_tokens"},
		fReadIn:    {"usage/prompt_tokens_details/cached_tokens", "usage/input_tokens_details/cached_tokens", "usage/prompt_cache_hit_tokens", "usage/cached_tokens"},
		fWriteIn:   {"usage/prompt_tokens_details/cache_write_tokens", "usage/input_tokens_details/cache_write_tokens"},
		fAudioIn:   {"usage/prompt_tokens_details/audio_tokens"},
		fOutput:    {"usage/completion_tokens", "usage/output_tokens"},
		fReasoning: {"usage/completion_tokens_details/reasoning_tokens", "usage/output_tokens_details/reasoning_tokens"},
		fAudioOut:  {"usage/completion_tokens_details/audio_tokens"},
		fTotal:     {"usage/total_tokens"},
		fEarlier:   {"previous_response_id", "conversation"},
		// What callers write into metadata, the protocol's own place for it.
		fTag:     classes("metadata"),
		fSession: {"metadata/session_id", "metadata/conversation_id", "metadata/thread_id"},
		fUser:    {"metadata/user_id", "safety_identifier"},
	}
}

// anthropicFields are the usage of Messages: input_tokens leaves cached ones out.
func anthropicFields() map[field][]string {
	return map[field][]string{
		fModel:     {"model"},
		fID:        {"id"},
		fTier:      {"usage/service_tier"},
		fInput:     {"usage/input_tokens"},
		fReadOut:   {"usage/cache_read_input_tokens"},
		fWriteOut:  {"usage/cache_creation_input_tokens"},
		fWrite5m:   {"usage/cache_creation/ephemeral_5m_input_tokens"},
		fWrite1h:   {"usage/cache_creation/ephemeral_1h_input_tokens"},
		fOutput:    {"usage/output_tokens"},
		fReasoning: {"usage/output_tokens_details/thinking_tokens"},
		fSearches:  {"usage/server_tool_use/web_search_requests"},
	}
}

// converse is the body of Bedrock's Converse operation; cached tokens are
// beside the input, as with Anthropic.
func converse() layout {
	return layout{
		name: "bedrock-converse", provider: "aws", zerosLeftOut: true,
		needs: [][]string{squeezeAll(bodyPlaces(), "usage/cacheReadInputTokenCount", "usage/serverToolUsage", "metrics/latencyMs"),
			squeezeAll(bodyPlaces(), "usage/inputTokens")},
		paths: joined(below(bodyPlaces(), map[field][]string{
			fModel:     {"modelId", "model"},
			fInput:     {"usage/inputTokens"},
			fReadOut:   {"usage/cacheReadInputTokens", "usage/cacheReadInputTokenCount"},
			fWriteOut:  {"usage/cacheWriteInputTokens", "usage/cacheWriteInputTokenCount"},
			fOutput:    {"usage/outputTokens"},
			fTotal:     {"usage/totalTokens"},
			fLatencyMS: {"metrics/latencyMs"},
		}), requestFields()),
	}
}

// geminiFields are usageMetadata: thoughts are beside the candidates, tool
// results beside the prompt.
func geminiFields() map[field][]string {
	return map[field][]string{
		fTime:      {"createTime"},
		fModel:     {"modelVersion", "model"},
		fID:        {"responseId"},
		fWhole:     {"usageMetadata/promptTokenCount"},
		fReadIn:    {"usageMetadata/cachedContentTokenCount"},
		fToolInput: {"usageMetadata/toolUsePromptTokenCount"},
		fOutput:    {"usageMetadata/candidatesTokenCount"},
		fThoughts:  {"usageMetadata/thoughtsTokenCount"},
		fTier:      {"usageMetadata/serviceTier"},
		// How an answer ended, or whose it is where it goes on: see concluded.
		fOperation: {"candidates/finishReason", "candidates/content/role"},
	}
}

// concluded says whether a body of Gemini is an answer rather than a piece of a
// streamed one, which counts the tokens so far and has no finishReason
// (https://ai.google.dev/api/generate-content#GenerateContentResponse). Pieces with
// an id are merged.
func concluded(r *row) bool {
	return string(r.text(fOperation)) != "model" || len(r.text(fID)) > 0 && r.hasTokens()
}

// anyBody reads a body of any of the three protocols, so that one log may mix them.
func anyBody() map[field][]string {
	return joined(below(bodyPlaces(), joined(openAIFields(), anthropicFields(), geminiFields())), requestFields())
}

// answered says whether a row is an answer rather than a piece of a streamed one
// that has no usage.
func answered(r *row) bool {
	kind := r.text(fType)
	return r.hasTokens() || string(kind) != "chat.completion.chunk" && !bytes.HasPrefix(kind, []byte("response."))
}

func openAI() layout {
	return layout{
		name: "openai", paths: anyBody(), bodies: true, isCall: answered,
		needs: [][]string{squeezeAll(bodyPlaces(), "usage/prompt_tokens", "usage/input_tokens")},
	}
}

func anthropic() layout {
	return layout{
		name: "anthropic", paths: anyBody(), bodies: true,
		needs: [][]string{squeezeAll(bodyPlaces(), "usage/cache_read_input_tokens", "usage/cache_creation_input_tokens",
			"usage/cache_creation/ephemeral_5m_input_tokens", "stop_sequence"),
			squeezeAll(bodyPlaces(), "usage/input_tokens")},
	}
}

// gemini responses; the pieces of a streamed one count its tokens up.
func gemini() layout {
	return layout{
		name: "gemini", provider: "google", paths: anyBody(), bodies: true, zerosLeftOut: true,
		needs: [][]string{squeezeAll(bodyPlaces(), "usageMetadata/promptTokenCount")},
		merge: func() merger { return newSameCall() }, isCall: concluded,
	}
}

// anthropicStream is the events of streamed answers, one after another: the
// first says one output token, the last how many there were.
func anthropicStream() layout {
	return layout{
		name: "anthropic-stream", bodies: true,
		needs:  [][]string{{"messageusageinputtokens"}, {"type"}, {"usageoutputtokens", "deltatype"}},
		paths:  joined(below([]string{"message", ""}, anthropicFields()), map[field][]string{fType: {"type"}}),
		isCall: func(r *row) bool { return r.hasTokens() },
		merge:  func() merger { return &streamed{} },
	}
}

// openAIBatch lines wrap the body in response.body; the batch tier is what they were billed at.
func openAIBatch() layout {
	return layout{
		name: "openai-batch", tier: Batch, paths: anyBody(), bodies: true,
		needs: [][]string{{"customid"}, {"responsebodyusageprompttokens", "responsebodyusageinputtokens"}},
	}
}

// openRouter responses carry what the call cost.
func openRouter() layout {
	paths := joined(anyBody(), below(bodyPlaces(), map[field][]string{
		fCost:    {"usage/cost"},
		fWriteIn: {"usage/cache_write_tokens"},
		fReadIn:  {"usage/cache_read_tokens"},
	}))
	return layout{
		name: "openrouter", provider: "openrouter", freeIsReal: true, paths: paths,
		needs: [][]string{squeezeAll(bodyPlaces(), "usage/cost"), squeezeAll(bodyPlaces(), "usage/prompt_tokens")},
	}
}

// openRouterExport is the generation record of OpenRouter's API and activity
// export; the native counts are those that are billed.
func openRouterExport() layout {
	places := []string{"", "data"}
	return layout{
		name: "openrouter", provider: "openrouter", freeIsReal: true, stash: []string{"data"},
		needs: [][]string{squeezeAll(places, "native_tokens_prompt", "tokens_prompt"), squeezeAll(places, "native_tokens_completion", "tokens_completion")},
		paths: below(places, map[field][]string{
			fTime:      {"created_at"},
			fModel:     {"model", "model_permaslug"},
			fID:        {"id", "generation_id"},
			fWhole:     {"native_tokens_prompt", "tokens_prompt"},
			fReadIn:    {"native_tokens_cached", "tokens_cached"},
			fOutput:    {"native_tokens_completion", "tokens_completion"},
			fReasoning: {"native_tokens_reasoning", "tokens_reasoning"},
			fCost:      {"total_cost", "cost_total"},
			fLatencyMS: {"generation_time", "generation_time_ms"},
			fTTFTMS:    {"latency", "time_to_first_token_ms"},
			fTag:       {"app_name", "api_key_name"},
			fUser:      {"user", "external_user"},
			fSession:   {"session_id"},
		}),
	}
}

// openRouterDaily is the activity of OpenRouter's API: sums per model and day.
func openRouterDaily() layout {
	return layout{
		name: "openrouter-activity", provider: "openrouter", freeIsReal: true, summed: true, stash: []string{"data"},
		needs: [][]string{{"byokusageinference"}, {"requests"}, {"prompttokens"}},
		paths: map[field][]string{
			fTime:      {"date"},
			fModel:     {"model", "model_permaslug"},
			fWhole:     {"prompt_tokens"},
			fOutput:    {"completion_tokens"},
			fReasoning: {"reasoning_tokens"},
			fCount:     {"requests"},
			fCost:      {"usage"},
		},
		notes: []string{"rows are sums of calls per model and day, not single calls"},
	}
}

// openAIUsage is the organization usage API: sums per bucket of time.
func openAIUsage() layout {
	return layout{
		name: "openai-usage", provider: "openai", summed: true, stash: []string{"data", "results"},
		needs: [][]string{{"nummodelrequests"}, {"inputtokens"}},
		paths: map[field][]string{
			fTime:        {"start_time", "start_time_iso"},
			fModel:       {"model"},
			fInput:       {"input_tokens"},
			fReadIn:      {"input_cached_tokens"},
			fOutput:      {"output_tokens"},
			fAudioInOut:  {"input_audio_tokens"},
			fAudioOutOut: {"output_audio_tokens"},
			fCount:       {"num_model_requests"},
			fBatch:       {"batch"},
			fTier:        {"service_tier"},
			fTag:         {"project_name", "project_id", "api_key_name", "api_key_id"},
			fUser:        {"user_id"},
		},
		notes: []string{"rows are sums of calls per model and period, not single calls"},
	}
}

// anthropicUsage is the usage report of Anthropic's admin API and the export of
// its console: sums per bucket of time.
func anthropicUsage() layout {
	return layout{
		name: "anthropic-usage", provider: "anthropic", summed: true, stash: []string{"data", "results"},
		needs: [][]string{{"uncachedinputtokens", "usageinputtokensnocache"}},
		paths: map[field][]string{
			fTime:     {"starting_at", "usage_date_utc"},
			fModel:    {"model", "model_version"},
			fInput:    {"uncached_input_tokens", "usage_input_tokens_no_cache"},
			fReadOut:  {"cache_read_input_tokens", "usage_input_tokens_cache_read"},
			fWriteOut: {"cache_creation_input_tokens"},
			fWrite5m:  {"cache_creation/ephemeral_5m_input_tokens", "usage_input_tokens_cache_write_5m"},
			fWrite1h:  {"cache_creation/ephemeral_1h_input_tokens", "usage_input_tokens_cache_write_1h"},
			fOutput:   {"output_tokens", "usage_output_tokens"},
			fSearches: {"server_tool_use/web_search_requests", "web_search_count"},
			fTier:     {"service_tier", "usage_type"},
			fTag:      {"workspace_id", "workspace"},
			fUser:     {"api_key_id", "api_key"},
		},
		notes: []string{"rows are sums of calls per model and period, not single calls; the report does not say of how many"},
	}
}
