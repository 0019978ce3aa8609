package usage_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// invocation is a record of Bedrock's invocation log.
func invocation(n int) string {
	return fmt.Sprintf(`{"schemaType":"ModelInvocationLog","timestamp":"2025-05-01T1%d:00:00Z","requestId":"r%d","modelId":"amazon.nova-lite-v1:0","input":{"inputTokenCount":100,"cacheReadInputTokenCount":50},"output":{"outputTokenCount":20}}`, n, n)
}

func escaped(text string) string { return fmt.Sprintf("%q", text) }

// cloudWatchLogs are two invocations in every wrapping.
func cloudWatchLogs() map[string]string {
	event := func(n int) string {
		return `{"id":"1","timestamp":1746093600000,"message":` + escaped(invocation(n)) + `}`
	}
	data := func(events string) string {
		return `{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[` + events + `]}`
	}
	return map[string]string{
		"filter-log-events":      `{"events":[` + event(0) + ",\n" + event(1) + `],"searchedLogStreams":[]}`,
		"events a line":          event(0) + "\n" + event(1) + "\n",
		"subscription, a line":   data(event(0)+","+event(1)) + "\n",
		"subscriptions in a row": data(event(0)) + data(event(1)),
		"export to S3":           "2025-05-01T10:00:00.000Z " + invocation(0) + "\n2025-05-01T11:00:00.000Z " + invocation(1) + "\n",
		"insights, CSV": "@timestamp,@message\n2025-05-01 10:00:00.000,\"" + strings.ReplaceAll(invocation(0), `"`, `""`) +
			"\"\n2025-05-01 11:00:00.000,\"" + strings.ReplaceAll(invocation(1), `"`, `""`) + "\"\n",
		"insights, JSON": `[{"@timestamp":"2025-05-01 10:00:00.000","@message":` + invocation(0) + `},{"@timestamp":"2025-05-01 11:00:00.000","@message":` + invocation(1) + `}]`,
	}
}

func TestBedrockIsReadHoweverCloudWatchWrapsIt(t *testing.T) {
	for name, log := range cloudWatchLogs() {
		calls, report, err := readText(log, usage.Options{})
		require.NoError(t, err, name)
		assert.Equal(t, "bedrock", report.Format, name)
		var got []string
		for i := range calls {
			got = append(got, brief(&calls[i]))
		}
		assert.Equal(t, []string{"2025-05-01T10:00:00 aws/amazon.nova-lite-v1:0 in=100 read=50 out=20",
			"2025-05-01T11:00:00 aws/amazon.nova-lite-v1:0 in=100 read=50 out=20"}, got, name)
	}
	_, report, err := readText(strings.Repeat("2025-05-01T10:00:00.000Z "+invocation(0)+"\n", 40)+"START\n", usage.Options{})
	require.NoError(t, err)
	assert.EqualValues(t, 1, report.Unreadable)
	assert.EqualValues(t, 41, report.FirstUnreadable[0].Line)
}

// variant is a log and what it says.
type variant struct {
	log, format string
	want        []string
}

func variants() map[string]variant {
	chunk := func(id int, usage string) string {
		return fmt.Sprintf(`{"id":"c%d","object":"chat.completion.chunk","created":1746093600,"model":"gpt-4o","choices":[],"usage":%s}`, id, usage) + "\n"
	}
	whole := `{"prompt_tokens":100,"completion_tokens":10}`
	answer := `{"model":"gpt-5","created_at":1746093600,"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":64},"output_tokens":10}}`
	gemini := func(usage string) string {
		return `{"responseId":"r","modelVersion":"gemini-2.5-pro","usageMetadata":{` + usage + `}}`
	}
	observation := `{"id":"o","traceId":"t","type":"GENERATION","model":"gpt-4o","calculatedTotalCost":0.3,`
	span := `{"context":{"trace_id":"t","span_id":"s"},"start_time":"2025-05-01T10:00:00Z","attributes":{"llm.model_name":"gpt-4o","llm.token_count.prompt":100,"llm.token_count.completion":10,"llm.token_count.prompt_details.cache_read":64}}`
	return map[string]variant{
		"chunks of a streamed answer": {chunk(1, "null") + chunk(1, whole) + chunk(2, "null") + chunk(2, whole), "openai",
			[]string{"2025-05-01T10:00:00 openai/gpt-4o in=100 out=10", "2025-05-01T10:00:00 openai/gpt-4o in=100 out=10"}},
		"events of the Responses API": {"event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"model\":\"gpt-5\",\"created_at\":1746093600,\"usage\":null}}\n\n" +
			"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + answer + "}\n\n", "openai",
			[]string{"2025-05-01T10:00:00 openai/gpt-5 in=36 read=64 out=10"}},
		"chunks of Gemini": {"[" + gemini(`"promptTokenCount":100`) + ",\n" + gemini(`"promptTokenCount":100,"cachedContentTokenCount":64,"candidatesTokenCount":10`) + "]", "gemini",
			[]string{" google/gemini-2.5-pro in=36 read=64 out=10"}},
		"Gemini in snake_case": {`{"model_version":"gemini-2.5-pro","create_time":"2025-05-01T10:00:00Z","usage_metadata":{"prompt_token_count":100,"cached_content_token_count":64,"candidates_token_count":10}}` + "\n", "gemini",
			[]string{"2025-05-01T10:00:00 google/gemini-2.5-pro in=36 read=64 out=10"}},
		"Anthropic batch": {`{"custom_id":"a","result":{"type":"succeeded","message":{"type":"message","model":"claude-x","stop_sequence":null,"usage":{"input_tokens":4,"cache_read_input_tokens":9,"output_tokens":2,"service_tier":"batch"}}}}` + "\n" +
			`{"custom_id":"b","result":{"type":"expired"}}` + "\n" + `{"custom_id":"c","result":{"type":"errored","error":{"type":"error"}}}` + "\n", "anthropic",
			[]string{" anthropic/claude-x in=4 read=9 out=2 tier=batch", " / status=2", " / status=1"}},
		"Anthropic console": {"usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n" +
			"2025-08-01,claude-x,key,Default,batch,≤ 200k,1000,100,7,5000,300,2\n", "anthropic-usage",
			[]string{"2025-08-01T00:00:00 anthropic/claude-x in=1000 read=5000 w5m=100 w1h=7 out=300 web=2 tier=batch tag=Default"}},
		"Langfuse v2": {`{"data":[` + observation + `"usage":{"input":100,"output":10,"total":110}},{"id":"p","traceId":"t","type":"SPAN"}],"meta":{}}`, "langfuse",
			[]string{" /gpt-4o in=100 out=10 cost=0.3"}},
		"Langfuse v1": {observation + `"promptTokens":100,"completionTokens":10,"totalTokens":110}` + "\n", "langfuse", []string{" /gpt-4o in=100 out=10 cost=0.3"}},
		"OpenRouter days": {"date,model,endpoint_id,provider_name,usage,byok_usage_inference,requests,prompt_tokens,completion_tokens,reasoning_tokens\n2025-08-24,openai/gpt-4.1,e,OpenAI,0.015,0,5,50,125,25\n", "openrouter-activity",
			[]string{"2025-08-24T00:00:00 openrouter/openai/gpt-4.1 in=50 out=125 think=25 cost=0.015 n=5"}},
		"OpenRouter generation": {`{"data":{"id":"g","total_cost":0.0015,"created_at":"2025-05-01T10:00:00Z","model":"openai/gpt-4o","tokens_prompt":10,"tokens_completion":25,"native_tokens_prompt":12,"native_tokens_completion":26}}`, "openrouter",
			[]string{"2025-05-01T10:00:00 openrouter/openai/gpt-4o in=12 out=26 cost=0.0015"}},
		"OpenInference spans": {span + "\n", "otel", []string{"2025-05-01T10:00:00 /gpt-4o in=36 read=64 out=10"}},
		"Gemini CLI session": {`{"sessionId":"s","messages":[{"timestamp":"2025-05-01T10:00:00Z","type":"user"},` +
			`{"timestamp":"2025-05-01T10:00:05Z","type":"gemini","model":"gemini-2.5-pro","tokens":{"input":100,"output":10,"cached":64,"thoughts":5,"tool":0,"total":115}}]}`, "gemini-cli",
			[]string{"2025-05-01T10:00:05 google/gemini-2.5-pro in=36 read=64 out=15 think=5"}},
		"LiteLLM logging payload": {`{"id":"x","trace_id":"t","call_type":"acompletion","response_cost":0.002,"prompt_tokens":100,"completion_tokens":10,"startTime":1746093600.0,"endTime":1746093602.0,"model":"gpt-4o","custom_llm_provider":"openai","response":{"usage":{"prompt_tokens":100}}}` + "\n", "litellm",
			[]string{"2025-05-01T10:00:00 openai/gpt-4o in=100 out=10 ms=2000 cost=0.002"}},
		"LiteLLM tags of PostgreSQL": {"request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,model,request_tags\nr,c,0.1,100,10,2025-05-01 10:00:00,gpt-4o,\"{prod,x}\"\n", "litellm",
			[]string{"2025-05-01T10:00:00 /gpt-4o in=100 out=10 cost=0.1 tag=prod"}},
		"LiteLLM dump of PostgreSQL": {"--\n-- PostgreSQL database dump\n--\n\nSET x = 0;\n\nCOPY public.\"Config\" (param_name, param_value) FROM stdin;\na\tb\n\\.\n\n" +
			"COPY public.\"LiteLLM_SpendLogs\" (request_id, call_type, spend, prompt_tokens, completion_tokens, \"startTime\", model, request_tags, metadata, team_id) FROM stdin;\n" +
			"r\tc\t0.1\t100\t10\t2025-05-01 10:00:00.5\tgpt-4o\t[\"prod\"]\t{\"note\": \"a \\\\\"b\\\\\" \\\\t\", \"usage_object\": {\"prompt_tokens_details\": {\"cached_tokens\": 64}}}\t\\N\n\\.\n\nCOPY public.x (a) FROM stdin;\n1\n\\.\n", "litellm",
			[]string{"2025-05-01T10:00:00.5 /gpt-4o in=36 read=64 out=10 cost=0.1 tag=prod"}},
		"counts in a cell of JSON": {"at,body\n2025-05-01T10:00:00Z,\"{\"\"model\"\":\"\"gpt-4o\"\",\"\"usage\"\":{\"\"prompt_tokens\"\":100,\"\"completion_tokens\"\":10}}\"\n", "openai",
			[]string{" openai/gpt-4o in=100 out=10"}},
		"a JSON text sequence": {"\x1e" + `{"model":"gpt-4o","prompt_tokens":100,"completion_tokens":10}` + "\n", "columns", []string{" /gpt-4o in=100 out=10"}},
		"bodies of several providers": {`{"model":"gpt-4o","ts":"2025-05-01T10:00:00Z","usage":{"prompt_tokens":100,"completion_tokens":10}}` + "\n" + gemini(`"promptTokenCount":100,"candidatesTokenCount":10`) + "\n", "gemini",
			[]string{"2025-05-01T10:00:00 openai/gpt-4o in=100 out=10", " google/gemini-2.5-pro in=100 out=10"}},
		"OpenCode messages": {`{"id":"m","sessionID":"s","modelID":"claude-x","providerID":"anthropic","cost":0.01,"time":{"created":1746093600000,"completed":1746093602000},"tokens":{"input":10,"output":5,"reasoning":0,"cache":{"read":100,"write":20}}}` + "\n", "opencode",
			[]string{"2025-05-01T10:00:00 anthropic/claude-x in=10 read=100 w5m=20 out=5 ms=2000 cost=0.01"}},
		"NaN for no cost": {`{"model":"gpt-4o","prompt_tokens":100,"completion_tokens":10,"cost":NaN}` + "\n", "columns", []string{" /gpt-4o in=100 out=10"}},
	}
}

func TestVariantsOfKnownFormatsAreRead(t *testing.T) {
	for name, tc := range variants() {
		calls, report, err := readText(tc.log, usage.Options{})
		require.NoError(t, err, name)
		var got []string
		for i := range calls {
			got = append(got, brief(&calls[i]))
		}
		assert.Equal(t, tc.format, report.Format, name)
		assert.Equal(t, tc.want, got, name)
	}
}

// wide is text in UTF-16 with a byte order mark.
func wide(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func TestTablesAreReadInTheSpellingsOfSpreadsheets(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("model,prompt_tokens,completion_tokens,tag\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "gpt-4o,%d,5,caf\u00e9 \U0001f600\n", i)
	}
	table := b.String()
	want, _, err := readText(table, usage.Options{})
	require.NoError(t, err)
	for name, log := range map[string]string{
		"little-endian UTF-16": wide(table, binary.LittleEndian),
		"big-endian UTF-16":    wide(table, binary.BigEndian),
		"UTF-8 with a mark":    "\ufeff" + table,
		"carriage returns":     strings.ReplaceAll(table, "\n", "\r"),
		"both line ends":       strings.ReplaceAll(table, "\n", "\r\n"),
		"tabs":                 strings.ReplaceAll(table, ",", "\t"),
		"gzip":                 pack(wide(table, binary.LittleEndian)),
	} {
		got, _, err := readText(log, usage.Options{})
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	titled, _, err := readText("Usage of May\n\n# all teams\n"+table, usage.Options{})
	require.NoError(t, err)
	require.Len(t, titled, len(want))
	assert.Equal(t, want[0].Line+3, titled[0].Line)
}
