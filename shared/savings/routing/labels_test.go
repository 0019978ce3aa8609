package routing

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// table makes a label file of n rows under a header.
func table(header string, n int, row string) string {
	return header + "\n" + strings.Repeat(row+"\n", n)
}

func readOne(name, text string, columns Columns) (*Labels, error) {
	return Read([]Source{{Name: name, Reader: strings.NewReader(text)}}, columns)
}

var models = Columns{Strong: "big", Weak: "small"}

func TestReadScores(t *testing.T) {
	cases := map[string]struct {
		row          string
		strong, weak float64
		binary       bool
	}{
		"true and false": {"p,True,False", 1, 0, true},
		"yes and no":     {"p,yes,no", 1, 0, true},
		"ones and zeros": {"p,1,0", 1, 0, true},
		"scores":         {"p,0.75,0.5", 0.75, 0.5, false},
		"wide scores":    {"p, 9 ,-2", 9, -2, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			labels, err := readOne("x.csv", table("prompt,big,small", minRows, c.row), models)
			require.NoError(t, err)
			require.Len(t, labels.Rows, minRows)
			assert.Equal(t, c.strong, labels.Rows[0].Strong)
			assert.Equal(t, c.weak, labels.Rows[0].Weak)
			assert.Equal(t, c.binary, labels.Binary)
			assert.Equal(t, "x", labels.Rows[0].Tag)
		})
	}
}

func TestTheTagIsAColumnOrTheFileName(t *testing.T) {
	for _, header := range []string{"prompt,big,small,tag", "Question,BIG,Small,Subject", "\ufeffprompt,big,small,category"} {
		labels, err := readOne("dir/file.csv", table(header, minRows, "p,1,0,law"), models)
		require.NoError(t, err, header)
		assert.Equal(t, "law", labels.Rows[0].Tag, header)
	}
	one := Source{Name: "dir/anatomy.csv", Reader: strings.NewReader(table("prompt,big,small", minRows, "p,1,0"))}
	two := Source{Name: "dir/physics.csv", Reader: strings.NewReader(table("small,big,prompt", 1, "0,1,p"))}
	labels, err := Read([]Source{one, two}, models)
	require.NoError(t, err)
	assert.Equal(t, 2, labels.Tags())
	assert.Equal(t, "physics", labels.Rows[minRows].Tag)
}

func TestBadLabelFilesSayWhatToChange(t *testing.T) {
	full := table("prompt,big,small", minRows, "p,1,0")
	cases := map[string]struct {
		text    string
		columns Columns
		want    string
	}{
		"empty":                {"", models, "empty"},
		"no such column":       {full, Columns{Strong: "huge", Weak: "small"}, `no column "huge"; the file has prompt, big, small`},
		"no prompt column":     {table("words,big,small", minRows, "p,1,0"), models, "--prompt"},
		"named prompt missing": {full, Columns{Strong: "big", Weak: "small", Prompt: "words"}, `no column "words"`},
		"named tag missing":    {full, Columns{Strong: "big", Weak: "small", Tag: "team"}, `no column "team"`},
		"same column twice":    {full, Columns{Strong: "big", Weak: "big"}, "two different columns"},
		"no column named":      {full, Columns{}, "two different columns"},
		"too few rows":         {table("prompt,big,small", 3, "p,1,0"), models, "3 rows; at least 40"},
		"not a score":          {full + "p,maybe,0\n", models, `line 42: column "big": "maybe" is neither`},
		"empty score":          {full + "p,1,\n", models, `line 42: column "small"`},
		"not a number":         {full + "p,NaN,0\n", models, "NaN"},
		"short row":            {full + "p,1\n", models, "line 42"},
		"open quote":           {full + "\"p,1,0\n", models, "line 42"},
		"outside the scale":    {table("prompt,big,small", minRows, "p,7,3"), Columns{Strong: "big", Weak: "small", Lowest: 1, Highest: 5}, "outside the given scale 1 to 5"},
		"scale upside down":    {full, Columns{Strong: "big", Weak: "small", Lowest: 5, Highest: 1}, "upside down"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := readOne("x.csv", c.text, c.columns)
			require.ErrorIs(t, err, ErrLabels)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestRowsWithTimesAreSorted(t *testing.T) {
	late := table("prompt,big,small,time", minRows, "p,1,0,2026-01-02T00:00:00Z")
	labels, err := readOne("x.csv", late+"first,0,1,2026-01-01T00:00:00Z\n", models)
	require.NoError(t, err)
	assert.True(t, labels.Ordered)
	assert.Zero(t, labels.Rows[0].Strong)

	labels, err = readOne("x.csv", late+"first,0,1,\n", models)
	require.NoError(t, err)
	assert.False(t, labels.Ordered, "one row without a time leaves the order unknown")
}

func TestDroppedPromptsAreCountedAndLeftOut(t *testing.T) {
	columns := models
	columns.Drop = func(prompt string) bool { return prompt == "seen in training" }
	text := table("prompt,big,small", minRows, "p,1,0") + "seen in training,1,0\n"
	labels, err := readOne("x.csv", text, columns)
	require.NoError(t, err)
	assert.Len(t, labels.Rows, minRows)
	assert.Equal(t, 1, labels.Dropped)
}

func TestPromptsAreReducedToNumbers(t *testing.T) {
	f := newCounter().extract("What is 12 + 34?")
	assert.Equal(t, f, newCounter().extract("what IS 77 + 5?").withShape(f.shape), "case and digits do not matter to words")
	assert.NotEqual(t, f.grams, newCounter().extract("What was it?").grams)
	var norm float64
	for _, g := range f.grams {
		norm += float64(g.value) * float64(g.value)
	}
	assert.InDelta(t, 1, norm, 1e-6)
	assert.Empty(t, newCounter().extract("").grams)
	assert.LessOrEqual(t, len(newCounter().extract(strings.Repeat("a b c ", 1<<20)).grams), 2*maxWords)
}

func (f Features) withShape(shape [shapes]float64) Features {
	f.shape = shape
	return f
}
