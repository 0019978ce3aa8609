package connector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"netra/shared/connector"
)

// source is a stand-in that answers one request per page, in order.
type source struct {
	kind       connector.Kind
	credential string
	table      string
	// path, and header with its value, are what every request must carry.
	path, header, value string
	// pages are the answers; ask says how the request for a page marks it.
	pages []string
	ask   func(r *http.Request, body string) string
	marks []string
	// format and calls are what package usage makes of the result.
	format string
	calls  int
	prompt int64
}

func query(key string) func(*http.Request, string) string {
	return func(r *http.Request, _ string) string { return r.URL.Query().Get(key) }
}

func sources() []source {
	openAIBucket := func(start int, input int) string {
		return fmt.Sprintf(`{"object":"bucket","start_time":%d,"end_time":%d,"results":[{"object":"organization.usage.completions.result","input_tokens":%d,"output_tokens":5,"input_cached_tokens":0,"num_model_requests":2,"project_id":"p","model":"gpt-4o","batch":false}]}`, start, start+3600, input)
	}
	anthropicBucket := func(day string, input int) string {
		return fmt.Sprintf(`{"starting_at":%q,"ending_at":%q,"results":[{"uncached_input_tokens":%d,"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":10},"cache_read_input_tokens":20,"output_tokens":5,"model":"claude-sonnet-4-5","service_tier":"standard"}]}`, day, day, input)
	}
	observation := func(id string, input int) string {
		return fmt.Sprintf(`{"id":%q,"traceId":"t","type":"GENERATION","startTime":"2025-08-01T10:00:00.000Z","endTime":"2025-08-01T10:00:02.000Z","providedModelName":"gpt-4o","sessionId":"s","promptName":"faq","latency":2,"usageDetails":{"input":%d,"output":5,"total":%d}}`, id, input, input+5)
	}
	spend := func(id string, input int) string {
		return fmt.Sprintf(`{"request_id":%q,"call_type":"acompletion","spend":0.01,"prompt_tokens":%d,"completion_tokens":5,"total_tokens":%d,"startTime":"2025-08-01T10:00:00Z","endTime":"2025-08-01T10:00:01Z","model":"gpt-4o","cache_hit":"False","status":"success"}`, id, input, input+5)
	}
	heliconeRow := `{"request_created_at":"2025-08-01T10:00:00Z","response_created_at":"2025-08-01T10:00:01Z","request_model":"gpt-4o","response_model":"gpt-4o","provider":"OPENAI","response_status":200,"delay_ms":1000,"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"costUSD":0.1}`
	vertexRow := func(input int) string {
		row, _ := json.Marshal(fmt.Sprintf(`{"logging_time":"2025-08-01T10:00:00Z","deployed_model_id":"0","api_method":"generateContent","model":"gemini-2.5-flash","full_response":{"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":5}}}`, input))
		return `{"f":[{"v":` + string(row) + `}]}`
	}
	job := `"jobReference":{"projectId":"my-project","jobId":"job_1","location":"EU"}`
	return []source{
		{kind: connector.OpenAI, credential: "sk-admin", path: "/v1/organization/usage/completions", header: "Authorization", value: "Bearer sk-admin",
			pages: []string{`{"object":"page","data":[` + openAIBucket(1754042400, 100) + `],"has_more":true,"next_page":"page_2"}`,
				`{"object":"page","data":[` + openAIBucket(1754046000, 200) + `],"has_more":false,"next_page":null}`},
			ask: query("page"), marks: []string{"", "page_2"}, format: "openai-usage", calls: 4, prompt: 300},
		{kind: connector.Anthropic, credential: "sk-ant-admin", path: "/v1/organizations/usage_report/messages", header: "X-Api-Key", value: "sk-ant-admin",
			pages: []string{`{"data":[` + anthropicBucket("2025-08-01T10:00:00Z", 100) + `],"has_more":true,"next_page":"p2"}`,
				`{"data":[` + anthropicBucket("2025-08-01T11:00:00Z", 200) + `],"has_more":false,"next_page":null}`},
			ask: query("page"), marks: []string{"", "p2"}, format: "anthropic-usage", calls: 2, prompt: 360},
		{kind: connector.Langfuse, credential: "pk:sk", path: "/api/public/v2/observations", header: "Authorization", value: "Basic cGs6c2s=",
			pages: []string{`{"data":[` + observation("a", 100) + `,` + observation("b", 50) + `],"meta":{"cursor":"YQ=="}}`,
				`{"data":[],"meta":{"cursor":"Yg=="}}`, `{"data":[` + observation("c", 200) + `],"meta":{}}`},
			ask: query("cursor"), marks: []string{"", "YQ==", "Yg=="}, format: "langfuse", calls: 3, prompt: 350},
		{kind: connector.LiteLLM, credential: "sk-master", path: "/spend/logs/v2", header: "Authorization", value: "Bearer sk-master",
			pages: []string{`{"data":[` + spend("a", 100) + `],"total":2,"page":1,"page_size":1,"total_pages":2,"total_is_capped":false}`,
				`{"data":[` + spend("b", 200) + `],"total":2,"page":2,"page_size":1,"total_pages":2,"total_is_capped":false}`},
			ask: query("page"), marks: []string{"1", "2"}, format: "litellm", calls: 2, prompt: 300},
		{kind: connector.Helicone, credential: "sk-helicone", path: "/v1/request/query-clickhouse", header: "Authorization", value: "Bearer sk-helicone",
			pages: []string{`{"data":[` + strings.TrimSuffix(strings.Repeat(heliconeRow+",", 1000), ",") + `],"error":null}`, `{"data":[` + heliconeRow + `],"error":null}`},
			ask: func(_ *http.Request, body string) string {
				var asked struct{ Offset int }
				_ = json.Unmarshal([]byte(body), &asked)
				return fmt.Sprint(asked.Offset)
			}, marks: []string{"0", "1000"}, format: "helicone", calls: 1001, prompt: 7007},
		{kind: connector.BigQuery, credential: "ya29.token", table: "my-project.logs.request_response", path: "/bigquery/v2/projects/my-project/queries", header: "Authorization", value: "Bearer ya29.token",
			pages: []string{`{` + job + `,"jobComplete":false}`,
				`{` + job + `,"jobComplete":true,"pageToken":"tok","rows":[` + vertexRow(100) + `]}`,
				`{` + job + `,"jobComplete":true,"rows":[` + vertexRow(200) + `]}`},
			ask:   func(r *http.Request, _ string) string { return r.Method + " " + r.URL.Query().Get("pageToken") },
			marks: []string{"POST ", "GET ", "GET tok"}, format: "vertex", calls: 2, prompt: 300},
	}
}
