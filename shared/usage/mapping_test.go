package usage_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func TestAMappingReadsATableOrJSON(t *testing.T) {
	inside := true
	m := &usage.Mapping{CachedInside: &inside, Fields: map[string]string{
		"time": "When", "model": "LLM", "input_tokens": "Tok In", "output_tokens": "Tok Out", "cache_read_tokens": "Of which cached"}}
	var saved usage.Mapping
	text, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &saved))

	want := "2025-01-02T03:04:05 /gpt-4o in=600 read=400 out=50"
	for name, log := range map[string]string{
		"table":   "When;LLM;Tok In;Tok Out;Of which cached\n2025-01-02 03:04:05;gpt-4o;1000;50;400\n",
		"lines":   `{"When":"2025-01-02 03:04:05","LLM":"gpt-4o","Tok In":1000,"Tok Out":50,"Of which cached":400}` + "\n",
		"wrapped": `{"page":1,"rows":[{"When":"2025-01-02 03:04:05","LLM":"gpt-4o","Tok In":"1000","Tok Out":50,"Of which cached":400}]}`,
	} {
		calls, report, err := readText(log, usage.Options{Mapping: &saved})
		require.NoError(t, err, name)
		require.Len(t, calls, 1, name)
		assert.Equal(t, want, brief(&calls[0]), name)
		assert.Equal(t, "mapped", report.Format)
	}
}

func TestAMappingMayLeadIntoNestedJSON(t *testing.T) {
	m := &usage.Mapping{Fields: map[string]string{"input_tokens": "llm/tokens/in", "tag": "labels/team"}}
	calls, _, err := readText(`{"llm":{"tokens":{"in":7,"out":3}},"labels":{"team":"search"}}`+"\n", usage.Options{Mapping: m})
	require.NoError(t, err)
	assert.Equal(t, " / in=7 tag=search", brief(&calls[0]))
}

func TestAWrongMappingIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		fields map[string]string
		want   string
	}{
		"no such field":   {map[string]string{"colour": "a", "input_tokens": "b"}, `names a field "colour"`},
		"no token counts": {map[string]string{"model": "a"}, "needs a column for input_tokens or output_tokens"},
		"one column, two": {map[string]string{"input_tokens": "a", "output_tokens": "a"}, "to both input_tokens and output_tokens"},
	} {
		_, _, err := readText("a,b\n1,2\n", usage.Options{Mapping: &usage.Mapping{Fields: tc.fields}})
		require.ErrorContains(t, err, tc.want, name)
		assert.Equal(t, usage.KindNoUsableColumn, usage.KindOf(err))
	}
}

func TestColumnsWithUsualNamesAreReadWithoutAsking(t *testing.T) {
	m, sure := usage.ProposeMapping([]string{"created_at", "Model Name", "Input Tokens", "outputTokens", "colour"})
	assert.True(t, sure)
	assert.Equal(t, map[string]string{"time": "created_at", "model": "Model Name", "input_tokens": "Input Tokens", "output_tokens": "outputTokens"}, m.Fields)
	assert.Equal(t, []string{"colour"}, m.Unmapped)

	m, sure = usage.ProposeMapping([]string{"engine_used", "req_tok_in", "resp_tok_out"})
	assert.False(t, sure)
	assert.Equal(t, map[string]string{"model": "engine_used", "input_tokens": "req_tok_in", "output_tokens": "resp_tok_out"}, m.Fields)

	m, _ = usage.ProposeMapping([]string{"name", "colour"})
	assert.Nil(t, m)
}

func TestThePriceModelNamesCallsThatNameNone(t *testing.T) {
	log := "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n"
	calls, _, err := readText(log, usage.Options{PriceModel: "gpt-4o"})
	require.NoError(t, err)
	assert.Equal(t, "gpt-4o", calls[0].Model)
	calls, _, err = readText(goodLine, usage.Options{PriceModel: "other"})
	require.NoError(t, err)
	assert.Equal(t, "gpt-4o", calls[0].Model)
}

func TestALabelFileIsToldFromALog(t *testing.T) {
	r := open(t, "formats/labels.csv", usage.Options{})
	found, err := usage.Inspect(r)
	require.NoError(t, err)
	assert.True(t, usage.IsLabels(found.Format))
	assert.Equal(t, []string{"prompt", "mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"}, found.Columns)
	assert.EqualValues(t, 2, found.Rows)
	assert.Zero(t, found.Calls)
}
