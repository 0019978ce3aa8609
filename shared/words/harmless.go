package words

import (
	"strconv"
	"strings"
	"unicode"
)

// Line makes one line of a text: what could steer a terminal or turn the order
// of the letters around (control and format characters, line and paragraph
// separators) becomes a blank, and what is not UTF-8 the replacement character.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// Page does the same to a whole text, but keeps its line ends and tabs.
func Page(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && steers(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// steers reports whether a character is no letter but an order to whoever shows
// the text. The joiner inside an emoji or a word of Persian or Hindi is none.
func steers(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != joiner && r != nonJoiner ||
		unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// JSON writes the characters of a JSON text that steer as escapes: the value
// stays the same to every parser.
func JSON(text []byte) []byte {
	var out strings.Builder
	for _, r := range string(text) {
		switch {
		case r == '\n' || !steers(r):
			out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			escape(&out, 0xd800+r>>10)
			escape(&out, 0xdc00+r&0x3ff)
		default:
			escape(&out, r)
		}
	}
	return []byte(out.String())
}

func escape(out *strings.Builder, r rune) {
	hex := strconv.FormatInt(int64(r), 16)
	out.WriteString(`\u` + strings.Repeat("0", 4-len(hex)) + hex)
}
