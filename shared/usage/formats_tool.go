package usage

import "bytes"

// Logs of gateways, observability tools, coding agents, and serving traces.

// langfuse observations: the API and the exports spell keys in snake_case or
// camelCase; only generations and embeddings are calls.
func langfuse() layout {
	details := map[field][]string{
		fInput: {"input"}, fOutput: {"output"}, fTotal: {"total"},
		fReadAny:   {"input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "prompt_details.cache_read", "input_cached", "cached_content_token_count"},
		fWriteAny:  {"cache_creation_input_tokens", "input_cache_creation", "prompt_details.cache_write", "input_cache_write"},
		fWrite5m:   {"input_cache_creation_5m"},
		fWrite1h:   {"input_cache_creation_1h"},
		fReasoning: {"output_reasoning", "output_reasoning_tokens", "completion_details.reasoning", "thoughts_token_count"},
		fAudioIn:   {"input_audio", "input_audio_tokens"},
		fAudioOut:  {"output_audio", "output_audio_tokens"},
	}
	old := map[field][]string{
		fInput:  {"input_usage", "usage/input", "usage/promptTokens", "prompt_tokens"},
		fOutput: {"output_usage", "usage/output", "usage/completionTokens", "completion_tokens"},
		fTotal:  {"total_usage", "usage/total", "usage/totalTokens", "total_tokens"},
	}
	return layout{
		name: "langfuse", stash: []string{"observations", "data"},
		needs: [][]string{{"traceid", "costdetails", "costdetailstotal"}, {"usagedetails", "usagedetailsinput", "providedmodelname", "internalmodelid", "inputusage",
			"calculatedtotalcost", "completionstarttime", "parentobservationid"}},
		paths: joined(below([]string{"usage_details"}, details), old, map[field][]string{
			fTime:       {"start_time", "timestamp"},
			fEnd:        {"end_time"},
			fFirstToken: {"completion_start_time"},
			fModel:      {"provided_model_name", "model", "model_name"},
			fID:         {"id"},
			fType:       {"type"},
			fCost:       {"total_cost", "cost_details/total", "calculated_total_cost"},
			fTag:        {"prompt_name", "name"},
			fUser:       {"user_id", "trace/user_id"},
			fSession:    {"session_id", "trace/session_id"},
			fStatus:     {"level"},
			fLatencyS:   {"latency"},
			fTTFTS:      {"time_to_first_token"},
			fPrompt:     {"input"},
			fQuality:    {"score", "scores/quality"},
		}),
		isCall: func(r *row) bool {
			kind := r.text(fType)
			return kind == nil || bytes.EqualFold(kind, []byte("generation")) || bytes.EqualFold(kind, []byte("embedding"))
		},
	}
}

// liteLLM SpendLogs: no columns for cached tokens, but the metadata of newer
// versions hold the provider's usage. Its logging payload spells some fields otherwise.
func liteLLM() layout {
	return layout{
		name:  "litellm",
		needs: [][]string{{"requestid", "responsecost"}, {"spend", "calltype", "customllmprovider"}, {"prompttokens"}},
		paths: map[field][]string{
			fTime:       {"startTime"},
			fEnd:        {"endTime"},
			fFirstToken: {"completionStartTime"},
			fID:         {"request_id", "id"},
			fModel:      {"model"},
			fRequested:  {"model_group"},
			fProvider:   {"custom_llm_provider"},
			fWhole:      {"prompt_tokens"},
			fOutput:     {"completion_tokens"},
			fTotal:      {"total_tokens"},
			fReadIn: {"metadata/usage_object/prompt_tokens_details/cached_tokens", "metadata/additional_usage_values/prompt_tokens_details/cached_tokens",
				"response/usage/prompt_tokens_details/cached_tokens"},
			fReadOut:   {"metadata/usage_object/cache_read_input_tokens", "metadata/additional_usage_values/cache_read_input_tokens"},
			fWriteOut:  {"metadata/usage_object/cache_creation_input_tokens", "metadata/additional_usage_values/cache_creation_input_tokens"},
			fReasoning: {"metadata/usage_object/completion_tokens_details/reasoning_tokens"},
			fCost:      {"spend", "response_cost"},
			fUser:      {"end_user", "user"},
			fSession:   {"session_id", "trace_id"},
			fTag:       {"request_tags", "team_id"},
			fStatus:    {"status"},
			fCacheHit:  {"cache_hit"},
			fPrompt:    {"messages"},
		},
		notes: []string{"LiteLLM logs have no cache-token columns: cached tokens are known only where the metadata hold the provider's usage"},
	}
}

// helicone requests: whether cached tokens are inside depends on the provider.
func helicone() layout {
	return layout{
		name: "helicone", stash: []string{"data"},
		needs: [][]string{{"requestcreatedat", "responsecreatedat"}, {"requestmodel", "responsemodel", "requestbody", "costusd", "cost"},
			{"requestcreatedat", "requestid", "requestuserid", "delayms", "costusd"}}, // a body at response/ has the others too
		paths: map[field][]string{
			fTime:       {"request_created_at"},
			fID:         {"request_id"},
			fEnd:        {"response_created_at"},
			fRequested:  {"request_model"},
			fModel:      {"response_model"},
			fProvider:   {"provider"},
			fHTTPStatus: {"response_status"},
			fLatencyMS:  {"delay_ms"},
			fTTFTMS:     {"time_to_first_token"},
			fInput:      {"prompt_tokens"},
			fReadAny:    {"prompt_cache_read_tokens"},
			fWriteAny:   {"prompt_cache_write_tokens"},
			fOutput:     {"completion_tokens"},
			fTotal:      {"total_tokens"},
			fCost:       {"costUSD", "cost_usd", "cost"},
			fUser:       {"request_user_id"},
			fSession:    {"request_properties/Helicone-Session-Id"},
			fTag:        append([]string{"request_properties/Helicone-Session-Name"}, classes("request_properties")...),
			fPrompt:     {"request_body/messages", "request_body/input", "request_body/prompt", "request_body/contents"},
			fSystem:     {"request_body/system", "request_body/instructions"},
			fTools:      {"request_body/tools"},
			fEarlier:    {"request_body/previous_response_id", "request_body/conversation"},
		},
	}
}

// claudeCode session logs repeat a call's usage on every line of its answer.
func claudeCode() layout {
	return layout{
		name: "claude-code", provider: "anthropic",
		needs: [][]string{{"sessionid"}, {"messageusageinputtokens", "parentuuid"}},
		paths: joined(below([]string{"message"}, anthropicFields()), map[field][]string{
			fTime:      {"timestamp"},
			fSession:   {"sessionId"},
			fRequestID: {"requestId"},
			fCost:      {"costUSD"},
			fTag:       {"cwd"},
		}),
		settle: settleProject,
		isCall: func(r *row) bool { return r.hasTokens() && string(r.text(fModel)) != "<synthetic>" },
		merge:  func() merger { return newSameCall() },
	}
}

// settleProject makes the project's name, the last part of its folder, the tag.
func settleProject(r *row) {
	if folder := r.text(fTag); folder != nil {
		folder = bytes.TrimRight(folder, `/\`)
		r.s[fTag] = folder[bytes.LastIndexAny(folder, `/\`)+1:]
	}
}

// codex session logs: a token_count event per call; the model is in the turn_context before it.
func codex() layout {
	last := "payload/info/last_token_usage/"
	return layout{
		name: "codex", provider: "openai",
		needs: [][]string{{"type"}, {"payloadtype", "payloadmodel", "payloadinfo"}, {"timestamp"}},
		paths: map[field][]string{
			fTime:      {"timestamp"},
			fOperation: {"type"},
			fType:      {"payload/type"},
			fID:        {"payload/id"},
			fModel:     {"payload/model", "payload/info/model"},
			fWhole:     {last + "input_tokens"},
			fReadIn:    {last + "cached_input_tokens"},
			fOutput:    {last + "output_tokens"},
			fReasoning: {last + "reasoning_output_tokens"},
			fSequence:  {"payload/info/total_token_usage/total_tokens"},
		},
		isCall: func(r *row) bool { return r.hasTokens() },
		merge:  func() merger { return &codexSession{} },
	}
}

// geminiCLI session files and its telemetry; cached tokens are inside the input,
// thoughts and tool results beside.
func geminiCLI() layout {
	return layout{
		name: "gemini-cli", provider: "google", zerosLeftOut: true, stash: []string{"messages"},
		needs: [][]string{{"messagestokensthoughts", "tokensthoughts", "attributesthoughtstokencount"}},
		paths: map[field][]string{
			fTime:      {"timestamp", "attributes/event.timestamp"},
			fModel:     {"model", "attributes/model"},
			fSession:   {"sessionId", "attributes/session.id"},
			fWhole:     {"tokens/input", "attributes/input_token_count"},
			fReadIn:    {"tokens/cached", "attributes/cached_content_token_count"},
			fToolInput: {"tokens/tool", "attributes/tool_token_count"},
			fOutput:    {"tokens/output", "attributes/output_token_count"},
			fThoughts:  {"tokens/thoughts", "attributes/thoughts_token_count"},
			fTotal:     {"tokens/total", "attributes/total_token_count"},
			fLatencyMS: {"attributes/duration_ms"},
		},
		isCall: func(r *row) bool { return r.hasTokens() },
	}
}

// openCode messages; cached tokens are beside the input.
func openCode() layout {
	return layout{
		name:  "opencode",
		needs: [][]string{{"modelid"}, {"providerid"}, {"tokenscacheread"}},
		paths: map[field][]string{
			fTime:      {"time/created"},
			fEnd:       {"time/completed"},
			fModel:     {"modelID"},
			fProvider:  {"providerID"},
			fSession:   {"sessionID"},
			fInput:     {"tokens/input"},
			fReadOut:   {"tokens/cache/read"},
			fWriteOut:  {"tokens/cache/write"},
			fOutput:    {"tokens/output"},
			fReasoning: {"tokens/reasoning"},
			fCost:      {"cost"},
			fTag:       {"mode", "agent"},
		},
		isCall: func(r *row) bool { return r.hasTokens() },
	}
}

// aider analytics, one event a line.
func aider() layout {
	return layout{
		name:  "aider",
		needs: [][]string{{"event"}, {"propertiesmainmodel"}},
		paths: map[field][]string{
			fType:   {"event"},
			fTime:   {"time"},
			fUser:   {"user_id"},
			fModel:  {"properties/main_model"},
			fInput:  {"properties/prompt_tokens"},
			fOutput: {"properties/completion_tokens"},
			fCost:   {"properties/cost"},
		},
		isCall: func(r *row) bool { return string(r.text(fType)) == "message_send" },
	}
}

// azureTrace is the trace of production requests that Azure published; it names no model.
func azureTrace() layout {
	return layout{
		name:  "azure-trace",
		needs: [][]string{{"contexttokens"}, {"generatedtokens"}},
		paths: map[field][]string{
			fTime:   {"TIMESTAMP"},
			fInput:  {"ContextTokens"},
			fOutput: {"GeneratedTokens"},
		},
	}
}

// mooncakeBlock is the block length of Mooncake's traces in tokens (FAST '25).
const mooncakeBlock = 512

// mooncake traces give an id per prompt block, and times from the trace's start.
func mooncake() layout {
	return layout{
		name: "mooncake", relative: true,
		needs: [][]string{{"inputlength"}, {"outputlength"}},
		paths: map[field][]string{
			fRelativeMS: {"timestamp"},
			fInput:      {"input_length"},
			fOutput:     {"output_length"},
			fBlocks:     {"hash_ids"},
		},
		notes: []string{"times count from the start of the trace: the log has no dates"},
	}
}
