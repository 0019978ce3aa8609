package usage

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// special returns the place of the first byte from i on that ends a string or
// needs a second look: a quote, a backslash, a control character; len(text) if
// there is none. It looks at eight bytes at once (S. E. Anderson, "Bit Twiddling
// Hacks": haszero, hasless).
func special(text []byte, i int) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:])
		quote, slash := x^low*'"', x^low*'\\'
		if m := ((quote-low)&^quote | (slash-low)&^slash | (x-low*' ')&^x) & high; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return i
}

// skipString goes over the string that is next.
func (s *scanner) skipString() error {
	i := special(s.text, s.at+1)
	for i < len(s.text) {
		switch s.text[i] {
		case '"':
			s.at = i + 1
			return nil
		case '\\':
			n := escapeLen(s.text[i:])
			if n == 0 {
				return errSyntax
			}
			i = special(s.text, i+n)
		default:
			return errSyntax
		}
	}
	return errSyntax
}

// escapeLen is the length of the escape sequence that text begins with, 0 if it is broken.
func escapeLen(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	if text[1] == 'u' {
		if _, ok := hex4(text); !ok {
			return 0
		}
		return 6
	}
	if unescaped(text[1]) == 0 {
		return 0
	}
	return 2
}

func unescaped(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// hex4 reads the sequence \uXXXX that text begins with.
func hex4(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// str reads the string that is next: a part of the text where it has no escapes,
// and else appended to buf, whose new end it returns too.
func (s *scanner) str(buf []byte) (value, grown []byte, err error) {
	start := s.at + 1
	i := special(s.text, start)
	if i < len(s.text) && s.text[i] == '"' {
		s.at = i + 1
		return s.text[start:i], buf, nil
	}
	from := len(buf)
	for i < len(s.text) && s.text[i] == '\\' {
		buf = append(buf, s.text[start:i]...)
		n := escapeLen(s.text[i:])
		if n == 0 {
			return nil, buf, errSyntax
		}
		if n == 2 {
			buf = append(buf, unescaped(s.text[i+1]))
		} else {
			var r rune
			r, n = unicodeEscape(s.text[i:])
			buf = utf8.AppendRune(buf, r)
		}
		start = i + n
		i = special(s.text, start)
	}
	if i >= len(s.text) || s.text[i] != '"' {
		return nil, buf, errSyntax
	}
	buf = append(buf, s.text[start:i]...)
	s.at = i + 1
	return buf[from:], buf, nil
}

// unicodeEscape reads \uXXXX, or two of them that make a surrogate pair, and
// returns their length; half a pair is the replacement character.
func unicodeEscape(text []byte) (r rune, n int) {
	r, _ = hex4(text)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if second, ok := hex4(text[6:]); ok {
		if both := utf16.DecodeRune(r, second); both != utf8.RuneError {
			return both, 12
		}
	}
	return utf8.RuneError, 6
}
