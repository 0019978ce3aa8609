package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// bigArray is the elements of a JSON array of several megabytes.
func bigArray(n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"created":%d,"model":"gpt-4o","note":"a ] } \" , %s","usage":{"prompt_tokens":%d,"completion_tokens":1}}`, 1744990621+i, strings.Repeat("x", 200), i+1)
	}
	return strings.Join(rows, ",\n")
}

func TestLayoutsOfJSONReadTheSameCalls(t *testing.T) {
	const n = 8000 // 2.5 MB: more than the head that detection looks at
	rows := bigArray(n)
	oneLine := strings.ReplaceAll(rows, ",\n", ",")
	for name, log := range map[string]string{
		"lines":                     strings.ReplaceAll(rows, ",\n", "\n"),
		"array":                     "[" + rows + "]",
		"array on one line":         "[" + oneLine + "]",
		"wrapped":                   `{"object":"list","data":[` + rows + `],"has_more":false}`,
		"wrapped on one line":       `{"object":"list","data":[` + oneLine + `],"has_more":false}`,
		"wrapped, with more behind": `{"data":[` + rows + `],"meta":{"page":1,"tags":["]","a"]},"links":[]}`,
		"wrapped, deeper":           `{"result":{"data":[` + oneLine + `],"meta":{}},"ok":true}`,
		"wrapped pages":             `{"data":[` + strings.Replace(rows, ",\n", `],"page":1}`+"\n"+`{"data":[`, 1) + `],"page":2}`,
		"wrapped, spaced":           "{\n  \"data\" :\n [\n" + rows + "\n]\n}\n",
		"pages":                     strings.Repeat("[", 1) + rows + "]\n[]\n",
		"values in a row":           strings.ReplaceAll(rows, ",\n", " "),
		"pretty":                    "[" + strings.ReplaceAll(rows, `"usage":{`, "\n  \"usage\": {\n") + "]",
	} {
		t.Run(name, func(t *testing.T) {
			calls, report, err := readText(log, usage.Options{})
			require.NoError(t, err)
			assert.Equal(t, "openai", report.Format)
			require.Len(t, calls, n)
			assert.EqualValues(t, n, report.Rows, "what stands around the rows is none: %v", report.FirstUnreadable)
			for i := range calls {
				require.EqualValues(t, i+1, calls[i].Prompt())
			}
		})
	}
}

func TestSmallWrappersKeepWhatStandsAroundTheRows(t *testing.T) {
	log := `{"trace":{"userId":"u1","sessionId":"s1"},"observations":[
	 {"id":"a","traceId":"t","type":"GENERATION","startTime":"2025-08-28T07:32:31Z","model":"gpt-4o","usageDetails":{"input":39,"output":6,"total":45}},
	 {"id":"b","traceId":"t","type":"SPAN","usageDetails":{"input":39,"output":6,"total":45}}]}`
	calls, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, 1)
	assert.NotEmpty(t, calls[0].User)
	assert.NotEmpty(t, calls[0].Session)
	assert.EqualValues(t, 1, report.Skipped)
}

func TestLangfuseTotalsTellWhetherCachedTokensAreInside(t *testing.T) {
	row := func(total string) string {
		return `{"id":"a","traceId":"t","type":"GENERATION","model":"m","usageDetails":{"input":100,"output":10,"input_cached_tokens":40` + total + "}}\n"
	}
	calls, report, err := readText(row(`,"total":110`)+row(`,"total":150`)+row(""), usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, []int64{100, 140, 100}, []int64{calls[0].Prompt(), calls[1].Prompt(), calls[2].Prompt()})
	require.Len(t, report.Notes, 1)
	assert.EqualValues(t, 1, report.Notes[0].Rows)
	assert.Contains(t, report.Notes[0].Text, "cannot tell whether cached tokens are inside")
}

func TestASampledLogSaysSo(t *testing.T) {
	line := strings.Replace(goodLine, "{", `{"sample_rate":0.25,`, 1)
	calls, report, err := readText(line+line, usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, 4.0, calls[0].Weight)
	assert.Equal(t, 0.25, report.SampleRate)
	assert.Contains(t, fmt.Sprint(report.Notes), "sample of about 25% of the calls")
	c := cover(calls)
	assert.Equal(t, 8.0, c.Estimated)
	assert.Contains(t, c.Flags(), "sampled")
}

func TestPreviewReadsTheStartOfALog(t *testing.T) {
	lines := strings.Repeat(goodLine, 5000)
	for name, tc := range map[string]struct {
		log     string
		max     int64
		partial bool
	}{
		"whole":       {lines, 1 << 30, false},
		"cut lines":   {lines, 100_050, true},
		"cut gzip":    {pack(bigLines(5000)), 20_000, true},
		"cut array":   {"[" + bigArray(5000) + "]", 300_000, true},
		"cut wrapper": {`{"data":[` + bigArray(8000) + "]}", 2_000_000, true},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := usage.Preview(strings.NewReader(tc.log), tc.max, usage.Options{})
			require.NoError(t, err)
			assert.Equal(t, tc.partial, found.Partial)
			assert.Equal(t, "openai", found.Format)
			assert.Positive(t, found.Calls)
			assert.Zero(t, found.Unreadable, "a row that the bound cuts is no fault of the log")
			assert.Empty(t, found.FirstUnreadable)
		})
	}
	_, err := usage.Preview(strings.NewReader("name,colour\nann,blue\n"), 1000, usage.Options{})
	assert.Equal(t, usage.KindNoUsableColumn, usage.KindOf(err))
}

// bigLines are rows that do not pack well.
func bigLines(n int) string { return strings.ReplaceAll(bigArray(n), ",\n", "\n") }

func TestMetadataOfABodyNameItsClassItsSessionAndItsUser(t *testing.T) {
	body := `{"id":"chatcmpl-1","object":"chat.completion","created":1772409600,"model":"gpt-5-mini","service_tier":"priority",` +
		`"metadata":{"feature":"search","session_id":"s1","user_id":"u1"},"usage":{"prompt_tokens":100,"completion_tokens":5}}`
	for name, log := range map[string]string{"alone": body, "wrapped": `{"response":{"status_code":200,"body":` + body + `}}`} {
		calls, _, err := readText(log+"\n", usage.Options{})
		require.NoError(t, err)
		require.Len(t, calls, 1, name)
		assert.Equal(t, []any{"search", usage.Priority}, []any{calls[0].Tag, calls[0].Tier}, name)
		assert.NotEmpty(t, calls[0].Session, name)
		assert.NotEmpty(t, calls[0].User, name)
	}
}
