package words_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/words"
)

func TestLineCannotSteerATerminalOrTurnLettersAround(t *testing.T) {
	for given, want := range map[string]string{
		"plain":                   "plain",
		"a\x1b[2Jb\r\nc\td":       "a [2Jb  c d",
		"\u202egpj.exe\u202c":     " gpj.exe ",
		"C1 \u009b31m and \u2028": "C1  31m and  ",
		"bad \xff\xfe bytes":      "bad \uFFFD bytes",
		"nul\x00":                 "nul ",
		"日本語 👩\u200d💻":            "日本語 👩\u200d💻",
		"tag \U000e0041\ufeff":    "tag   ",
	} {
		assert.Equal(t, want, words.Line(given), "%q", given)
	}
	assert.Equal(t, "two\n\tlines ", words.Page("two\n\tlines\x07"))
}

func TestJSONKeepsItsValue(t *testing.T) {
	for _, text := range []string{"plain", "\u202e\u009b\x7f\u2028", "\U000e0041", "日本 \U0001f600", "line\nfeed"} {
		raw, err := json.MarshalIndent(map[string]string{"v": text}, "", " ")
		require.NoError(t, err)
		safe := words.JSON(raw)
		assert.Equal(t, string(safe), words.Page(string(safe)), "nothing in it steers")
		var back map[string]string
		require.NoError(t, json.Unmarshal(safe, &back))
		assert.Equal(t, text, back["v"])
	}
}
