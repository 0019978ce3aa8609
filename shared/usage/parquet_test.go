package usage_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// spendRow is LiteLLM's table as a warehouse exports it.
type spendRow struct {
	RequestID string    `parquet:"request_id"`
	CallType  string    `parquet:"call_type,dict"`
	Spend     float64   `parquet:"spend"`
	Cost      int64     `parquet:"cost_decimal,decimal(6:18)"`
	Prompt    int32     `parquet:"prompt_tokens"`
	Output    *int64    `parquet:"completion_tokens,optional"`
	Start     time.Time `parquet:"startTime,timestamp(millisecond)"`
	End       time.Time `parquet:"endTime,timestamp(nanosecond)"`
	Model     string    `parquet:"model,dict"`
	Tags      []string  `parquet:"request_tags,list"`
	Metadata  string    `parquet:"metadata"`
	CacheHit  bool      `parquet:"cache_hit"`
}

func parquetLog(t testing.TB) []byte {
	start := time.Date(2025, 5, 1, 8, 0, 0, 0, time.UTC)
	ten := int64(10)
	var b bytes.Buffer
	w := parquet.NewGenericWriter[spendRow](&b, parquet.MaxRowsPerRowGroup(150))
	for i := range 400 {
		at := start.Add(time.Duration(i) * time.Second)
		_, err := w.Write([]spendRow{{RequestID: "r", CallType: "acompletion", Spend: 0.25, Prompt: 1300, Output: &ten, Start: at, End: at.Add(1500 * time.Millisecond),
			Model: "gpt-4o", Tags: []string{"a", "b"}, Metadata: `{"usage_object":{"prompt_tokens_details":{"cached_tokens":1024}}}`, CacheHit: i == 0}})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestParquetReadsLikeTheSameTableInText(t *testing.T) {
	log := parquetLog(t)
	for name, from := range map[string]io.Reader{"seekable": bytes.NewReader(log), "stream": io.MultiReader(bytes.NewReader(log)),
		"packed": strings.NewReader(pack(string(log)))} {
		t.Run(name, func(t *testing.T) {
			calls, report, err := readFrom(from, usage.Options{})
			require.NoError(t, err)
			assert.Equal(t, "litellm", report.Format)
			assert.Equal(t, "parquet", report.Container)
			require.Len(t, calls, 400)
			assert.Equal(t, "2025-05-01T08:00:00 /gpt-4o in=276 read=1024 out=10 status=3 ms=1500 cost=0.25 tag=a", brief(&calls[0]))
			assert.Equal(t, "2025-05-01T08:06:39 /gpt-4o in=276 read=1024 out=10 ms=1500 cost=0.25 tag=a", brief(&calls[399]))
		})
	}
}

func TestAParquetColumnOfAnyTypeCanBeMapped(t *testing.T) {
	m := &usage.Mapping{Fields: map[string]string{"input_tokens": "prompt_tokens", "cost": "cost_decimal", "tag": "request_tags"}}
	calls, _, err := readFrom(bytes.NewReader(parquetLog(t)), usage.Options{Mapping: m})
	require.NoError(t, err)
	require.Len(t, calls, 400)
	assert.EqualValues(t, 1300, calls[0].Input)
	assert.False(t, calls[0].HasCost, "a decimal of zero is no cost")
}

func TestPreviewOfALongParquetLogGivesItsContainer(t *testing.T) {
	found, err := usage.Preview(bytes.NewReader(parquetLog(t)), 1000, usage.Options{})
	require.NoError(t, err)
	assert.True(t, found.Partial)
	assert.Equal(t, "parquet", found.Container)
}

func TestAParquetLogPastTheBoundIsRefused(t *testing.T) {
	_, _, err := readFrom(bytes.NewReader(parquetLog(t)), usage.Options{MaxUnpacked: 1000})
	assert.Equal(t, usage.KindTooLarge, usage.KindOf(err), "%v", err)
}

func TestAFlatTableOfAnyColumnsIsReadFromParquet(t *testing.T) {
	type row struct {
		At     time.Time `parquet:"timestamp,timestamp(microsecond)"`
		Model  string    `parquet:"model,dict"`
		Input  float64   `parquet:"input_tokens"` // a data frame makes floats of counts with gaps
		Output *int32    `parquet:"output_tokens,optional"`
		Cached uint64    `parquet:"cached_tokens"`
		Extra  []byte    `parquet:"extra"`
	}
	type body struct {
		Usage struct {
			Input  int64 `parquet:"prompt_tokens"`
			Output int64 `parquet:"completion_tokens"`
		} `parquet:"usage"`
		Model string `parquet:"model"`
	}
	at, five := time.Date(2025, 5, 1, 8, 0, 0, 1000, time.UTC), int32(5)
	nested := body{Model: "gpt-4o"}
	nested.Usage.Input, nested.Usage.Output = 100, 5
	var flat, structs bytes.Buffer
	require.NoError(t, parquet.Write(&flat, []row{{At: at, Model: "m", Input: 100, Output: &five, Cached: 64}, {At: at, Model: "m", Input: 7}}))
	require.NoError(t, parquet.Write(&structs, []body{nested}))
	for name, tc := range map[string]struct {
		log  []byte
		want []string
	}{
		"columns": {flat.Bytes(), []string{"2025-05-01T08:00:00.000001 /m in=36 read=64 out=5", "2025-05-01T08:00:00.000001 /m in=7"}},
		"structs": {structs.Bytes(), []string{" openai/gpt-4o in=100 out=5"}},
	} {
		calls, _, err := readFrom(bytes.NewReader(tc.log), usage.Options{})
		require.NoError(t, err, name)
		var got []string
		for i := range calls {
			got = append(got, brief(&calls[i]))
		}
		assert.Equal(t, tc.want, got, name)
	}
}
