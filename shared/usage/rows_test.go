package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// plainRow is a row of no known format, apiRow one that holds a response body.
func plainRow(n int) string {
	return fmt.Sprintf(`{"ts":"2025-06-01T10:00:00Z","model":"gpt-4o","tokens_in":%d,"tokens_out":5}`, n)
}

func apiRow(n int) string {
	return fmt.Sprintf(`{"created":1748772000,"model":"gpt-4o","usage":{"prompt_tokens":%d,"completion_tokens":5}}`, n)
}

func TestRowsAreFoundWhereverAnExportPutsThem(t *testing.T) {
	source := func(row string) string { return `{"_index":"llm","_source":` + row + `}` }
	for name, log := range map[string]string{
		"by their ids":              `{"req_1":` + plainRow(1) + `,"req_2":` + plainRow(2) + `,"req_3":` + plainRow(3) + "}",
		"bodies by their ids":       "{\n\"req_1\": " + apiRow(1) + ",\n\"req_2\": " + apiRow(2) + ",\n\"req\\\"3\": " + apiRow(3) + "\n}\n",
		"hits of a search":          `{"took":3,"hits":{"total":{"value":3},"hits":[` + source(plainRow(1)) + "," + source(plainRow(2)) + "," + source(apiRow(3)) + `]}}`,
		"a list of any name":        `{"page":1,"my_calls":[` + plainRow(1) + "," + plainRow(2) + "," + plainRow(3) + `]}`,
		"a list in an object":       `{"result":{"items":[` + apiRow(1) + "," + apiRow(2) + "," + apiRow(3) + `]}}`,
		"lists, one a line":         `{"job":"a","turns":[` + plainRow(1) + "," + plainRow(2) + "]}\n" + `{"job":"b","turns":[` + plainRow(3) + "]}\n",
		"a list of any name, large": `{"page":1,"my_calls":[` + plainRow(1) + "," + plainRow(2) + "," + plainRow(3) + `],"note":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		if strings.Contains(name, "hits") {
			log = strings.Replace(log, source(apiRow(3)), source(plainRow(3)), 1)
		}
		calls, report, err := readText(log, usage.Options{})
		require.NoError(t, err, name)
		var prompts []int64
		for i := range calls {
			prompts = append(prompts, calls[i].Prompt())
		}
		assert.Equal(t, []int64{1, 2, 3}, prompts, name)
		assert.Zero(t, report.Unreadable, name)
	}
}

func TestRowsByTheirIdsAreReadHoweverManyThereAre(t *testing.T) {
	const n = 30_000 // more than the head that detection looks at
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%c\"req_%d\":%s", ",{"[map[bool]int{true: 1}[i == 0]], i, apiRow(i+1))
	}
	log := b.String() + "}"
	calls, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, n)
	assert.EqualValues(t, n, calls[n-1].Prompt())
	assert.Equal(t, "openai", report.Format)

	calls, report, err = readText(log[:len(log)-20], usage.Options{})
	require.NoError(t, err, "the end of the file cuts the last row off")
	assert.Len(t, calls, n-1)
	assert.EqualValues(t, 1, report.Unreadable)
}

// A row whose parts look alike is no list of rows by their ids.
func TestARowWithPartsThatLookAlikeStaysOneRow(t *testing.T) {
	log := strings.Repeat(`{"prompt":{"tokens":10,"kind":"text"},"completion":{"tokens":2,"kind":"text"}}`+"\n", 3)
	m := &usage.Mapping{Fields: map[string]string{"input_tokens": "prompt/tokens", "output_tokens": "completion/tokens"}}
	calls, _, err := readText(log, usage.Options{Mapping: m})
	require.NoError(t, err)
	require.Len(t, calls, 3)
	assert.Equal(t, " / in=10 out=2", brief(&calls[0]))
}

// The chunks of a streamed answer in one row are one call.
func TestChunksInARowAreOneCall(t *testing.T) {
	chunk := func(usage string) string {
		return `{"object":"chat.completion.chunk","model":"gpt-4o","usage":` + usage + `}`
	}
	log := `{"request":{"model":"gpt-4o"},"response":[` + chunk(`{"prompt_tokens":10,"completion_tokens":1}`) + "," + chunk(`{"prompt_tokens":10,"completion_tokens":7}`) + "]}\n"
	calls, _, err := readText(log+log, usage.Options{})
	require.NoError(t, err)
	require.Len(t, calls, 2)
	assert.EqualValues(t, 7, calls[1].Output)
}

func TestAMappingForRowsInAListIsProposedAndTakenBack(t *testing.T) {
	row := func(n int) string {
		return fmt.Sprintf(`{"_id":"a","_source":{"llm":"gpt-4o","tok_in":%d,"tok_out":5}}`, n)
	}
	log := `{"took":1,"hits":{"total":2,"hits":[` + row(1) + "," + row(2) + `]}}`
	_, _, err := readText(log, usage.Options{})
	var refused *usage.Error
	require.ErrorAs(t, err, &refused)
	require.NotNil(t, refused.Proposal)
	assert.Equal(t, "_source/tok_in", refused.Proposal.Fields["input_tokens"])
	calls, _, err := readText(log, usage.Options{Mapping: refused.Proposal})
	require.NoError(t, err)
	require.Len(t, calls, 2)
	assert.Equal(t, " /gpt-4o in=2 out=5", brief(&calls[1]))
}
