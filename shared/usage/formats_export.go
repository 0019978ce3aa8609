package usage

import "bytes"

// Exports of dashboards and SDKs.

// langSmith runs: a chain's run sums those of its children, so only the runs of
// models are calls. Cached tokens are inside the prompt tokens, as in LangChain.
func langSmith() layout {
	return layout{
		name: "langsmith", stash: []string{"runs"},
		needs: [][]string{{"runtype"}, {"prompttokens", "totaltokens"}, {"starttime"}},
		paths: map[field][]string{
			fTime:       {"start_time"},
			fEnd:        {"end_time"},
			fFirstToken: {"first_token_time"},
			fID:         {"id"},
			fType:       {"run_type"},
			fModel:      {"extra/metadata/ls_model_name", "extra/invocation_params/model", "extra/invocation_params/model_name"},
			fProvider:   {"extra/metadata/ls_provider"},
			fWhole:      {"prompt_tokens"},
			fReadIn:     {"prompt_token_details/cache_read"},
			fWriteIn:    {"prompt_token_details/cache_creation"},
			fWrite5m:    {"prompt_token_details/ephemeral_5m_input_tokens"},
			fWrite1h:    {"prompt_token_details/ephemeral_1h_input_tokens"},
			fOutput:     {"completion_tokens"},
			fReasoning:  {"completion_token_details/reasoning"},
			fTotal:      {"total_tokens"},
			fCost:       {"total_cost"},
			fTag:        {"extra/metadata/langgraph_node", "name"},
			fSession:    {"extra/metadata/thread_id", "extra/metadata/session_id", "extra/metadata/conversation_id", "thread_id"},
			fUser:       {"extra/metadata/user_id"},
			fStatus:     {"status"},
			fError:      {"error"},
			fPrompt:     {"inputs/messages"},
		},
		isCall: func(r *row) bool {
			kind := r.text(fType)
			return bytes.EqualFold(kind, []byte("llm")) || bytes.EqualFold(kind, []byte("embedding"))
		},
	}
}

// cursor is the usage export of Cursor's dashboard.
func cursor() layout {
	return layout{
		name:  "cursor",
		needs: [][]string{{"inputwcachewrite"}, {"inputwocachewrite"}, {"outputtokens"}},
		paths: map[field][]string{
			fTime:     {"Date"},
			fModel:    {"Model"},
			fStatus:   {"Kind"},
			fWriteOut: {"Input (w/ Cache Write)"},
			fInput:    {"Input (w/o Cache Write)"},
			fReadOut:  {"Cache Read"},
			fOutput:   {"Output Tokens"},
			fTotal:    {"Total Tokens"},
			fCost:     {"Cost", "Cost ($)"},
			fUser:     {"User"},
		},
		settle: settleCursor,
		notes:  []string{"the model auto is one that Cursor chose: its calls are priced only where the row says a cost"},
	}
}

// settleCursor tells whether the written tokens hold the others, by the row's
// total: both are to be found. It reads the outcome from the kind of the call.
func settleCursor(r *row) {
	with, without := r.num(fWriteOut), r.num(fInput)
	if with >= without && r.has(fTotal) && r.num(fTotal) == with+r.num(fReadOut)+r.num(fOutput) {
		r.n[fWriteOut] = with - without
	}
	kind := bytes.ToLower(r.text(fStatus))
	switch {
	case bytes.HasPrefix(kind, []byte("errored")):
		r.s[fStatus] = []byte("error")
	case bytes.HasPrefix(kind, []byte("aborted")):
		r.s[fStatus] = []byte("aborted")
	}
}

// portkey is the log export of Portkey's gateway, whose rows may hold the bodies.
// The unit of its cost column is not stated in the export, so it is left out.
func portkey() layout {
	return layout{
		name:  "portkey",
		needs: [][]string{{"requnits", "requestunits", "metricsrequestunits"}, {"resunits", "responseunits", "metricsresponseunits"}, {"aimodel", "metricsaimodel"}},
		paths: joined(anyBody(), below([]string{"", "metrics"}, map[field][]string{
			fTime:       {"created_at"},
			fModel:      {"ai_model"},
			fProvider:   {"ai_org"},
			fInput:      {"req_units", "request_units"},
			fOutput:     {"res_units", "response_units"},
			fLatencyMS:  {"response_time"},
			fHTTPStatus: {"response_status_code"},
			fCacheHit:   {"cache_status"},
		}), map[field][]string{
			fSession: {"trace_id"},
			fUser:    {"metadata/_user", "metadata._user"},
		}),
		notes: []string{"costs are computed: the export does not say whether its own are dollars or cents"},
	}
}

// aiSDK is the usage that Vercel's AI SDK gives to its callers: version 6 says
// which tokens were cached of the input, version 5 leaves it to the provider.
func aiSDK() layout {
	places := []string{"", "response", "result", "event"}
	return layout{
		name: "ai-sdk", bodies: true,
		needs: [][]string{squeezeAll(places, "usage/inputTokens"),
			squeezeAll(places, "usage/cachedInputTokens", "usage/inputTokenDetails/cacheReadTokens", "usage/inputTokenDetails/noCacheTokens")},
		paths: joined(below(places, map[field][]string{
			fModel:     {"modelId", "model"},
			fInput:     {"usage/inputTokens"},
			fReadIn:    {"usage/inputTokenDetails/cacheReadTokens"},
			fWriteIn:   {"usage/inputTokenDetails/cacheWriteTokens"},
			fReadAny:   {"usage/cachedInputTokens"},
			fOutput:    {"usage/outputTokens"},
			fReasoning: {"usage/outputTokenDetails/reasoningTokens", "usage/reasoningTokens"},
		}), requestFields(), map[field][]string{fModel: {"response/modelId"}}),
	}
}

// cohere bodies: what is billed, which leaves out tokens that Cohere adds itself.
func cohere() layout {
	billed := []string{"usage/billed_units/", "meta/billed_units/"}
	return layout{
		name: "cohere", provider: "cohere",
		needs: [][]string{squeezeAll(bodyPlaces(), billed[0]+"input_tokens", billed[1]+"input_tokens")},
		paths: joined(below(bodyPlaces(), map[field][]string{
			fModel:  {"model"},
			fID:     {"id", "response_id", "generation_id"},
			fInput:  {billed[0] + "input_tokens", billed[1] + "input_tokens"},
			fOutput: {billed[0] + "output_tokens", billed[1] + "output_tokens"},
		}), requestFields()),
	}
}
