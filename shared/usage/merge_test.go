package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// claudeLine is one line of a Claude Code session.
func claudeLine(id, request string, output int) string {
	return fmt.Sprintf(`{"type":"assistant","timestamp":"2026-01-09T10:00:00Z","sessionId":"s","requestId":%q,"message":{"id":%q,"model":"claude-sonnet-4","usage":{"input_tokens":100,"output_tokens":%d}}}`+"\n", request, id, output)
}

func TestClaudeCodeCountsACallOnceHoweverManyLinesTellOfIt(t *testing.T) {
	var other strings.Builder
	for i := range 5000 {
		other.WriteString(claudeLine(fmt.Sprint("other-", i), "r", 1))
	}
	for name, tc := range map[string]struct {
		log    string
		output []int64
		merged int64
	}{
		"one after another, growing": {claudeLine("m", "r", 1) + claudeLine("m", "r", 7) + claudeLine("m", "r", 7), []int64{7}, 2},
		"interleaved":                {claudeLine("m", "r", 5) + claudeLine("n", "r", 6) + claudeLine("m", "r", 5), []int64{5, 6}, 1},
		"other request":              {claudeLine("m", "r", 5) + claudeLine("m", "q", 5), []int64{5, 5}, 0},
		"synthetic answers":          {claudeLine("m", "r", 5) + strings.Replace(claudeLine("n", "r", 5), "claude-sonnet-4", "<synthetic>", 1), []int64{5}, 0},
	} {
		calls, report, err := readText(tc.log, usage.Options{})
		require.NoError(t, err, name)
		var output []int64
		for i := range calls {
			output = append(output, calls[i].Output)
		}
		assert.Equal(t, tc.output, output, name)
		assert.Equal(t, tc.merged, report.Merged, name)
	}
	calls, report, err := readText(claudeLine("m", "r", 5)+other.String()+claudeLine("m", "r", 5), usage.Options{})
	require.NoError(t, err)
	assert.Len(t, calls, 5001, "a copy far behind is still the same call")
	assert.EqualValues(t, 1, report.Merged)
}

func TestCodexTakesTheModelOfTheTurnAndDropsRepeatedCounts(t *testing.T) {
	count := func(total int) string {
		return fmt.Sprintf(`{"timestamp":"2026-05-13T09:01:00Z","type":"event_msg","payload":{"type":"token_count","info":{"last_token_usage":{"input_tokens":1000,"cached_input_tokens":250,"output_tokens":125},"total_token_usage":{"total_tokens":%d}}}}`+"\n", total)
	}
	turn := func(model string) string {
		return fmt.Sprintf(`{"timestamp":"2026-05-13T09:00:00Z","type":"turn_context","payload":{"model":%q}}`+"\n", model)
	}
	meta := `{"timestamp":"2026-05-13T09:00:00Z","type":"session_meta","payload":{"id":"session-1"}}` + "\n"
	empty := `{"timestamp":"2026-05-13T09:00:00Z","type":"event_msg","payload":{"type":"token_count","info":null}}` + "\n"
	calls, report, err := readText(meta+turn("gpt-5.2-codex")+empty+count(1125)+count(1125)+turn("gpt-5.3-codex")+count(2250), usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, 2)
	assert.Equal(t, "gpt-5.2-codex", calls[0].Model)
	assert.Equal(t, "gpt-5.3-codex", calls[1].Model)
	assert.Len(t, calls[0].Session, 16)
	assert.Equal(t, calls[0].Session, calls[1].Session)
	assert.EqualValues(t, 1, report.Merged)
	assert.EqualValues(t, 4, report.Skipped)
}

// span is one OpenTelemetry span, attributes as an object.
func span(id, parent, operation string, in, out int) string {
	tokens := ""
	if in > 0 {
		tokens = fmt.Sprintf(`,"gen_ai.usage.input_tokens":%d,"gen_ai.usage.output_tokens":%d`, in, out)
	}
	return fmt.Sprintf(`{"trace_id":"t","span_id":%q,"parent_span_id":%q,"attributes":{"gen_ai.operation.name":%q%s}}`+"\n", id, parent, operation, tokens)
}

func TestAParentSpanThatRepeatsItsChildrenIsCountedOnce(t *testing.T) {
	children := span("c1", "p", "chat", 100, 10) + span("c2", "p", "chat", 200, 20)
	for name, tc := range map[string]struct {
		log    string
		prompt []int64
	}{
		"agent after its calls":       {children + span("p", "", "invoke_agent", 300, 30), []int64{100, 200}},
		"agent before its calls":      {span("p", "", "invoke_agent", 300, 30) + children, []int64{100, 200}},
		"agent without calls below":   {span("p", "", "invoke_agent", 300, 30), []int64{300}},
		"wrapper with the same usage": {span("c", "p", "chat", 100, 10) + span("p", "", "chat", 100, 10), []int64{100}},
		"nested call of its own":      {span("c", "p", "chat", 100, 10) + span("p", "", "chat", 900, 90), []int64{100, 900}},
		"through a span of no usage":  {span("c", "m", "chat", 100, 10) + span("m", "p", "chain", 0, 0) + span("p", "", "invoke_agent", 100, 10), []int64{100}},
		"two levels of agents": {span("c", "a", "chat", 100, 10) + span("a", "b", "invoke_agent", 100, 10) + span("b", "", "invoke_workflow", 100, 10),
			[]int64{100}},
	} {
		calls, report, err := readText(tc.log, usage.Options{})
		require.NoError(t, err, name)
		var prompt []int64
		for i := range calls {
			prompt = append(prompt, calls[i].Prompt())
			assert.Positive(t, calls[i].Line, name)
		}
		assert.Equal(t, tc.prompt, prompt, name)
		assert.Equal(t, report.Rows, report.Calls+report.Merged+report.Skipped, name)
	}
}

func TestSpansFarApartAreHeldInBoundedNumber(t *testing.T) {
	var log strings.Builder
	for i := range 10_000 {
		log.WriteString(span(fmt.Sprint("c", i), fmt.Sprint("p", i), "chat", 100, 10))
	}
	calls, _, err := readText(log.String(), usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, 10_000)
	for i := range calls {
		require.EqualValues(t, i+1, calls[i].Line, "in the order of the log")
	}
}

func TestAnAttributeMayNameItsKeyLast(t *testing.T) {
	log := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"b","attributes":[
		{"value":{"intValue":"12"},"key":"gen_ai.usage.input_tokens"},{"value":"odd","key":"gen_ai.request.model"},
		{"value":{"intValue":3},"key":"gen_ai.usage.output_tokens"},{"value":{"stringValue":"x"},"key":"other"}]}]}]}]}`
	calls, _, err := readText(log, usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, " / in=12 out=3", brief(&calls[0]))
}

func TestAFailedSpanIsAFailedCall(t *testing.T) {
	row := `{"traceId":"t","spanId":%q,"startTimeUnixNano":"1760090400000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":%q}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},{"key":%q,"value":{"stringValue":%q}}]}` + "\n"
	log := fmt.Sprintf(row, "a", "chat", "error.type", "429") + fmt.Sprintf(row, "b", "execute_tool", "error.type", "timeout") + fmt.Sprintf(row, "c", "chat", "note", "still running") +
		span("d", "", "chat", 100, 10)
	calls, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, 2)
	assert.Equal(t, usage.Failed, calls[0].Status)
	assert.Equal(t, "gpt-4o", calls[0].Model, "no answer names another one")
	assert.Equal(t, usage.OK, calls[1].Status)
	assert.EqualValues(t, 2, report.Skipped, "a tool is no call, nor is what has neither tokens nor an error")
}
