package usage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/usage"
)

// brief writes a call on one line, naming only what it carries, so that a table
// of expectations can be read.
func brief(c *usage.Call) string {
	var b strings.Builder
	if c.Time > 0 {
		b.WriteString(time.UnixMicro(c.Time).UTC().Format("2006-01-02T15:04:05.999999"))
	}
	fmt.Fprintf(&b, " %s/%s", c.Provider, c.Model)
	for _, p := range []struct {
		name string
		n    int64
	}{
		{"in", c.Input}, {"read", c.CacheRead}, {"w5m", c.CacheWrite5m}, {"w1h", c.CacheWrite1h}, {"out", c.Output},
		{"think", c.Reasoning}, {"audio", c.AudioInput}, {"spoken", c.AudioOutput}, {"web", c.WebSearches}, {"blocks", int64(len(c.Blocks))},
	} {
		if p.n != 0 {
			fmt.Fprintf(&b, " %s=%d", p.name, p.n)
		}
	}
	for _, p := range []struct {
		name string
		text any
		on   bool
	}{
		{"asked", c.RequestedModel, c.RequestedModel != ""}, {"tier", c.Tier, c.Tier != ""}, {"status", c.Status, c.Status != usage.OK},
		{"ms", c.LatencyMS, c.LatencyMS >= 0}, {"ttft", c.TTFTMS, c.TTFTMS >= 0}, {"cost", c.ReportedCost, c.HasCost},
		{"tag", c.Tag, c.Tag != ""}, {"n", c.Count, c.Count != 1}, {"weight", c.Weight, c.Weight != 1},
	} {
		if p.on {
			fmt.Fprintf(&b, " %s=%v", p.name, p.text)
		}
	}
	return b.String()
}

func TestEveryFormatIsToldAndRead(t *testing.T) {
	for _, tc := range []struct {
		file, format string
		rows         int64
		want         []string
	}{
		{"anthropic.jsonl", "anthropic", 2, []string{
			" anthropic/claude-3-5-sonnet-20240620 in=4 w5m=1163 out=187",
			" anthropic/claude-3-5-sonnet-20240620 in=4 read=1163 out=202",
		}},
		{"anthropic-stream.txt", "anthropic-stream", 0, []string{
			" anthropic/claude-3-5-sonnet-20240620 in=4 w5m=1165 out=201",
			" anthropic/claude-3-5-sonnet-20240620 in=4 read=1165 out=221",
		}},
		{"anthropic-usage.json", "anthropic-usage", 2, []string{
			"2025-08-01T00:00:00 anthropic/claude-opus-4-20250514 in=1500 read=200 w5m=500 w1h=1000 out=500 web=10 tag=wrkspc_1",
			"2025-08-01T00:00:00 anthropic/claude-sonnet-4-5 in=80 out=9 tier=batch",
		}},
		{"azure-apim.csv", "azure-apim", 3, []string{
			"2025-08-01T10:00:00.123 azure/gpt-4o in=1200 out=300 tag=chat-prod",
			"2025-08-01T10:00:00.456 azure/gpt-4o in=90 out=10 tag=chat-prod",
		}},
		{"bedrock.json", "bedrock", 1, []string{"2025-03-11T00:38:02 aws/amazon.nova-lite-v1:0 in=4 out=38 blocks=1 ms=302"}},
		{"bedrock-converse.jsonl", "bedrock-converse", 2, []string{" aws/ in=22 w5m=2492 out=13", " aws/ in=2 w5m=1322 out=5"}},
		{"claude-code.jsonl", "claude-code", 3, []string{
			"2026-01-09T10:00:00 anthropic/claude-sonnet-4-20250514 in=100 read=10 w5m=25 out=50 cost=0.12",
			"2026-01-09T12:30:00 anthropic/claude-opus-4-20250514 in=200 read=20 w5m=50 out=75 cost=0.34",
			"2026-01-10T09:15:00 anthropic/claude-sonnet-4-20250514 in=300 read=40 out=125 cost=0.56",
		}},
		{"claude-code-session.jsonl", "claude-code", 12, []string{
			"2025-06-14T10:00:30 anthropic/claude-3-sonnet-20240229 in=25 out=120 tag=tmp",
			"2025-06-14T10:01:30 anthropic/claude-3-sonnet-20240229 in=45 out=85 tag=tmp",
			"2025-06-14T10:02:00 anthropic/claude-3-sonnet-20240229 in=78 out=95 tag=tmp",
			"2025-06-14T10:03:00 anthropic/claude-3-sonnet-20240229 in=25 out=35 tag=tmp",
			"2025-06-14T10:03:30 anthropic/claude-3-sonnet-20240229 in=45 out=110 tag=tmp",
		}},
		{"codex.jsonl", "codex", 3, []string{
			"2026-05-13T09:01:00 openai/gpt-5.2-codex in=750 read=250 out=125 think=75",
			"2026-05-14T10:00:00 openai/gpt-5.3-codex in=2000 read=500 out=300 think=200",
		}},
		{"columns.tsv", "columns", 2, []string{
			"2025-01-02T03:04:05 /gpt-4o in=600 read=400 out=50 ms=812.5 cost=0.0025",
			"2025-01-02T03:05:05 /gpt-4o in=1200 out=70 ms=900 cost=0.004",
		}},
		{"gemini.jsonl", "gemini", 3, []string{
			" google/gemini-2.5-flash in=154 read=191 out=168 think=98",
			" google/gemini-2.5-pro in=136 out=414 think=213",
			" google/gemini-2.0-flash in=11 out=32",
		}},
		{"helicone.csv", "helicone", 4, []string{
			"2025-03-01T10:00:00 openai/gpt-4o-2024-08-06 in=276 read=1024 out=100 blocks=1 asked=gpt-4o ms=1000 ttft=200 cost=0.003 tag=chat",
			"2025-03-01T10:00:05 anthropic/claude-3-5-sonnet-20241022 in=10 read=1500 w5m=500 out=60 asked=claude-3-5-sonnet-latest ms=2000 cost=0.0045",
			"2025-03-01T10:00:09 openai/gpt-4o asked=gpt-4o status=1 ms=0",
			"2025-03-01T10:00:10 openai/gpt-4o-2024-08-06 in=276 read=1024 out=100 asked=gpt-4o ms=1000 cost=0.003",
		}},
		{"langfuse-agents.json", "langfuse", 5, []string{
			"2025-09-30T09:04:01.001 /gpt-4.1-2025-04-14 in=85 out=29 blocks=1 ms=1150 cost=0.000402 tag=response",
			"2025-09-30T09:03:59.963 /gpt-4.1-2025-04-14 in=55 out=15 blocks=1 ms=1036 cost=0.00023 tag=response",
		}},
		{"langfuse-langgraph.json", "langfuse", 9, []string{
			"2025-08-22T09:38:56.232 /gpt-4o-2024-08-06 in=60 out=15 blocks=1 ms=848 cost=7.5e-05 tag=ChatOpenAI",
			"2025-08-22T09:38:57.089 /gpt-4o-2024-08-06 in=108 out=51 blocks=1 ms=1743 cost=0.000159 tag=ChatOpenAI",
		}},
		{"langfuse-vertex.json", "langfuse", 1, []string{
			"2025-08-01T12:31:01.518 /gemini-2.5-flash in=5 out=845 blocks=1 ms=10722 cost=0.00085 tag=generate_content",
		}},
		{"litellm.csv", "litellm", 1, []string{
			"2025-05-01T08:00:00 openai/gpt-4o-2024-08-06 in=276 read=1024 out=100 asked=gpt-4o ms=2500 ttft=400 cost=0.00155 tag=summaries",
		}},
		{"litellm.jsonl", "litellm", 3, []string{
			"2025-05-01T08:00:00 openai/gpt-4o-2024-08-06 in=276 read=1024 out=100 asked=gpt-4o ms=2500 ttft=400 cost=0.00155 tag=summaries",
			"2025-05-01T08:01:00 openai/gpt-4o-2024-08-06 in=1300 out=100 asked=gpt-4o status=3 ms=10 ttft=10 cost=0 tag=t1",
			"2025-05-01T08:02:00 aws/claude-sonnet-4-5 asked=claude status=1 ms=30000",
		}},
		{"mistral.jsonl", "openai", 1, []string{" /mistral-large-latest in=70 out=12"}},
		{"openai.jsonl", "openai", 4, []string{
			"2025-04-18T15:37:01 openai/gpt-4o-mini-2024-07-18 in=1149 out=315",
			"2025-04-18T15:37:06 openai/gpt-4o-mini-2024-07-18 in=125 read=1024 out=353",
			"2026-03-31T13:26:33 openai/gpt-4o-mini-2024-07-18 in=1149 out=297",
			"2026-03-31T13:26:39 openai/gpt-4o-mini-2024-07-18 in=1149 out=339",
		}},
		{"openai-batch.jsonl", "openai-batch", 2, []string{
			"2025-04-18T15:37:01 openai/gpt-4o-2024-08-06 in=92 read=1408 out=40 tier=batch",
			" / tier=batch status=1",
		}},
		{"openai-responses.jsonl", "openai", 2, []string{
			"2025-09-30T09:04:01 openai/gpt-5-2025-08-07 in=1076 read=1024 out=500 think=320 tier=flex",
			"2025-09-30T09:05:01 openai/gpt-5.6 in=440 read=1024 w5m=1536 out=10 tier=priority",
		}},
		{"openai-usage.json", "openai-usage", 3, []string{
			"2024-11-01T00:00:00 openai/gpt-4o-mini-2024-07-18 in=60000 read=40000 out=5000 tag=proj_a n=50",
			"2024-11-01T00:00:00 openai/gpt-4o in=7300 out=920 audio=300 spoken=20 tier=batch tag=proj_b n=5",
			"2024-11-03T00:00:00 openai/gpt-4o-mini-2024-07-18 in=1000 out=100 tier=flex tag=proj_a",
		}},
		{"openrouter.jsonl", "openrouter", 3, []string{
			" openrouter/openai/gpt-4o-mini in=900 out=69 cost=0.0160614",
			" openrouter/openai/gpt-5-mini-2025-08-07 in=37 out=92 think=64 cost=0.00019325",
			" openrouter/openai/gpt-4o-mini in=900 out=69 cost=0.0160614",
		}},
		{"openrouter-activity.csv", "openrouter", 1, []string{
			"2025-09-01T10:00:00 openrouter/anthropic/claude-4.5-sonnet-20250929 in=372 read=128 out=60 think=20 ms=2100 ttft=700 cost=0.00123 tag=my-app",
		}},
		{"otel.jsonl", "otel", 4, []string{
			"2025-08-12T12:00:00 openai/gpt-4o-2024-08-06 in=276 read=1024 out=80 asked=gpt-4o ms=1500 tag=support-bot",
			"2025-08-12T12:00:02 openai/gpt-4o in=200 out=20 asked=gpt-4o status=1 ms=1000 tag=support-bot",
		}},
		{"otel-old.jsonl", "otel", 1, []string{"2024-06-01T12:00:00 anthropic/claude-3-opus-20240229 in=17 out=49 asked=claude-3-opus-20240229 ms=2000"}},
		{"vertex.jsonl", "vertex", 2, []string{
			"2025-07-01T09:30:00.25 google/gemini-2.5-flash in=144 read=256 out=80 think=30 blocks=1 weight=10",
			"2025-07-01T09:31:00 google/gemini-2.5-flash in=400 out=60 blocks=1 weight=10",
		}},
		{"vertex-labels.jsonl", "vertex", 3, []string{
			"2025-07-01T09:30:00 google/gemini-2.5-flash in=400 out=50 blocks=1 tag=ticket-triage",
			"2025-07-01T09:31:00 google/gemini-2.5-flash in=144 read=256 out=80 think=20 tag=search",
			"2025-07-01T09:32:00 google/gemini-2.5-flash in=300 out=9 tag=4242",
		}},
		{"gemini-stream.json", "gemini", 3, []string{
			" google/gemini-2.5-flash in=20 read=100 out=42 think=12",
		}},
		{"gemini-stream.txt", "gemini", 4, []string{
			" google/gemini-2.5-flash in=120 out=42 think=12",
			" google/gemini-2.5-flash in=50 out=2",
		}},
		{"gemini-logged.jsonl", "gemini", 2, []string{
			"2025-07-01T09:30:00 google/gemini-2.5-flash in=80 out=40 tag=search",
			"2025-07-01T09:31:00 google/gemini-2.5-flash in=70 out=7 tag=api",
		}},
		{"bedrock-roles.jsonl", "bedrock", 4, []string{
			"2025-05-01T10:00:00 aws/eu.anthropic.claude-sonnet-4-5-20250929-v1:0 in=100 out=20 tag=invoice-reader",
			"2025-05-01T10:01:00 aws/eu.anthropic.claude-sonnet-4-5-20250929-v1:0 in=110 out=20 tag=extract",
			"2025-05-01T10:02:00 aws/eu.anthropic.claude-sonnet-4-5-20250929-v1:0 in=120 out=20",
			"2025-05-01T10:03:00 aws/eu.anthropic.claude-sonnet-4-5-20250929-v1:0 in=130 out=20 tag=batch-summaries",
		}},
		{"azure-deployments.jsonl", "openai", 2, []string{
			"2025-08-01T10:00:00 openai/gpt-4o-2024-08-06 in=100 out=10 tag=chat-prod",
			"2025-08-01T10:01:00 openai/gpt-4o-2024-08-06 in=200 out=20 tag=search-prod",
		}},
		{"azure-gateway.jsonl", "azure-apim", 1, []string{
			"2025-08-01T10:00:00 azure/gpt-4o in=1200 out=300 tag=chat-prod",
		}},
		{"openai-usage-keys.csv", "openai-usage", 3, []string{
			"2024-11-01T00:00:00 openai/gpt-4o-mini-2024-07-18 in=60000 read=40000 out=5000 tag=checkout n=50",
			"2024-11-01T00:00:00 openai/gpt-4o-2024-08-06 in=7300 out=920 tier=batch tag=nightly-job n=5",
			"2024-11-01T00:00:00 openai/gpt-4o-2024-08-06 in=7300 out=920 tier=batch tag=key_3 n=5",
		}},
	} {
		t.Run(tc.file, func(t *testing.T) {
			calls, report := readAll(t, "formats/"+tc.file)
			var got []string
			for i := range calls {
				got = append(got, brief(&calls[i]))
			}
			assert.Equal(t, tc.format, report.Format)
			assert.Equal(t, tc.want, got)
			if tc.rows > 0 {
				assert.Equal(t, tc.rows, report.Rows)
			}
			assert.Zero(t, report.Unreadable)
			assert.Equal(t, report.Rows, report.Calls+report.Skipped+report.Merged+report.Unreadable)
		})
	}
}
