package usage

import (
	"bufio"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader makes UTF-8 of UTF-16, as spreadsheets and PowerShell write it.
type utf16Reader struct {
	r    *bufio.Reader
	big  bool
	high rune // the first half of a pair, 0 if none waits
	out  []byte
	buf  [4096]byte
	err  error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if len(u.out) == 0 {
		u.out = u.buf[:0]
		for u.err == nil && len(u.out)+2*utf8.UTFMax <= len(u.buf) {
			u.next()
		}
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	if n == 0 && len(p) > 0 {
		return 0, u.err
	}
	return n, nil
}

// next reads one unit. A half pair is the replacement character; half a unit at
// the end is dropped.
func (u *utf16Reader) next() {
	unit, err := u.r.Peek(2)
	if err != nil {
		u.err = err
		if u.high != 0 {
			u.out = utf8.AppendRune(u.out, utf8.RuneError)
		}
		return
	}
	c := rune(unit[0]) | rune(unit[1])<<8
	if u.big {
		c = rune(unit[0])<<8 | rune(unit[1])
	}
	_, _ = u.r.Discard(2) // just peeked at
	if u.high != 0 {
		both := utf16.DecodeRune(u.high, c)
		u.high = 0
		u.out = utf8.AppendRune(u.out, both)
		if both != utf8.RuneError || utf16.IsSurrogate(c) {
			return
		}
	}
	if c >= 0xd800 && c < 0xdc00 {
		u.high = c
		return
	}
	u.out = utf8.AppendRune(u.out, c)
}

// carriage makes line feeds of carriage returns, for tables that have no others.
type carriage struct{ r io.Reader }

func (c carriage) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}
