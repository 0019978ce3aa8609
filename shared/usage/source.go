package usage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"syscall"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A packed log that unpacks to over bombBytes at over bombRatio to one is taken
// for a bomb: usage logs pack at 5 to 50 to one.
const (
	bombBytes = 1 << 30
	bombRatio = 250
)

// zstdWindow bounds the memory of unpacking zstd.
const zstdWindow = 64 << 20

// unpacked is a log's bytes, unpacked and bounded.
type unpacked struct {
	*bufio.Reader
	packing string
	close   func()
}

var (
	gzipMagic    = []byte{0x1f, 0x8b}
	zstdMagic    = []byte{0x28, 0xb5, 0x2f, 0xfd}
	parquetMagic = []byte("PAR1")
	byteOrder    = []byte{0xef, 0xbb, 0xbf}
)

// unpack tells gzip and zstd by their first bytes and unpacks them within the bound.
func unpack(r io.Reader, opts Options) (*unpacked, error) {
	counted := &counter{r: r}
	packed := bufio.NewReaderSize(counted, 256<<10)
	magic, err := packed.Peek(4)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return nil, refuse(KindUnknownFormat, "this is a folder; name one log in it, or join logs of one kind: cat FOLDER/*.jsonl > all.jsonl")
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("read the log: %w", err)
	}
	var inner io.Reader
	u := &unpacked{close: func() {}}
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		u.packing = "gzip"
		inner, err = gzip.NewReader(packed)
	case bytes.Equal(magic, zipMagic):
		u.Reader = packed
		return u, u.openZip(r, opts)
	case bytes.Equal(magic, zstdMagic):
		u.packing = "zstd"
		var d *zstd.Decoder
		d, err = zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err == nil {
			inner, u.close = d, d.Close
		}
	default:
		u.Reader = packed
		return u, nil
	}
	if err != nil {
		return nil, damaged(u.packing, err)
	}
	u.Reader = bufio.NewReaderSize(&bounded{r: inner, packing: u.packing, limit: opts.MaxUnpacked, packed: counted, cut: opts.cut}, 256<<10)
	return u, nil
}

func damaged(packing string, err error) error {
	e := refuse(KindDamaged, "the %s data is damaged or ends early; pack or copy the file again", packing)
	e.Err = err
	return e
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// bounded reads unpacked data until it is more than the bound allows.
type bounded struct {
	r       io.Reader
	packing string
	limit   int64
	packed  *counter
	cut     func() bool
	n       int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.limit:
		return 0, refuse(KindTooLarge, "the log unpacks to more than %s; split it or send a shorter span", bytesText(b.limit))
	case b.n > bombBytes && b.n/bombRatio > b.packed.n:
		return 0, refuse(KindTooLarge, "%s of %s unpack to more than %s, which no usage log does; send the log unpacked",
			bytesText(b.packed.n), b.packing, bytesText(b.n))
	case err != nil && err != io.EOF && b.cut != nil && b.cut():
		return n, io.EOF
	case KindOf(err) != "": // a part of an archive
		return n, err
	case err != nil && err != io.EOF:
		return n, damaged(b.packing, err)
	}
	return n, err
}

func bytesText(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for n >= 10<<10 && i < len(units)-1 {
		n >>= 10
		i++
	}
	return fmt.Sprintf("%d %s", n, units[i])
}

// head returns the start of the text without consuming it, after dropping a byte
// order mark and making UTF-8 of UTF-16; whole says whether that is all of it. It
// refuses empty and binary files.
func (u *unpacked) head() (start []byte, whole bool, err error) {
	if mark, _ := u.Peek(len(byteOrder)); bytes.Equal(mark, byteOrder) {
		_, _ = u.Discard(len(byteOrder)) // just peeked at
	}
	if mark, _ := u.Peek(2); bytes.Equal(mark, []byte{0xff, 0xfe}) || bytes.Equal(mark, []byte{0xfe, 0xff}) {
		_, _ = u.Discard(2)
		u.Reader = bufio.NewReader(&utf16Reader{r: u.Reader, big: mark[0] == 0xfe})
	}
	u.Reader = bufio.NewReaderSize(u.Reader, headBytes)
	start, err = u.Peek(headBytes)
	switch {
	case err == nil:
	case err == io.EOF:
		whole = true
	case KindOf(err) != "" && !errors.Is(err, bufio.ErrBufferFull):
		return nil, false, err
	default:
		return nil, false, fmt.Errorf("read the log: %w", err)
	}
	if bytes.HasPrefix(start, parquetMagic) {
		return start, whole, nil
	}
	if len(bytes.TrimSpace(start)) == 0 {
		return nil, false, refuse(KindEmpty, "the log is empty; export it again and check the time range")
	}
	return start, whole, checkText(start)
}

// checkText refuses what is not text in UTF-8. Some bytes out of place are let
// pass: a log may quote what a user pasted.
func checkText(head []byte) error {
	if hint := knownBinary(head); hint != "" {
		return refuse(KindBinary, "the log is %s; %s", hint, textAdvice)
	}
	odd := 0
	for i := 0; i < len(head); {
		r, size := utf8.DecodeRune(head[i:])
		if r == 0 {
			return refuse(KindBinary, "the log is a binary file; %s", textAdvice)
		}
		if (r == utf8.RuneError && size == 1) || (r < ' ' && r != '\n' && r != '\r' && r != '\t') {
			odd++
		}
		i += size
	}
	if odd*10 > len(head) {
		return refuse(KindBinary, "the log is a binary file; %s", textAdvice)
	}
	return nil
}

const textAdvice = "send JSON Lines, JSON, CSV or Parquet, packed with gzip, zstd or zip if you like"

// knownBinary names kinds of files that users send by mistake.
func knownBinary(head []byte) string {
	for _, k := range []struct{ magic, what string }{
		{"PK\x03\x04", "packed twice"},
		{"%PDF-", "a PDF"},
		{"SQLite format 3", "an SQLite database"},
		{"Obj\x01", "an Avro file"},
		{"ORC", "an ORC file"},
		{"\x1f\x8b", "packed twice"},
		{"\x28\xb5\x2f\xfd", "packed twice"},
		{"BZh", "packed with bzip2"},
		{"\xfd7zXZ", "packed with xz"},
		{"7z\xbc\xaf", "a 7z archive"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive"
	}
	return ""
}
