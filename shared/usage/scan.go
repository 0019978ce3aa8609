package usage

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) in one pass over a text, without building
// anything. Strings need not be valid UTF-8: a log may quote what a user pasted.
// After an error a scanner is of no more use.
type scanner struct {
	text  []byte
	at    int
	depth int
}

// maxJSONDepth bounds how deep arrays and objects may nest.
const maxJSONDepth = 10_000

var errSyntax = errors.New("JSON is broken")

func scan(text []byte) *scanner { return &scanner{text: text} }

func (s *scanner) reset(text []byte) { *s = scanner{text: text} }

// peek goes to the next token and returns its first byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		c := s.text[s.at]
		if c > ' ' || !isSpace(c) {
			return c
		}
		s.at++
	}
	return 0
}

// startsValue says whether a JSON value may begin with c.
func startsValue(c byte) bool {
	switch c {
	case '{', '[', '"', '-', 't', 'f', 'n':
		return true
	}
	return c >= '0' && c <= '9'
}

// expect goes over the byte c, which must come next, white space aside.
func (s *scanner) expect(c byte) error {
	if s.peek() != c || s.at == len(s.text) {
		return errSyntax
	}
	s.at++
	return nil
}

// open goes into an array or object, whose first byte is next.
func (s *scanner) open() error {
	s.at++
	if s.depth++; s.depth > maxJSONDepth {
		return errSyntax
	}
	return nil
}

// more says whether a member follows in the array or object that end closes, and
// goes to it, or past the end. first is true right after open.
func (s *scanner) more(first bool, end byte) (bool, error) {
	c := s.peek()
	switch {
	case c == end:
		s.at++
		s.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.at++
		return true, nil
	}
	return false, errSyntax
}

// key reads the name of an object's member and its colon, up to the value, which
// must be there. The name holds as long as the text, or until buf is used again.
func (s *scanner) key(buf []byte) ([]byte, error) {
	if s.peek() != '"' {
		return nil, errSyntax
	}
	name, _, err := s.str(buf)
	if err != nil {
		return nil, err
	}
	if err := s.expect(':'); err != nil {
		return nil, err
	}
	if s.peek() == 0 {
		return nil, errSyntax
	}
	return name, nil
}

// each calls f at every element of the array that is next.
func (s *scanner) each(f func() error) error {
	if err := s.open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, ']')
		if err != nil || !more {
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
}

// members calls f at the value of every member of the object that is next. The
// name holds until f returns, and must not be kept.
func (s *scanner) members(f func(name []byte) error) error {
	if err := s.open(); err != nil {
		return err
	}
	var buf [64]byte
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return err
		}
		name, err := s.key(buf[:0])
		if err != nil {
			return err
		}
		if err := f(name); err != nil {
			return err
		}
	}
}

// raw goes over the next value and returns its text.
func (s *scanner) raw() ([]byte, error) {
	s.peek()
	start := s.at
	err := s.skip()
	return s.text[start:s.at], err
}

// skip goes over the next value.
func (s *scanner) skip() error {
	switch c := s.peek(); c {
	case '"':
		return s.skipString()
	case '{':
		return s.skipObject()
	case '[':
		return s.skipArray()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) skipObject() error {
	if err := s.open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return err
		}
		if s.peek() != '"' {
			return errSyntax
		}
		if err := s.skipString(); err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}

func (s *scanner) skipArray() error {
	if err := s.open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, ']')
		if err != nil || !more {
			return err
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}

func (s *scanner) word(w string) error {
	if len(s.text)-s.at < len(w) || string(s.text[s.at:s.at+len(w)]) != w {
		return errSyntax
	}
	s.at += len(w)
	return nil
}

// number goes over a number.
func (s *scanner) number() error {
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	zero := s.at < len(s.text) && s.text[s.at] == '0'
	n := s.digits()
	if n == 0 || zero && n > 1 {
		return errSyntax
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return errSyntax
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			return errSyntax
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for s.at < len(s.text) && s.text[s.at]-'0' <= 9 {
		s.at++
		n++
	}
	return n
}

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
