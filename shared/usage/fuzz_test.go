package usage_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// fuzzOptions keep a fuzzed log small.
func fuzzOptions() usage.Options { return usage.Options{MaxUnpacked: 4 << 20, MaxRecord: 1 << 16} }

// seed adds the files of testdata that match, as they are and cut in half.
func seed(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", "formats", pattern))
		require.NoError(f, err)
		require.NotEmpty(f, names, pattern)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(f, err)
			text = text[:min(len(text), 20_000)]
			f.Add(text)
			f.Add(text[:len(text)/2])
		}
	}
}

// readFuzzed reads a log of any bytes and checks what must hold of every call.
func readFuzzed(t *testing.T, log []byte) {
	r, err := usage.Open(bytes.NewReader(log), fuzzOptions())
	if err != nil {
		assert.NotEmpty(t, usage.KindOf(err), "%v", err)
		return
	}
	defer r.Close()
	batch := make([]usage.Call, 16)
	for {
		n, err := r.Read(batch)
		for i := range batch[:n] {
			checkCall(t, &batch[i])
		}
		if err != nil {
			checkEnd(t, r, err)
			return
		}
	}
}

func checkCall(t *testing.T, c *usage.Call) {
	for _, n := range []int64{c.Input, c.CacheRead, c.CacheWrite5m, c.CacheWrite1h, c.Output, c.Reasoning, c.AudioInput, c.AudioOutput, c.WebSearches, c.Count} {
		require.GreaterOrEqual(t, n, int64(0))
	}
	require.LessOrEqual(t, c.AudioInput, c.Input)
	require.LessOrEqual(t, c.AudioOutput, c.Output)
	require.LessOrEqual(t, c.Reasoning, c.Output)
	require.GreaterOrEqual(t, c.Weight, 1.0)
	require.GreaterOrEqual(t, c.ReportedCost, 0.0)
	require.Positive(t, c.Line)
	require.LessOrEqual(t, len(c.Model), 200)
	require.True(t, len(c.User) == 0 || len(c.User) == 16)
}

func checkEnd(t *testing.T, r *usage.Reader, err error) {
	if err != io.EOF {
		assert.NotEmpty(t, usage.KindOf(err), "%v", err)
		return
	}
	rep := r.Report()
	assert.Equal(t, rep.Rows, rep.Calls+rep.Skipped+rep.Merged+rep.Unreadable)
}

func FuzzAnything(f *testing.F) {
	seed(f, "*")
	for _, v := range variants() {
		f.Add([]byte(v.log))
		f.Add([]byte(wide(v.log, binary.LittleEndian)))
	}
	for _, log := range cloudWatchLogs() {
		f.Add([]byte(log))
	}
	f.Add([]byte("Usage of May\n\n" + strings.ReplaceAll("model,prompt_tokens,completion_tokens\na,1,2\n", "\n", "\r\n")))
	f.Add([]byte("model,prompt_tokens,completion_tokens\ra,1,2\r"))
	f.Add([]byte(wide("model,prompt_tokens,completion_tokens,tag\na,1,2,\U0001f600\n", binary.BigEndian)))
	f.Add([]byte(`{"event":"message_send","properties":{"main_model":"gpt-4o","prompt_tokens":5,"completion_tokens":2,"cost":0.01},"user_id":"u","time":1746093600}` + "\n"))
	f.Add([]byte(`{"timestamp":27482,"input_length":6955,"output_length":52,"hash_ids":[46,47,48]}` + "\n"))
	f.Add([]byte("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n"))
	f.Fuzz(func(t *testing.T, log []byte) { readFuzzed(t, log) })
}

func FuzzLogStores(f *testing.F) {
	for _, body := range bodies() {
		for _, log := range stores(body) {
			f.Add([]byte(log))
			f.Add([]byte(log[:len(log)*2/3]))
		}
	}
	f.Fuzz(func(t *testing.T, log []byte) { readFuzzed(t, log) })
}

func FuzzJSONLines(f *testing.F) {
	seed(f, "*.jsonl")
	f.Fuzz(func(t *testing.T, line []byte) {
		readFuzzed(t, append([]byte(goodLine+goodLine), append(bytes.ReplaceAll(line, []byte("\n"), nil), '\n')...))
	})
}

func FuzzDocument(f *testing.F) {
	seed(f, "*.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		readFuzzed(t, append([]byte("["+goodLine+","), body...))
	})
}

func FuzzTable(f *testing.F) {
	seed(f, "*.csv", "*.tsv")
	f.Fuzz(func(t *testing.T, log []byte) { readFuzzed(t, log) })
}

func FuzzTableRows(f *testing.F) {
	seed(f, "helicone.csv", "litellm.csv")
	header := "request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,metadata,request_tags\n"
	f.Fuzz(func(t *testing.T, rows []byte) { readFuzzed(t, append([]byte(header), rows...)) })
}

func FuzzEvents(f *testing.F) {
	seed(f, "anthropic-stream.txt")
	f.Fuzz(func(t *testing.T, log []byte) { readFuzzed(t, append([]byte("event: x\n"), log...)) })
}

func FuzzSpans(f *testing.F) {
	seed(f, "otel*.jsonl")
	head := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"b","attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"1"}}]}]}]}]}` + "\n"
	f.Fuzz(func(t *testing.T, log []byte) { readFuzzed(t, append([]byte(head), log...)) })
}

func FuzzPacked(f *testing.F) {
	for _, text := range []string{goodLine, "model,prompt_tokens,completion_tokens\na,1,2\n"} {
		f.Add([]byte(pack(text)))
		f.Add([]byte("\x28\xb5\x2f\xfd" + text))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		readFuzzed(t, append([]byte{0x1f, 0x8b}, log...))
		readFuzzed(t, append([]byte{0x28, 0xb5, 0x2f, 0xfd}, log...))
		readFuzzed(t, log)
	})
}

func FuzzParquet(f *testing.F) {
	f.Add(parquetLog(f))
	f.Fuzz(func(t *testing.T, log []byte) { readFuzzed(t, log) })
}
