package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

const cursorHead = `Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost` + "\n"

// exports are rows, made up, as dashboards and SDKs write them.
func exports() map[string]variant {
	run := func(kind string, n int) string {
		return fmt.Sprintf(`{"id":"%s%d","run_type":"%s","name":"ChatOpenAI","start_time":"2025-06-01T10:00:00.000000","end_time":"2025-06-01T10:00:02.500000",`+
			`"prompt_tokens":%d,"completion_tokens":20,"total_tokens":%d,"total_cost":0.5,"prompt_token_details":{"cache_read":64},"status":"success",`+
			`"session_id":"project","extra":{"metadata":{"ls_model_name":"gpt-4o","ls_provider":"openai","langgraph_node":"plan"}}}`, kind, n, kind, n, n+20)
	}
	sdk := func(usage string) string {
		return `{"timestamp":"2025-06-01T10:00:00Z","modelId":"gpt-4o","usage":{` + usage + `}}` + "\n"
	}
	return map[string]variant{
		"LangSmith sums a chain's children in the chain": {run("llm", 100) + "\n" + run("llm", 200) + "\n" + run("chain", 300) + "\n", "langsmith",
			[]string{"2025-06-01T10:00:00 openai/gpt-4o in=36 read=64 out=20 ms=2500 cost=0.5 tag=plan", "2025-06-01T10:00:00 openai/gpt-4o in=136 read=64 out=20 ms=2500 cost=0.5 tag=plan"}},
		"LangSmith, a page of runs": {`{"runs":[` + run("llm", 100) + "," + run("chain", 300) + `],"cursors":{}}`, "langsmith",
			[]string{"2025-06-01T10:00:00 openai/gpt-4o in=36 read=64 out=20 ms=2500 cost=0.5 tag=plan"}},
		"Cursor, whose total is of four": {cursorHead + `"2025-09-01T10:00:00.000Z","a@b.c","Included","claude-4.5-sonnet","No","10000","500","200000","1200","211700","0.15"` + "\n" +
			`"2025-09-01T11:00:00.000Z","a@b.c","Errored, No Charge","auto","No","0","0","0","0","0","-"` + "\n" +
			`"2025-09-01T12:00:00.000Z","a@b.c","Included","gpt-5","No","0","500","0","12","512","Included"` + "\n", "cursor",
			[]string{"2025-09-01T10:00:00 /claude-4.5-sonnet in=500 read=200000 w5m=10000 out=1200 cost=0.15", "2025-09-01T11:00:00 /auto status=1", "2025-09-01T12:00:00 /gpt-5 in=500 out=12"}},
		"Cursor, whose total is of three": {cursorHead + `"2025-09-01T10:00:00.000Z","a@b.c","Included","claude-4-sonnet","No","1200","1000","5000","300","6500","$0.12"` + "\n", "cursor",
			[]string{"2025-09-01T10:00:00 /claude-4-sonnet in=1000 read=5000 w5m=200 out=300 cost=0.12"}},
		"Portkey, as a table": {"id,created_at,ai_org,ai_model,req_units,res_units,total_units,cost,cost_currency,response_time,response_status_code,cache_status\n" +
			"a,2025-09-01T10:00:00Z,openai,gpt-4o,1200,300,1500,0.6,USD,1234,200,MISS\nb,2025-09-01T10:00:01Z,openai,gpt-4o,1200,300,1500,0,USD,5,200,HIT\n", "portkey",
			[]string{"2025-09-01T10:00:00 openai/gpt-4o in=1200 out=300 ms=1234", "2025-09-01T10:00:01 openai/gpt-4o in=1200 out=300 status=3 ms=5"}},
		"Portkey, with the bodies": {`{"created_at":"2025-09-01T10:00:00Z","request":{"body":{"model":"gpt-4o"}},"response":{"body":{"model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens":20}}},` +
			`"metrics":{"ai_model":"gpt-4o","ai_org":"openai","request_units":100,"response_units":20,"response_time":900}}` + "\n", "portkey",
			[]string{"2025-09-01T10:00:00 openai/gpt-4o-2024-08-06 in=36 read=64 out=20 asked=gpt-4o ms=900"}},
		"AI SDK 5": {sdk(`"inputTokens":100,"outputTokens":20,"totalTokens":120,"cachedInputTokens":64,"reasoningTokens":5`), "ai-sdk",
			[]string{"2025-06-01T10:00:00 openai/gpt-4o in=36 read=64 out=20 think=5"}},
		"AI SDK 6": {sdk(`"inputTokens":100,"inputTokenDetails":{"noCacheTokens":6,"cacheReadTokens":64,"cacheWriteTokens":30},"outputTokens":20,"cachedInputTokens":64`), "ai-sdk",
			[]string{"2025-06-01T10:00:00 openai/gpt-4o in=6 read=64 w5m=30 out=20"}},
		"AI SDK, nothing cached": {sdk(`"inputTokens":100,"outputTokens":20,"totalTokens":120`), "openai", []string{"2025-06-01T10:00:00 openai/gpt-4o in=100 out=20"}},
		"Cohere bills less than it reads": {`{"id":"x","model":"command-r-plus","usage":{"billed_units":{"input_tokens":5,"output_tokens":9},"tokens":{"input_tokens":71,"output_tokens":11},"cached_tokens":64}}` + "\n", "cohere",
			[]string{" cohere/command-r-plus in=5 out=9"}},
		"Langfuse UI": {"id,traceId,name,startTime,endTime,level,modelName,inputUsage,outputUsage,totalUsage,totalCost\n" +
			"o1,t1,chat,2025-06-01T10:00:00.000Z,2025-06-01T10:00:02.000Z,DEFAULT,gpt-4o,1200,300,1500,0.006\n", "langfuse",
			[]string{"2025-06-01T10:00:00 /gpt-4o in=1200 out=300 ms=2000 cost=0.006 tag=chat"}},
		"Langfuse UI, details in JSON": {"id,timestamp,name,model,usageDetails,costDetails,totalCost\n" +
			`o1,2025-06-01T10:00:00.000Z,chat,gpt-4o,"{""input"":1200,""output"":300,""total"":1500}","{""total"":0.006}",0.006` + "\n", "langfuse",
			[]string{"2025-06-01T10:00:00 /gpt-4o in=1200 out=300 cost=0.006 tag=chat"}},
		"sums by day": {"date,model,provider,inputTokens,outputTokens,cost,requests\n2025-09-01,openai/gpt-5,openai,12000,900,0.02,12\n", "columns",
			[]string{"2025-09-01T00:00:00 openai/gpt-5 in=12000 out=900 cost=0.02 n=12"}},
	}
}

func TestExportsOfDashboardsAndSDKsAreReadWithoutAsking(t *testing.T) {
	for name, v := range exports() {
		calls, report, err := readText(v.log, usage.Options{})
		require.NoError(t, err, name)
		var got []string
		for i := range calls {
			got = append(got, brief(&calls[i]))
		}
		assert.Equal(t, v.format, report.Format, name)
		assert.Equal(t, v.want, got, name)
		assert.Zero(t, report.Unreadable, name)
	}
}

func TestRowsInAProgramsLogAreReadWithTheTimeInFront(t *testing.T) {
	body := `{"model":"gpt-4o","usage":{"prompt_tokens":100,"completion_tokens":20}}`
	flat := `{"model":"gpt-4o","prompt_tokens":100,"completion_tokens":20}`
	for name, lines := range map[string][]string{
		"Python":         {"2025-06-01 10:00:00,500 INFO llm: " + body, "2025-06-01 10:00:01,500 ERROR llm: {not JSON}", "2025-06-01 10:00:02,500 INFO llm: " + body},
		"a banner first": {"* Serving app", "[2025-06-01T10:00:00.5Z] usage=" + body, "[2025-06-01T10:00:02.5Z] usage=" + body},
		"Docker Compose": {"app-1  | 2025-06-01T10:00:00.500Z " + body, "app-1  | 2025-06-01T10:00:02.500Z " + body},
		"columns":        {"2025-06-01 10:00:00,500 INFO " + flat, "2025-06-01 10:00:02,500 INFO " + flat},
	} {
		calls, report, err := readText(strings.Join(lines, "\n")+"\n", usage.Options{})
		require.NoError(t, err, name)
		require.Len(t, calls, 2, name)
		assert.Regexp(t, `^2025-06-01T10:00:00.5 (openai)?/gpt-4o in=100 out=20$`, brief(&calls[0]), name)
		assert.Regexp(t, `^2025-06-01T10:00:02.5 `, brief(&calls[1]), name)
		assert.Contains(t, fmt.Sprint(report.Notes), "lines without were passed over", name)
	}
}

// A table whose last column is JSON is a table.
func TestATableWithJSONInItsLastColumnStaysATable(t *testing.T) {
	log := "created\tmodel\tusage\n2025-06-01T10:00:00Z\tgpt-4o\t" + `{"prompt_tokens":100,"completion_tokens":20}` + "\n"
	calls, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, "csv", report.Container)
	assert.Equal(t, "2025-06-01T10:00:00 openai/gpt-4o in=100 out=20", brief(&calls[0]))
}
