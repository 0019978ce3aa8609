package usage_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// storedCalls is how many calls the logs of stores() hold.
const storedCalls = 4

func storedAt(n int) time.Time { return time.Date(2025, 6, 1, 10, n, 0, 0, time.UTC) }

// bodies are what programs write of call n, without its time.
func bodies() map[string]func(n int) string {
	return map[string]func(n int) string{
		"openai": func(n int) string {
			return fmt.Sprintf(`{"model":"gpt-4o","usage":{"prompt_tokens":%d,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":64}}}`, 100+n)
		},
		"columns": func(n int) string {
			return fmt.Sprintf(`{"level":"info","msg":"a=1 b=2","model":"gpt-4o","prompt_tokens":%d,"completion_tokens":5,"cached_tokens":64}`, 100+n)
		},
		"logfmt": func(n int) string {
			return fmt.Sprintf(`level=info msg="call \"done\"" model=gpt-4o prompt_tokens=%d completion_tokens=5 cached_tokens=64`, 100+n)
		},
		"dotted logfmt": func(n int) string {
			return fmt.Sprintf(`INFO model=gpt-4o usage.prompt_tokens=%d usage.completion_tokens=5 usage.prompt_tokens_details.cached_tokens=64`, 100+n)
		},
		"logfmt with JSON": func(n int) string {
			return fmt.Sprintf(`model=gpt-4o usage={"prompt_tokens":%d, "completion_tokens":5, "prompt_tokens_details":{"cached_tokens":64}}`, 100+n)
		},
		"OpenTelemetry, flat": func(n int) string {
			return fmt.Sprintf(`{"gen_ai.request.model":"gpt-4o","gen_ai.usage.cache_read.input_tokens":64,"gen_ai.usage.input_tokens":%d,"gen_ai.usage.output_tokens":5}`, 100+n)
		},
		"OpenTelemetry, nested": func(n int) string {
			return fmt.Sprintf(`{"gen_ai":{"request":{"model":"gpt-4o"},"usage":{"cache_read":{"input_tokens":64},"input_tokens":%d,"output_tokens":5}}}`, 100+n)
		},
	}
}

// entriesOf joins what write says of each call.
func entriesOf(between string, write func(n int) string) string {
	parts := make([]string, storedCalls)
	for n := range parts {
		parts[n] = write(n)
	}
	return strings.Join(parts, between)
}

// stores are the exports of log stores that hold the body of each call.
func stores(body func(n int) string) map[string]string {
	stamp := func(n int) string { return storedAt(n).Format(time.RFC3339Nano) }
	text := func(n int) string { b, _ := json.Marshal(body(n)); return string(b) }
	list := func(between, format string) string {
		return entriesOf(between, func(n int) string {
			return strings.NewReplacer("STAMP", stamp(n), "NANO", fmt.Sprint(storedAt(n).UnixNano()), "MILLI", fmt.Sprint(storedAt(n).UnixMilli()),
				"TEXT", text(n), "CELL", strings.ReplaceAll(body(n), `"`, `""`), "RAW", body(n)).Replace(format)
		})
	}
	logs := map[string]string{
		"Loki, API":                `{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"llm"},"values":[` + list(",", `["NANO",TEXT]`) + `]}],"stats":{"ingester":{}}}}`,
		"Loki, with metadata":      `{"data":{"result":[{"stream":{},"values":[` + list(",\n", `["NANO",TEXT,{"trace":"x"}]`) + "]}]}}\n",
		"Loki, logcli":             list("\n", `{"labels":{"app":"llm"},"line":TEXT,"timestamp":"STAMP"}`) + "\n",
		"Grafana":                  "[" + list(",\n", `{"line":TEXT,"timestamp":"NANO","date":"STAMP","fields":{"app":"llm"}}`) + "]",
		"CloudWatch, events":       `{"events":[` + list(",\n", `{"logStreamName":"s","timestamp":MILLI,"message":TEXT,"eventId":"1"}`) + `],"searchedLogStreams":[]}`,
		"CloudWatch, subscription": list("\n", `{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1","timestamp":MILLI,"message":TEXT}]}`) + "\n",
		"CloudWatch, Insights":     `{"results":[` + list(",\n", `[{"field":"@timestamp","value":"STAMP"},{"field":"@message","value":TEXT},{"field":"@ptr","value":"p"}]`) + `],"status":"Complete"}`,
		"CloudWatch, Insights CSV": "@timestamp,@message\n" + list("\n", `STAMP,"CELL"`) + "\n",
		"Cloud Logging, text":      "[" + list(",\n", `{"insertId":"1","textPayload":TEXT,"timestamp":"STAMP","resource":{"type":"k8s_container","labels":{"project_id":"p","container_name":"llm"}}}`) + "]",
		"Datadog, API":             `{"data":[` + list(",", `{"id":"1","type":"log","attributes":{"timestamp":"STAMP","service":"llm","message":TEXT,"tags":["a:b"]}}`) + `],"meta":{"page":{"after":"x"}}}`,
		"Datadog, CSV":             "Date,Host,Service,Message\n" + list("\n", `STAMP,h,llm,"CELL"`) + "\n",
		"Elasticsearch":            `{"took":3,"hits":{"total":{"value":4},"hits":[` + list(",", `{"_index":"llm","_source":{"@timestamp":"STAMP","service":{"name":"llm"},"container":{"name":"c"},"message":TEXT}}`) + `]}}`,
		"Splunk":                   list("\n", `{"preview":false,"offset":0,"result":{"_raw":TEXT,"_time":"STAMP"}}`) + "\n",
		"OpenTelemetry, logs": `{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}},{"key":"service.name","value":{"stringValue":"llm"}}]},"scopeLogs":[{"logRecords":[` +
			list(",", `{"timeUnixNano":"NANO","severityText":"INFO","body":{"stringValue":TEXT}}`) + `]}]}]}` + "\n",
		"Docker":             list("\n", `{"log":TEXT,"stream":"stdout","time":"STAMP"}`) + "\n",
		"the program's file": list("\n", "STAMP RAW") + "\n",
	}
	if strings.HasPrefix(body(0), "{") {
		logs["Cloud Logging, JSON"] = "[" + list(",\n", `{"insertId":"1","jsonPayload":RAW,"timestamp":"STAMP","resource":{"labels":{"service_name":"llm"}}}`) + "]"
		logs["Cloud Logging, JSON in JSON"] = list("\n", `{"jsonPayload":{"message":TEXT,"pid":7},"labels":{"app":"llm"},"timestamp":"STAMP"}`) + "\n"
		logs["Datadog, attributes"] = `{"data":[` + list(",", `{"id":"1","attributes":{"timestamp":"STAMP","message":"done","service":"llm","attributes":RAW}}`) + `]}`
		logs["Elasticsearch, fields"] = `{"hits":{"hits":[` + list(",", `{"sort":["STAMP"],"_source":{"@timestamp":"STAMP","kubernetes":{"container_name":"llm"},"message":RAW}}`) + `]}}`
	}
	return logs
}

// serviceIn is the tag that calls of a store have by the label of what wrote them.
func serviceIn(store string) string {
	switch store {
	case "Loki, with metadata", "CloudWatch, events", "CloudWatch, subscription", "CloudWatch, Insights", "CloudWatch, Insights CSV", "Splunk", "Docker", "the program's file":
		return ""
	}
	return " tag=llm"
}

func TestBodiesAreReadWhateverLogStoreTheyLieIn(t *testing.T) {
	for kind, body := range bodies() {
		for store, log := range stores(body) {
			calls, report, err := readText(log, usage.Options{})
			require.NoError(t, err, "%s in %s", kind, store)
			var got []string
			for i := range calls {
				calls[i].Provider = "" // only some of the bodies tell it
				got = append(got, brief(&calls[i]))
			}
			want := strings.Split(entriesOf("\n", func(n int) string {
				return fmt.Sprintf("%s /gpt-4o in=%d read=64 out=5", storedAt(n).Format("2006-01-02T15:04:05"), 36+n)
			}), "\n")
			for i := range want {
				if strings.HasPrefix(kind, "OpenTelemetry") {
					want[i] += " asked=gpt-4o"
				}
				want[i] += serviceIn(store)
			}
			assert.Equal(t, want, got, "%s in %s", kind, store)
			assert.Zero(t, report.Unreadable, "%s in %s", kind, store)
		}
	}
}

// A log store keeps everything that a program writes.
func TestEntriesThatTellOfNoCallAreCountedAsSuch(t *testing.T) {
	body := bodies()["openai"]
	var b strings.Builder
	for n := range 60 {
		noise := []string{"GET /health 200", `{"level":"debug","msg":"tick"}`, "took a=1 b=2", "{python: 'dict'}"}[n%4]
		text, _ := json.Marshal([]string{body(n), noise}[n%2])
		fmt.Fprintf(&b, `{"timestamp":"2025-06-01T10:00:%02dZ","textPayload":%s}`+"\n", n, text)
	}
	failed := `{"timestamp":"2025-06-01T10:01:00Z","jsonPayload":{"model":"gpt-4o","status":"error","error":{"message":"overloaded"}}}` + "\n"
	calls, report, err := readText(b.String(), usage.Options{})
	require.NoError(t, err)
	assert.Len(t, calls, 30)
	assert.EqualValues(t, 30, report.Skipped)
	assert.Zero(t, report.Unreadable)

	calls, _, err = readText(strings.ReplaceAll(b.String(), "textPayload", "message")+strings.Replace(failed, "jsonPayload", "message", 1), usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, 31)
	assert.Equal(t, usage.Failed, calls[30].Status)
}

func TestBodiesThatAStoreCutOffAreCountedWithTheirLine(t *testing.T) {
	for kind, want := range map[string]string{"openai": "not valid JSON", "logfmt": "a quoted value does not end: the line was cut off"} {
		var b strings.Builder
		for n := range 40 {
			body := bodies()[kind](n)
			if n == 20 {
				body = strings.TrimSuffix(body, "}}") + ` note="cu`
			}
			text, _ := json.Marshal(body)
			fmt.Fprintf(&b, `{"log":%s,"time":"2025-06-01T10:00:%02dZ"}`+"\n", text, n)
		}
		calls, report, err := readText(b.String(), usage.Options{})
		require.NoError(t, err, kind)
		assert.Len(t, calls, 39, kind)
		assert.Equal(t, []usage.Unreadable{{Line: 21, Reason: want}}, report.FirstUnreadable, kind)
	}
}

func TestAMappingForBodiesIsProposedAndTakenBack(t *testing.T) {
	for name, log := range stores(func(n int) string { return fmt.Sprintf("llm=gpt-4o tok_in=%d tok_out=5", 100+n) }) {
		_, _, err := readText(log, usage.Options{})
		var refused *usage.Error
		require.ErrorAs(t, err, &refused, name)
		require.NotNil(t, refused.Proposal, name)
		assert.Equal(t, "tok_in", refused.Proposal.Fields["input_tokens"], name)
		calls, _, err := readText(log, usage.Options{Mapping: refused.Proposal})
		require.NoError(t, err, name)
		require.Len(t, calls, storedCalls, name)
		assert.Equal(t, "2025-06-01T10:03:00 /gpt-4o in=103 out=5"+serviceIn(name), brief(&calls[3]), name)
	}
}

// What users write into a cell is no log of theirs.
func TestATableWithPairsInItsCellsStaysATable(t *testing.T) {
	log := "When,LLM,Tok In,Tok Out,Note\n" + strings.Repeat("2025-01-02 03:04:05,gpt-4o,1000,50,tried input=3 output=5 here\n", 3)
	_, _, err := readText(log, usage.Options{})
	var refused *usage.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "Tok In", refused.Proposal.Fields["input_tokens"])
	calls, _, err := readText(log, usage.Options{Mapping: refused.Proposal})
	require.NoError(t, err)
	require.Len(t, calls, 3)
	assert.EqualValues(t, 1000, calls[0].Prompt())
}

// pages yields a document whose entries go on until there are n, then its end.
type pages struct {
	start, end string
	entry      func(n int) string
	n, made    int
	rest       string
}

func (p *pages) Read(b []byte) (int, error) {
	for p.rest == "" {
		switch {
		case p.made == 0:
			p.rest = p.start + p.entry(0)
		case p.made < p.n:
			p.rest = "," + p.entry(p.made)
		case p.made == p.n:
			p.rest = p.end
		default:
			return 0, io.EOF
		}
		p.made++
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func TestADocumentOfALogStoreIsStreamed(t *testing.T) {
	const n = 300_000 // about 60 MB on one line
	text := func(i int) string { b, _ := json.Marshal(bodies()["openai"](i)); return string(b) }
	for name, p := range map[string]*pages{
		"Loki, two streams": {start: `{"data":{"result":[{"stream":{"values":"x"},"values":[`, end: `]}]}}`, entry: func(i int) string {
			if i == n/2 {
				return `["1748772000000000000","x"]]},{"stream":{"app":"b"},"values":[["1748772000000000000",` + text(i) + `]`
			}
			return `["1748772000000000000",` + text(i) + `]`
		}},
		"Elasticsearch": {start: `{"hits":{"total":1,"hits":[`, end: `]}}`, entry: func(i int) string { return `{"_source":{"message":` + text(i) + `}}` }},
		"Datadog":       {start: `{"data":[`, end: `],"meta":{"a":[1]}}`, entry: func(i int) string { return `{"attributes":{"message":` + text(i) + `}}` }},
	} {
		p.n = n
		var rows, prompts int64
		grown := peak(func() {
			r, err := usage.Open(p, usage.Options{})
			require.NoError(t, err, name)
			found, err := usage.Inspect(r)
			require.NoError(t, err, name)
			rows, prompts = found.Calls, found.InputTokens
			assert.Zero(t, found.Unreadable, name)
		})
		assert.EqualValues(t, n, rows, name)
		assert.EqualValues(t, n*100+n*(n-1)/2, prompts, name)
		assert.Less(t, grown, uint64(60<<20), name)
	}
}
