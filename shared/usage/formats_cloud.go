package usage

// Logs of the clouds and of OpenTelemetry.

// bedrock is the model invocation log of AWS Bedrock; cached tokens are beside
// the input. CloudWatch gives each record as a string in a message.
func bedrock() layout {
	return layout{
		name: "bedrock", provider: "aws", zerosLeftOut: true, stash: []string{"Records", "events", "logEvents"},
		needs: [][]string{squeezeAll([]string{"", "message"}, "modelId"),
			squeezeAll([]string{"", "message"}, "input/inputTokenCount", "output/outputTokenCount", "schemaType")},
		paths: below([]string{"message", "@message", ""}, map[field][]string{
			fTime:      {"timestamp"},
			fModel:     {"modelId"},
			fID:        {"requestId"},
			fOperation: {"operation"},
			fRegion:    {"region"},
			fUser:      {"identity/arn"},
			fTag:       classes("requestMetadata", "input/inputBodyJson/requestMetadata"),
			fSession:   {"requestMetadata{}/session", "requestMetadata{}/sessionid", "requestMetadata{}/conversationid"},
			fInput:     {"input/inputTokenCount"},
			fReadOut: {"input/cacheReadInputTokenCount",
				"output/outputBodyJson/usage/cacheReadInputTokens", "output/outputBodyJson/usage/cache_read_input_tokens"},
			fWriteOut: {"input/cacheWriteInputTokenCount",
				"output/outputBodyJson/usage/cacheWriteInputTokens", "output/outputBodyJson/usage/cache_creation_input_tokens"},
			fOutput:    {"output/outputTokenCount"},
			fLatencyMS: {"output/outputBodyJson/metrics/latencyMs", "output/outputBodyJson/amazon-bedrock-invocationMetrics/invocationLatency"},
			fTTFTMS:    {"output/outputBodyJson/amazon-bedrock-invocationMetrics/firstByteLatency"},
			fError:     {"errorCode"},
			fPrompt:    {"input/inputBodyJson/messages", "input/inputBodyJson/prompt", "input/inputBodyJson/inputText"},
			fSystem:    {"input/inputBodyJson/system"},
			fTools:     {"input/inputBodyJson/tools", "input/inputBodyJson/toolConfig"},
		}),
		settle: settleRole,
	}
}

// vertex is the table that Vertex AI's request-response logging fills, exported
// from BigQuery; bodies are JSON or JSON in a string.
func vertex() layout {
	return layout{
		name: "vertex", provider: "google", zerosLeftOut: true, stash: []string{"rows"},
		needs: [][]string{{"fullresponse", "fullresponseusagemetadataprompttokencount"}, {"loggingtime", "deployedmodelid", "apimethod"}},
		paths: joined(below([]string{"full_response"}, geminiFields()), below([]string{"full_response"}, anthropicFields()), map[field][]string{
			fTime:       {"logging_time"},
			fID:         {"request_id"},
			fModel:      {"model"},
			fOperation:  {"api_method"},
			fTag:        append(classes("full_request/labels"), "endpoint"),
			fSampleRate: {"metadata/sampling_rate", "metadata/sample_rate", "sampling_rate"},
			fLatencyMS:  {"metadata/latency_ms", "metadata/request_latency"},
			fError:      {"full_response/error/message", "metadata/error_message"},
			fPrompt:     {"full_request/contents", "full_request/messages"},
			fSystem:     {"full_request/system_instruction", "full_request/system"},
			fTools:      {"full_request/tools"},
		}),
		settle: settleEndpoint,
		notes:  []string{"Vertex AI logging may sample requests; without a sampling rate in the rows the log is taken as complete"},
	}
}

// apim is the LLM gateway log of Azure API Management; a call may span rows.
func apim() layout {
	return layout{
		name: "azure-apim", provider: "azure", stash: []string{"value", "records"},
		needs: [][]string{{"correlationid", "propertiescorrelationid"}, {"prompttokens", "propertiesprompttokens"}},
		paths: below([]string{"", "properties"}, map[field][]string{
			fTime:     {"TimeGenerated", "TimeGenerated [UTC]", "time"},
			fID:       {"CorrelationId", "correlationId"},
			fModel:    {"ModelName", "modelName"},
			fTag:      {"DeploymentName", "ModelDeploymentName", "modelDeploymentName", "deploymentName"},
			fWhole:    {"PromptTokens", "promptTokens"},
			fOutput:   {"CompletionTokens", "completionTokens"},
			fSequence: {"SequenceNumber", "sequenceNumber"},
			fPrompt:   {"RequestMessages"},
		}),
		merge: func() merger { return newSameCall() },
	}
}

// otel reads spans of the OpenTelemetry GenAI conventions, as OTLP JSON or one
// span per row, attributes as a list, as an object or among the row's own keys, and
// of OpenInference, which says llm.token_count. Cached tokens are inside the input by either convention.
func otel() layout {
	attributes := map[field][]string{
		fProvider:   {"gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"},
		fOperation:  {"gen_ai.operation.name"},
		fRequested:  {"gen_ai.request.model", "llm.request.model"},
		fModel:      {"gen_ai.response.model", "llm.response.model", "llm.model_name"},
		fWhole:      {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens"},
		fOutput:     {"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion", "llm.usage.completion_tokens"},
		fReadIn:     {"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read"},
		fWriteIn:    {"gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write"},
		fReasoning:  {"gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning"},
		fSession:    {"gen_ai.conversation.id", "session.id"},
		fUser:       {"user.id", "enduser.id"},
		fTier:       {"gen_ai.openai.response.service_tier", "openai.response.service_tier"},
		fTag:        {"gen_ai.prompt.name", "gen_ai.agent.name"},
		fTTFTS:      {"gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"},
		fError:      {"error.type"},
		fPrompt:     {"gen_ai.input.messages"},
		fSystem:     {"gen_ai.system_instructions"},
		fTools:      {"gen_ai.tool.definitions"},
		fSampleRate: {"sampling.rate"},
	}
	return layout{
		name:  "otel",
		stash: []string{"resourceSpans", "scopeSpans", "spans"},
		needs: [][]string{{"resourcespans", "scopespans", "attributesgenairequestmodel", "attributesgenairesponsemodel",
			"attributesgenaiusageinputtokens", "attributesgenaiusageprompttokens", "attributesgenaisystem", "attributesgenaiprovidername",
			"attributesgenaioperationname", "attributesllmtokencountprompt", "attributesllmusageprompttokens",
			"genaiusageinputtokens", "genaiusageprompttokens"}},
		paths: joined(below([]string{"attributes[]"}, attributes), nested(attributes), map[field][]string{
			fTime:   {"startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime"},
			fEnd:    {"endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime"},
			fID:     {"spanId", "span_id", "context/span_id"},
			fParent: {"parentSpanId", "parent_span_id", "parent_id"},
			fTrace:  {"traceId", "trace_id", "context/trace_id"},
			fStatus: {"status/code", "status/status_code"},
			fTag:    {"resource/attributes[]/service.name", "resource/attributes/service/name", "resource/service/name", "service/name"},
		}),
		isCall: func(r *row) bool { return r.hasTokens() || len(r.text(fError)) > 0 && asksModel(r.text(fOperation)) },
		spans:  true,
		merge:  func() merger { return newSpanTree() },
	}
}

// asksModel reports whether an operation (gen_ai.operation.name) is a call of a model:
// one that failed has no tokens to tell it by.
func asksModel(operation []byte) bool {
	switch string(operation) {
	case "chat", "text_completion", "generate_content", "embeddings":
		return true
	}
	return false
}
