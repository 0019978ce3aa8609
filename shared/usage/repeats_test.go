package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func TestARowThatIsInTheLogTwiceIsOneCall(t *testing.T) {
	for name, row := range map[string]string{
		"openai":   `{"id":"chatcmpl-%[1]d","created":174499%04[1]d,"model":"gpt-4o","usage":{"prompt_tokens":10,"completion_tokens":5}}`,
		"langfuse": `{"id":"o%[1]d","traceId":"t","type":"GENERATION","startTime":"2026-10-10T10:00:00Z","model":"gpt-4o","usageDetails":{"input":10,"output":5}}`,
		"litellm":  `{"request_id":"r%[1]d","call_type":"acompletion","spend":0.1,"prompt_tokens":10,"completion_tokens":5,"startTime":"2026-10-10 10:00:00","model":"gpt-4o"}`,
		"helicone": `{"request_id":"r%[1]d","request_created_at":"2026-10-10T10:00:00Z","request_model":"gpt-4o","costUSD":0.1,"prompt_tokens":10,"completion_tokens":5}`,
		"bedrock":  `{"schemaType":"ModelInvocationLog","timestamp":"2026-10-10T10:00:00Z","requestId":"r%[1]d","modelId":"amazon.nova-pro-v1:0","input":{"inputTokenCount":10},"output":{"outputTokenCount":5}}`,
		"otel":     `{"traceId":"a","spanId":"s%[1]d","startTimeUnixNano":"1760090400000000000","attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"10"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"5"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			for _, id := range []int{1, 2, 1, 3, 2, 1} {
				fmt.Fprintf(&log, row+"\n", id)
			}
			calls, report, err := readText(log.String(), usage.Options{})
			require.NoError(t, err)
			assert.Equal(t, name, report.Format)
			assert.Len(t, calls, 3)
			assert.EqualValues(t, 3, report.Repeated)
			assert.EqualValues(t, 6, report.Rows)
			assert.Contains(t, report.Notes, usage.Note{Text: "rows were in the log twice, with the same id and tokens; each call is counted once", Rows: 3})
			assert.LessOrEqual(t, report.Fields["input_tokens"], report.Calls, "a field is not told of more calls than there are")
		})
	}
}

func TestRowsOfOneIdThatDifferAreCallsOfTheirOwn(t *testing.T) {
	row := `{"id":%q,"created":%d,"model":"gpt-4o","usage":{"prompt_tokens":%d,"completion_tokens":5}}` + "\n"
	calls, report, err := readText(fmt.Sprintf(row+row+row, "redacted", 1744990000, 10, "redacted", 1744990001, 10, "redacted", 1744990001, 11), usage.Options{})
	require.NoError(t, err)
	assert.Len(t, calls, 3)
	assert.Zero(t, report.Repeated)
}
