package usage

import (
	"bytes"
	"errors"
)

// Lines of key=value pairs, parted by blanks, as logfmt has them
// (https://brandur.org/logfmt, github.com/kr/logfmt).

var errUnclosed = errors.New("a quoted value does not end: the line was cut off")

// minPairs is how many pairs tell a line of logfmt from prose.
const minPairs = 2

// logfmt appends the pairs of a line as a JSON object to b, and returns it with
// the time among the words in front of the first pair, 0 if there is none. Words that are no
// pair say nothing. Fewer than two pairs are no logfmt: then nothing is appended.
func logfmt(line, b []byte) (json []byte, at int64, err error) {
	pairs, start := 0, len(b)
	b = append(b, '{')
	for rest := bytes.TrimSpace(line); len(rest) > 0; rest = bytes.TrimLeft(rest, " \t") {
		key, value, more := word(rest)
		if key == nil {
			rest = more
			continue
		}
		if pairs == 0 {
			at = stampIn(line[:len(line)-len(rest)])
		} else {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		if b, rest, err = appendValue(b, value); err != nil {
			break
		}
		pairs++
	}
	if pairs < minPairs {
		return b[:start], 0, nil
	}
	return append(b, '}'), at, err
}

// word goes over one word. If it begins a pair, value is the text from the pair's value on.
func word(text []byte) (key, value, rest []byte) {
	for i, c := range text {
		switch {
		case c == '=' && i > 0:
			return text[:i], text[i+1:], nil
		case c == ' ' || c == '\t':
			return nil, nil, text[i:]
		case !isKeyByte(c):
			return nil, nil, nextBlank(text)
		}
	}
	return nil, nil, nil
}

func isKeyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '/' || c == '@'
}

func nextBlank(text []byte) []byte {
	if i := bytes.IndexAny(text, " \t"); i >= 0 {
		return text[i:]
	}
	return nil
}

// appendValue appends the value that text begins with: a quoted text, JSON, or a word.
func appendValue(b, text []byte) (out, rest []byte, err error) {
	switch {
	case len(text) > 0 && text[0] == '"':
		n := closing(text)
		if n < 0 {
			return b, nil, errUnclosed
		}
		if s := scan(text[:n+1]); s.skipString() == nil {
			return append(b, text[:n+1]...), text[n+1:], nil
		}
		return appendString(b, text[1:n]), text[n+1:], nil // escapes that JSON has not
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		if s := scan(text); s.skip() == nil {
			return append(b, text[:s.at]...), text[s.at:], nil
		}
	}
	rest = nextBlank(text)
	return appendString(b, bytes.TrimRight(text[:len(text)-len(rest)], ",;")), rest, nil
}

// closing returns the place of the quote that ends the text, -1 if there is none.
func closing(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
