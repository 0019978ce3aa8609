package sufficiency

import (
	"slices"

	"netra/shared/connector"
	"netra/shared/plan"
	"netra/shared/run"
)

// source is where a log can come from, with the steps to export it and what to
// switch on for a part that it lacks by default.
type source struct {
	id, name string
	// export are the steps that give the log as it is.
	export []string
	// parts are one more step each, by part. A part that is not listed needs the
	// step of ownCode.
	parts map[string]string
}

// Providers lists the ids that Steps knows.
func Providers() []string {
	var ids []string
	for _, s := range sources() {
		ids = append(ids, s.id)
	}
	return ids
}

// Steps tells how to get a part of a log from a provider or tool, step by step.
// The provider may be one of Providers or the format of the log there is. An
// unknown provider gets the steps for one's own code, and is asked for its name.
func Steps(provider, part string) []string {
	all := sources()
	at := slices.IndexFunc(all, func(s source) bool { return s.id == home(provider) })
	own := ownCode()
	if part == Quality { // no export holds what another model would have answered
		step := own.parts[Quality]
		if at >= 0 && all[at].parts[Quality] != "" {
			step = all[at].parts[Quality]
		}
		return []string{step, "Upload it beside the usage log. Netra learns on a part of the labels and checks on the rest; too few of them only make it say so."}
	}
	if at < 0 {
		return append([]string{own.parts[part]}, own.export...)
	}
	steps := slices.Clone(all[at].export)
	if kind, ok := connector.Of(all[at].id); ok {
		steps = append(steps, offer(kind, all[at].name))
	}
	if step, ok := all[at].parts[part]; ok {
		return append([]string{step}, steps...)
	}
	verb := "does"
	if all[at].id == "coding-agents" {
		verb = "do"
	}
	return append(steps, all[at].name+" "+verb+" not record this by itself. "+own.parts[part])
}

// UserID stands in the steps where the user's own id belongs.
const UserID = "YOUR_USER_ID"

// offer says how to let Netra fetch the log.
func offer(kind connector.Kind, name string) string {
	secret, _ := kind.Secret(UserID)
	lowest, _ := plan.Lowest(plan.Connect)
	return "Or, on the plan " + lowest.Title + " and larger, let Netra fetch it: store the credential under Sources in the console, and send your message again with the name " + name +
		" in it. Without the console: PUT /api/sources/" + string(kind) + "/credential, or, with rights on the project, store " + kind.Needs() +
		" with `gcloud secrets create " + secret + " --data-file=-`."
}

// Export parts the steps of a request's items into those of each item and those
// that several items need, in their order, so that these can be shown once.
func Export(items []run.Missing) (own [][]string, common []string) {
	count := map[string]int{}
	for _, item := range items {
		for _, step := range item.Export {
			count[step]++
		}
	}
	for _, item := range items {
		mine := []string{}
		for _, step := range item.Export {
			switch {
			case count[step] == 1:
				mine = append(mine, step)
			case !slices.Contains(common, step):
				common = append(common, step)
			}
		}
		own = append(own, mine)
	}
	return own, common
}

// named lists the sources by name, for a sentence.
func named() string {
	return "OpenAI, Anthropic, Google Gemini or Vertex AI, AWS Bedrock, Azure, LiteLLM, Langfuse, Helicone, OpenRouter, or a coding agent"
}

// home is where a log of a format that package usage names comes from; a
// provider's own id stays as it is.
func home(format string) string {
	switch format {
	case "openai-usage", "openai-batch", "openai-costs":
		return "openai"
	case "anthropic-usage", "anthropic-stream", "anthropic-costs":
		return "anthropic"
	case "gemini", "vertex", "google-costs":
		return "google"
	case "bedrock", "bedrock-converse", "aws-costs":
		return "aws"
	case "azure-apim", "azure-trace", "azure-costs":
		return "azure"
	case "claude-code", "codex", "aider":
		return "coding-agents"
	}
	return format
}

// ownCode is how to write a log from one's own code: one line of JSON per call.
func ownCode() source {
	return source{"", "Your own code", []string{
		"Where your code calls the model, write one line of JSON per call to a file.",
		"Put into it: time (RFC 3339), provider, model, and the response's usage object as it came.",
		"Upload the file; it may be packed with gzip, zstd or zip.",
		"No code of your own? Send your message again with the name of your provider or gateway in it (" + named() + "): the steps are then those for its export.",
	}, map[string]string{
		Tokens:     "Copy the response's whole usage object: it holds all token counts, cached ones too.",
		Model:      "Add the field model with the name from the response. If all calls went to one model, its name is enough: answer this request with it, and the calls are priced by it.",
		Time:       "Add the field time, when the call was made, with its zone.",
		Span:       "Hand over at least seven days in a row.",
		PromptHash: "Add the field messages (or prompt). Netra keeps hashes only; or add prompt_hash, a hash of the whole prompt that you make yourself.",
		Blocks:     "Add the field messages (or prompt) with system prompt and tools in the order in which they are sent. Netra keeps hashes of its blocks only.",
		Session:    "Add the field session_id: the same value for all calls of one conversation or task.",
		Tag:        "Add the field tag: the team, endpoint or prompt name that the call belongs to.",
		Quality:    "Take some hundred prompts, answer them with both models, mark each answer true or false, and write a CSV with the columns prompt, tag and one per model.",
		Latency:    "Add the field latency_ms: from sending the request to the last token.",
		TTFT:       "Add the field ttft_ms: from sending the request to the first token of a stream.",
		Status:     "Write failed and abandoned calls too, with the field status (ok, failed, aborted).",
		Cost:       "Add the field cost in USD where your provider or gateway reports one.",
		User:       "Add the field user; a pseudonym does.",
		Cache:      "Copy the response's whole usage object: it says what was read from and written to the cache (cached_tokens, cache_read_input_tokens, cache_creation_input_tokens).",
	}}
}

// sources is the table of export instructions.
func sources() []source {
	return []source{
		{"openai", "OpenAI", []string{
			"For sums by hour: with an admin key, GET https://api.openai.com/v1/organization/usage/completions with start_time, bucket_width=1h, group_by=model,project_id,user_id and follow next_page. Save the answers.",
			"For single calls: write each response's usage object from your code, one line of JSON per call, with time and model.",
			"Batch output files (.jsonl) can be uploaded as they are.",
		}, map[string]string{
			Tokens: "In the dashboard: platform.openai.com, Usage, choose the days, Export, and take the export of the usage (completions), grouped by model and project; the one of costs counts no tokens.",
			Cache:  "Sums by hour carry input_cached_tokens; for single calls keep prompt_tokens_details (or input_tokens_details) of the usage object.",
			Model:  "Group the usage by model: add group_by=model to the request.",
			User:   "Group the usage by user: add group_by=user_id to the request.",
			Span:   "Set start_time at least seven days back; the usage API keeps older buckets.",
		}},
		{"anthropic", "Anthropic", []string{
			"For sums by hour: with an admin key, GET https://api.anthropic.com/v1/organizations/usage_report/messages with starting_at, bucket_width=1h, group_by[]=model&group_by[]=service_tier and follow next_page. Save the answers.",
			"For single calls: write each response's usage object from your code, one line of JSON per call, with time and model.",
		}, map[string]string{
			Tokens: "In the console: platform.claude.com, Usage, choose the days, group by model, Export; the export of the page Cost counts no tokens.",
			Cache:  "The report carries cached tokens; for single calls keep cache_read_input_tokens and cache_creation of the usage object.",
			Model:  "Group the report by model: add group_by[]=model to the request.",
			User:   "Group the report by key or workspace: add group_by[]=api_key_id or group_by[]=workspace_id.",
			Span:   "Set starting_at at least seven days back.",
		}},
		{"google", "Google Gemini and Vertex AI", []string{
			"Switch on request-response logging of the model to a BigQuery table (setPublisherModelConfig with loggingConfig; samplingRate 1 records every call).",
			"After some days: bq query --format=json --max_rows=1000000 'SELECT * FROM dataset.table' > log.json, or bq extract to Parquet.",
			"Upload the file.",
		}, map[string]string{
			Tokens:     "Billing exports count no tokens for each call: the log of requests and responses does.",
			Cache:      "Keep the column full_response in the export: its usageMetadata holds cachedContentTokenCount.",
			PromptHash: "Keep the column full_request in the export: it holds the prompts. Netra keeps hashes only.",
			Blocks:     "Keep the column full_request in the export: it holds the prompts. Netra keeps hashes only.",
			Latency:    "Keep the column metadata in the export: it holds the request's latency.",
			Tag:        "Set the label feature or team on each request; it is logged with it.",
			Span:       "Leave the logging on for at least seven days.",
		}},
		{"aws", "AWS Bedrock", []string{
			"In the Bedrock console under Settings, switch on model invocation logging to an S3 bucket, with text included.",
			"After some days: aws s3 cp --recursive s3://BUCKET/PREFIX/AWSLogs . and upload the .json.gz files.",
		}, map[string]string{
			Tokens:     "Billing exports count no tokens for each call: the invocation log does.",
			Cache:      "Keep input.cacheReadInputTokenCount and input.cacheWriteInputTokenCount of each entry.",
			PromptHash: "Include text in the invocation logging: inputBodyJson holds the prompts. Netra keeps hashes only.",
			Blocks:     "Include text in the invocation logging: inputBodyJson holds the prompts. Netra keeps hashes only.",
			Tag:        "Set requestMetadata.feature or .team on each Converse call; it is logged with the call. Without it the role that called is the class.",
			Session:    "Set requestMetadata.session on each Converse call; it is logged with the call.",
			Span:       "Leave the logging on for at least seven days.",
		}},
		{"azure", "Azure", []string{
			"Put API Management before Azure OpenAI and switch on its diagnostic setting for generative AI gateway logs to a Log Analytics workspace.",
			"Run ApiManagementGatewayLlmLog | where TimeGenerated > ago(30d) in the workspace and export the result as CSV.",
			"Upload the file.",
		}, map[string]string{
			Tokens:     "Cost exports count no tokens for each call: the log of the gateway does.",
			PromptHash: "Switch on logging of LLM messages in the API's diagnostic settings. Netra keeps hashes only.",
			Blocks:     "Switch on logging of LLM messages in the API's diagnostic settings. Netra keeps hashes only.",
			Latency:    "Join ApiManagementGatewayLogs on CorrelationId and keep TotalTime.",
			Status:     "Join ApiManagementGatewayLogs on CorrelationId and keep ResponseCode.",
			Span:       "Query at least seven days.",
		}},
		{"litellm", "LiteLLM", []string{
			`Export the table: psql -c "\copy (SELECT * FROM \"LiteLLM_SpendLogs\" WHERE \"startTime\" > now() - interval '30 days') TO 'spend.csv' CSV HEADER"`,
			"Upload spend.csv.",
		}, map[string]string{
			Cache:      "Keep the column metadata in the export: newer versions put the provider's usage object into it.",
			PromptHash: "Set store_prompts_in_spend_logs: true under general_settings of the proxy's configuration and wait some days: prompts are off by default. Netra keeps hashes only.",
			Blocks:     "Set store_prompts_in_spend_logs: true under general_settings of the proxy's configuration and wait some days: prompts are off by default. Netra keeps hashes only.",
			Session:    "Send litellm_session_id with each request; it fills the column session_id.",
			Tag:        `Send metadata {"tags": ["TEAM"]} with each request; it fills the column request_tags.`,
			Latency:    "Keep the columns startTime, completionStartTime and endTime in the export.",
			TTFT:       "Keep the column completionStartTime in the export.",
			Status:     "Keep the column status in the export.",
			Cost:       "Keep the column spend in the export.",
			User:       "Keep the columns user and end_user in the export.",
			Span:       "Export at least seven days.",
		}},
		{"langfuse", "Langfuse", []string{
			"Open the project, then Observations, filter type = GENERATION and the last 30 days, and export as JSON or CSV; or page through GET /api/public/observations?type=GENERATION.",
			"Upload the file.",
		}, map[string]string{
			Cache:      "Keep the column usageDetails in the export.",
			PromptHash: "Keep the column input in the export. Netra keeps hashes only.",
			Blocks:     "Keep the column input in the export. Netra keeps hashes only.",
			Session:    "Set session_id on your traces; it is exported with every observation.",
			Tag:        "Link prompts to observations (prompt_name) or set tags on your traces.",
			Quality:    "Score the answers of both models on the same dataset run and export the scores as CSV: prompt, tag and one column per model.",
			User:       "Set user_id on your traces.",
			TTFT:       "Set completion_start_time when the first token comes.",
			Span:       "Export at least seven days.",
		}},
		{"helicone", "Helicone", []string{
			"Open Requests, choose the last 30 days and export as CSV or JSON lines, with bodies; or POST https://api.helicone.ai/v1/request/query-clickhouse and page with offset.",
			"Upload the file.",
		}, map[string]string{
			Cache:      "Keep prompt_cache_read_tokens and prompt_cache_write_tokens in the export.",
			PromptHash: "Include request bodies in the export. Netra keeps hashes only.",
			Blocks:     "Include request bodies in the export. Netra keeps hashes only.",
			Session:    "Send the header Helicone-Session-Id with each request.",
			Tag:        "Send a header Helicone-Property-Feature or Helicone-Property-Team with each request.",
			User:       "Send the header Helicone-User-Id with each request; a pseudonym does.",
			Span:       "Export at least seven days.",
		}},
		{"openrouter", "OpenRouter", []string{
			"Open Activity and export the last 30 days as CSV.",
			`For cached tokens and cost of each call: send "usage": {"include": true} with each request and write the response's usage object from your code, one line of JSON per call.`,
			"Upload the file.",
		}, map[string]string{
			Cache: `Send "usage": {"include": true} with each request and keep prompt_tokens_details of the answer's usage object.`,
			Cost:  "Keep usage.cost of each response.",
			User:  "Send the field user with each request; a pseudonym does.",
			Span:  "Export at least seven days.",
		}},
		{"coding-agents", "Coding agents", []string{
			"Claude Code: upload the .jsonl files under ~/.claude/projects. Codex: those under ~/.codex/sessions. Aider: start it with --analytics-log FILE and upload the file.",
		}, map[string]string{
			Cache:      "Sessions of Claude Code and Codex hold cached tokens. Aider's log does not: take the provider's usage report of the same days.",
			PromptHash: "Claude Code and Codex sessions hold the prompts; for Aider add --llm-history-file FILE. Netra keeps hashes only.",
			Blocks:     "Claude Code and Codex sessions hold the prompts; for Aider add --llm-history-file FILE. Netra keeps hashes only.",
			Session:    "Upload the sessions of Claude Code or Codex as they are: each file is one session.",
			Tag:        "Keep the folders: the project is the tag.",
			Span:       "Hand over the sessions of at least seven days.",
		}},
	}
}
