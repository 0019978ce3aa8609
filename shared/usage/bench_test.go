package usage_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netra/shared/sample"
	"netra/shared/usage"
)

// BenchmarkRead measures the readers of the formats that large logs come in;
// rows/s is the figure to compare.
func BenchmarkRead(b *testing.B) {
	for _, log := range []struct {
		name string
		text []byte
	}{
		{"aider", readSample(b, sample.Coding())},
		{"azure-trace", unpackFile(b, "azure/conv.csv.gz")},
		{"mooncake", readSample(b, sample.Chat())},
		{"openai", repeatFile(b, "openai.jsonl", 5000)},
		{"litellm", repeatFile(b, "litellm.jsonl", 5000)},
		{"litellm-csv", repeatRows(b, "litellm.csv", 20000)},
		{"helicone-csv", repeatRows(b, "helicone.csv", 5000)},
		{"claude-code", repeatFile(b, "claude-code.jsonl", 5000)},
		{"otel", repeatFile(b, "otel.jsonl", 5000)},
		{"openai-with-prompts", repeatFile(b, "openai-with-requests.jsonl", 500)},
		{"parquet", parquetLog(b)},
		{"log-store", storedLog(20000)},
	} {
		b.Run(log.name, func(b *testing.B) { benchmarkRead(b, log.text) })
	}
}

func benchmarkRead(b *testing.B, text []byte) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	batch := make([]usage.Call, 1024)
	var rows int64
	for b.Loop() {
		r, err := usage.Open(bytes.NewReader(text), usage.Options{})
		require.NoError(b, err)
		for {
			_, err := r.Read(batch)
			if err == io.EOF {
				break
			}
			require.NoError(b, err)
		}
		rows += r.Report().Rows
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func readSample(b *testing.B, l sample.Log) []byte {
	log, err := l.Open()
	require.NoError(b, err)
	text, err := io.ReadAll(log)
	require.NoError(b, err)
	return text
}

func unpackFile(b *testing.B, name string) []byte {
	f, err := os.Open(filepath.Join("testdata", name))
	require.NoError(b, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(b, err)
	text, err := io.ReadAll(z)
	require.NoError(b, err)
	return text
}

func repeatFile(b *testing.B, name string, times int) []byte {
	text, err := os.ReadFile(filepath.Join("testdata", "formats", name))
	require.NoError(b, err)
	var out bytes.Buffer
	for i := range times { // ids of their own, so that nothing merges
		fmt.Fprint(&out, strings.NewReplacer("msg-", fmt.Sprintf("msg-%d-", i), `"spanId":"`, fmt.Sprintf(`"spanId":"%d`, i)).Replace(string(text)))
	}
	return out.Bytes()
}

func repeatRows(b *testing.B, name string, times int) []byte {
	text, err := os.ReadFile(filepath.Join("testdata", "formats", name))
	require.NoError(b, err)
	header, rows, _ := bytes.Cut(text, []byte("\n"))
	return append(append(bytes.Clone(header), '\n'), bytes.Repeat(rows, times)...)
}

// storedLog is what a log store keeps of n calls: the lines of a program, with labels.
func storedLog(n int) []byte {
	var out bytes.Buffer
	for i := range n {
		fmt.Fprintf(&out, `{"labels":{"app":"checkout","namespace":"shop"},"line":%q,"timestamp":"2025-06-01T10:00:00Z"}`+"\n", bodies()["openai"](i))
	}
	return out.Bytes()
}
