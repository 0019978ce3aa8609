package intelligence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// checked reads a log and compares its SHA-256 with the one that the user gave.
type checked struct {
	r    io.Reader
	want string
	sum  hash.Hash
}

func newChecked(r io.Reader, want string) *checked {
	c := &checked{r: r, want: want}
	if want != "" {
		c.sum = sha256.New()
	}
	return c
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	return n, err
}

// damagedError is a log that is not the one its user announced.
type damagedError struct{}

func (damagedError) Error() string { return "the log's SHA-256 is not the announced one" }
func (damagedError) UserMessage() string {
	return "the log was damaged in the upload: its SHA-256 is not the one announced"
}

// verify reads what the reader left and compares.
func (c *checked) verify() error {
	if c.sum == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the log's end: %w", err)
	}
	if hex.EncodeToString(c.sum.Sum(nil)) != c.want {
		return damagedError{}
	}
	return nil
}
