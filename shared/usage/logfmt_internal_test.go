package usage

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPairsOfALineBecomeAnObject(t *testing.T) {
	for line, want := range map[string]string{
		`a=1 b=2`:                                `{"a":"1","b":"2"}`,
		`  level=info msg="it is \"here\"" x=`:   `{"level":"info","msg":"it is \"here\"","x":""}`,
		`INFO call done a=1, b=two;`:             `{"a":"1","b":"two"}`,
		`usage={"in":1, "out":[2]} model=m`:      `{"usage":{"in":1, "out":[2]},"model":"m"}`,
		`a={broken b=2`:                          `{"a":"{broken","b":"2"}`,
		"a=\"x\ty\" b=\"\\x1b\"":                 `{"a":"x\u0009y","b":"\\x1b"}`,
		`url=http://h/?q=1&r=2 a.b/c-d@e=f`:      `{"url":"http://h/?q=1&r=2","a.b/c-d@e":"f"}`,
		`only=one`:                               ``,
		`prose where 1 = 2 and "a=b c=d" is one`: ``,
	} {
		got, _, err := logfmt([]byte(line), nil)
		require.NoError(t, err, line)
		assert.Equal(t, want, string(got), line)
	}
	_, at, err := logfmt([]byte("2025-06-01 10:00:00,500 INFO a=1 b=2"), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 1748772000_500000, at)
	_, _, err = logfmt([]byte(`a=1 b=2 c="cut`), nil)
	assert.ErrorIs(t, err, errUnclosed)
}

func FuzzLogfmt(f *testing.F) {
	for _, line := range []string{`a=1 b="x\"y" c={"d":[1]} INFO`, `2025-06-01 10:00:00 a= b=\ c="`, "a=\x00\xff b=\"\x1b\\q\""} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, _, err := logfmt(line, []byte("kept"))
		require.Equal(t, "kept", string(got[:4]))
		if err == nil && len(got) > 4 {
			require.NoError(t, new(walker).parse(new(scanner), got[4:], &node{}), "%q", got)
		}
	})
}
