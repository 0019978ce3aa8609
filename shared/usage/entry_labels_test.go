package usage_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func tagsOf(t *testing.T, log string) []string {
	t.Helper()
	calls, _, err := readText(log, usage.Options{})
	require.NoError(t, err)
	var tags []string
	for i := range calls {
		tags = append(tags, calls[i].Tag)
	}
	return tags
}

// quoted is what a program wrote of a call, as a JSON string.
func quoted(tag string) string {
	body := strings.TrimSuffix(bodies()["openai"](1), "}")
	if tag != "" {
		body += fmt.Sprintf(`,"tag":%q`, tag)
	}
	text, _ := json.Marshal(body + "}")
	return string(text)
}

func TestAReportNamesTheRegionsOfTheLog(t *testing.T) {
	_, report := readAll(t, "formats/bedrock-roles.jsonl")
	assert.Equal(t, []string{"eu-central-1"}, report.Regions)
	_, report = readAll(t, "formats/openai.jsonl")
	assert.Empty(t, report.Regions)
}

func TestTheTagOfABodyComesBeforeTheServiceOfItsEntry(t *testing.T) {
	entry := `{"labels":{"job":"shop/api","app":"api","pod":"api-7f-x"},"line":%s}` + "\n"
	assert.Equal(t, []string{"search", "api"}, tagsOf(t, fmt.Sprintf(entry+entry, quoted("search"), quoted(""))))
}

func TestAnEntryWithoutAServiceHasTheOneAroundIt(t *testing.T) {
	assert.Equal(t, []string{"a", "b", "b", ""}, tagsOf(t, fmt.Sprintf(
		`{"data":{"result":[{"stream":{"app":"a"},"values":[["1748772000000000000",%[1]s]]},{"values":[["1748772000000000000",%[1]s],["1748772000000000001",%[1]s]],"stream":{"app":"b"}},`+
			`{"stream":{"user":"eve"},"values":[["1748772000000000000",%[1]s]]}]}}`, quoted(""))), "Loki")
	scope := fmt.Sprintf(`{"scope":{"name":"s"},"logRecords":[{"body":{"stringValue":%s}}]}`, quoted(""))
	resource := func(name string) string {
		return fmt.Sprintf(`{"resource":{"attributes":[{"value":{"stringValue":%q},"key":"service.name"}]},"scopeLogs":[%s,%s]}`, name, scope, scope)
	}
	assert.Equal(t, []string{"a", "a", "", ""}, tagsOf(t, `{"resourceLogs":[`+resource("a")+","+resource("eve@example.com")+`]}`), "OpenTelemetry")
}

// A document that is read from its innermost array has what stands in front of it only.
func TestServicesAreReadInDocumentsTooLongForTheHead(t *testing.T) {
	const half = 4000 // about 1 MB each
	entry := `["1748772000000000000",` + quoted("") + `]`
	values := strings.TrimSuffix(strings.Repeat(entry+",", half), ",")
	tags := tagsOf(t, `{"data":{"resultType":"streams","result":[{"stream":{"app":"a"},"values":[`+values+`]},{"stream":{"app":"b"},"values":[`+values+`]},{"stream":{},"values":[`+entry+`]}]}}`)
	require.Len(t, tags, 2*half+1)
	for i, tag := range tags {
		want := []string{"a", "b", ""}[i/half]
		require.Equal(t, want, tag, i)
	}
	record := `{"body":{"stringValue":` + quoted("") + `}}`
	records := strings.TrimSuffix(strings.Repeat(record+",", 2*half), ",")
	tags = tagsOf(t, `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeLogs":[{"logRecords":[`+records+`]},{"logRecords":[`+record+`]}]}]}`)
	require.Len(t, tags, 2*half+1)
	assert.Equal(t, []string{"a", "a"}, []string{tags[0], tags[2*half]})
}
