// Package sample holds the usage log that anybody can try Netra with: 5,321
// real LLM calls of the Aider project's public analytics (see NOTICE).
package sample

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the log
	"fmt"
	"io"
)

//go:embed aider.jsonl.gz
var packed []byte

// Name is the file name under which the sample is offered.
const Name = "aider-message_send.jsonl"

// Open reads the log, as JSON Lines.
func Open() (io.ReadCloser, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("open the sample log: %w", err)
	}
	return r, nil
}
