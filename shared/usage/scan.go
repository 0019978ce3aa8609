package usage

import "errors"

// scanner reads JSON (RFC 8259) in one pass over a text, without building
// anything. It lets NaN and Infinity pass, which Python writes. Strings need not be valid UTF-8: a log may quote what a user pasted.
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
	case '{', '[', '"', '-', 't', 'f', 'n', 'N', 'I':
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
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return err
		}
		name, err := s.key(nil) // few names have escapes
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
	case 'N':
		return s.word("NaN")
	case 'I':
		return s.word("Infinity")
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
		if s.at++; s.at < len(s.text) && s.text[s.at] == 'I' {
			return s.word("Infinity")
		}
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

func isDigit(c byte) bool { return c-'0' <= 9 }

func (s *scanner) digits() (n int) {
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
		n++
	}
	return n
}
