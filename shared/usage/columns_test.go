package usage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func refusedColumns(t *testing.T, log string) *usage.Error {
	t.Helper()
	_, _, err := readText(log, usage.Options{})
	var refused *usage.Error
	require.True(t, errors.As(err, &refused), "%v", err)
	return refused
}

func TestAProposalTellsTheKindOfEachColumnAndNoValue(t *testing.T) {
	want := []usage.Column{{Name: "When", Kind: "time"}, {Name: "LLM", Kind: "text"}, {Name: "Tok In", Kind: "number"}, {Name: "Tok Out", Kind: "number"},
		{Name: "Cached", Kind: "boolean"}, {Name: "Note"}, {Name: "Ref", Kind: "text"}}
	for name, log := range map[string]string{
		"table": "When;LLM;Tok In;Tok Out;Cached;Note;Ref\n2025-01-02 03:04:05;gpt-4o;1.000;50;true;;7\n2025-01-02 03:04:06;gpt-4o;12;5,5;false;;a secret\n",
		"lines": `{"When":"2025-01-02T03:04:05Z","LLM":"gpt-4o","Tok In":1000,"Tok Out":"50","Cached":true,"Note":null,"Ref":7}` + "\n" +
			`{"When":"2025-01-02T03:04:06Z","LLM":"gpt-4o","Tok In":12,"Tok Out":"5","Cached":false,"Note":null,"Ref":"a secret"}` + "\n",
	} {
		refused := refusedColumns(t, log)
		assert.Equal(t, usage.KindUnknownFormat, refused.Kind, name)
		assert.Equal(t, want, refused.Columns, name)
		assert.NotContains(t, fmt.Sprint(refused.Columns), "secret")
	}
}

func TestALogWithoutAGuessStillNamesItsColumns(t *testing.T) {
	refused := refusedColumns(t, "day,engine,asked,got\n2025-01-02,gpt-4o,10,20\n")
	assert.Equal(t, usage.KindNoUsableColumn, refused.Kind)
	assert.Nil(t, refused.Proposal)
	assert.Equal(t, []usage.Column{{Name: "day", Kind: "time"}, {Name: "engine", Kind: "text"}, {Name: "asked", Kind: "number"}, {Name: "got", Kind: "number"}}, refused.Columns)
}

func TestAReportThatNoMappingCanReadNamesNoColumns(t *testing.T) {
	assert.Empty(t, refusedColumns(t, "start_time,line_item,amount,units\n2025-01-02,gpt-4o,10,5\n").Columns)
}

func TestColumnsAreBounded(t *testing.T) {
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("column", i)
	}
	assert.Len(t, refusedColumns(t, strings.Join(names, ",")+"\n"+strings.Repeat("1,", 999)+"1\n").Columns, 300)
}

func TestMappingsThatReadALogAlikeAreEqual(t *testing.T) {
	yes, also, no := true, true, false
	in := func(inside *bool, column string) *usage.Mapping {
		return &usage.Mapping{Fields: map[string]string{"input_tokens": column}, CachedInside: inside, Unmapped: []string{column}}
	}
	assert.True(t, in(&yes, "a").Equal(in(&also, "a")))
	assert.True(t, in(nil, "a").Equal(in(nil, "a")))
	assert.False(t, in(&yes, "a").Equal(in(&no, "a")))
	assert.False(t, in(&yes, "a").Equal(in(nil, "a")))
	assert.False(t, in(nil, "a").Equal(in(nil, "b")))
	assert.False(t, in(nil, "a").Equal(nil))
	assert.True(t, (*usage.Mapping)(nil).Equal(nil))
}
