package usage

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// agrees checks the scanner against encoding/json: what is valid, and what a
// string says.
func agrees(t *testing.T, text []byte) {
	s := scan(text)
	valid := s.skip() == nil && s.peek() == 0 && s.at == len(text)
	if bytes.Contains(text, []byte("NaN")) || bytes.Contains(text, []byte("Infinity")) {
		return // which the library refuses
	}
	require.Equal(t, json.Valid(text), valid, "%q", text)
	if !valid || scan(text).peek() != '"' {
		return
	}
	var want string
	require.NoError(t, json.Unmarshal(text, &want))
	s = scan(text)
	s.peek()
	got, _, err := s.str(nil)
	require.NoError(t, err)
	assert.Equal(t, want, string([]rune(string(got))), "%q", text) // each byte that is no UTF-8 is replaced
}

func jsonTexts() []string {
	return []string{
		`null`, ` true `, `false`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e`, `1e+`, `2.5e-3x`, `nul`, `tru e`,
		`""`, `"a`, `"a\"b"`, `"\u00e9\ud83d\ude00"`, `"\ud83d x"`, `"\ud83d\u0041"`, `"\ude00"`, `"\u12g4"`, `"\x"`, `"\`, "\"tab\there\"", "\"\x7f\"",
		`"exactly 8"`, `"longer than eight bytes, with \\ inside"`, `{}`, `{ }`, `{"a":1}`, `{"a" : [1, 2 ,{"b":null}] }`, `{"a":}`, `{"a"}`, `{,}`, `{"a":1,}`,
		`{a:1}`, `[]`, `[1,]`, `[,1]`, `[1 2]`, `[[[]]]`, `[`, `]`, `{"a":1}}`, `1 2`, ``, ` `,
	}
}

func TestTheScannerAgreesWithTheStandardLibrary(t *testing.T) {
	for _, text := range jsonTexts() {
		agrees(t, []byte(text))
	}
}

func TestNestingHasABound(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	assert.NoError(t, scan(deep(maxJSONDepth)).skip())
	assert.Error(t, scan(deep(maxJSONDepth+1)).skip())
}

func FuzzScanner(f *testing.F) {
	for _, text := range jsonTexts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < maxJSONDepth {
			agrees(t, text)
		}
	})
}

// FuzzWrapped cuts a document into the elements of a wrapped array, as is done
// where the first line is longer than what is looked at to tell the format.
func FuzzWrapped(f *testing.F) {
	f.Add([]byte(`{"meta":{"data":1},"data" : [{"a":1},{"b":[2]}, 3],"more":{}}`))
	f.Add([]byte(`{"data":[{"a":"]}"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d := document{r: newBuffered(text), max: 1 << 16, wrapper: "data"}
		for range len(text) + 2 {
			var broken *unreadableError
			if _, err := d.next(); err != nil && !errors.As(err, &broken) {
				require.ErrorIs(t, err, io.EOF)
				return
			}
		}
		require.Fail(t, "there are more records than bytes")
	})
}
