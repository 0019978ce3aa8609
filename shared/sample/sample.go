// Package sample holds real public usage logs: one that anybody can try Netra
// with, and one that shows what caches give. NOTICE names where they come from.
package sample

import (
	"bytes"
	_ "embed" // the logs
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Log is a public log.
type Log struct {
	// Name is the file name under which it is offered.
	Name string
	// About says what it is, to follow "a" or "the".
	About string
	// Lacks is what another sample shows and this one cannot, a sentence or "".
	Lacks string
	// PriceModel prices a log that names no model, "" for one that does.
	PriceModel string
	packed     []byte
}

//go:embed aider.jsonl.zst
var aider []byte

//go:embed mooncake-conversation.jsonl.zst
var mooncake []byte

// Coding is what a user without a log of their own can try: 5,321 calls of a
// coding assistant with models, tokens and costs, and no prompts.
func Coding() Log {
	return Log{Name: "aider-message_send.jsonl", About: "real log of Aider, a coding assistant",
		Lacks: "It tells no prompts, so no cache can be replayed on it: --sample chat has such a log.", packed: aider}
}

// Chat is a chat service's hour with the hashes of its prompts, 12,031 requests,
// for showing what caches give. It names no model, so one is named for it.
func Chat() Log {
	return Log{Name: "mooncake-conversation.jsonl", About: "real hour of a chat service (Mooncake's trace), priced as claude-sonnet-4-5",
		PriceModel: "anthropic/claude-sonnet-4-5", packed: mooncake}
}

// Named returns a sample by its short name, coding or chat.
func Named(name string) (Log, error) {
	switch name {
	case "coding":
		return Coding(), nil
	case "chat":
		return Chat(), nil
	}
	return Log{}, fmt.Errorf("no sample %q: there are coding and chat", name)
}

// Open reads the log as JSON Lines.
func (l Log) Open() (io.ReadCloser, error) {
	r, err := zstd.NewReader(bytes.NewReader(l.packed), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("open the sample log %s: %w", l.Name, err)
	}
	return r.IOReadCloser(), nil
}
