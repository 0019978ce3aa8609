// Package llm lets a language model speak, but not count. A Model is one small
// interface with two adapters (gemini, compat); around it are a circuit breaker,
// a fallback to smaller models, budgets of time and tokens, structured output,
// tool calling through the stage's dispatcher, and Ground, which lets no figure
// pass that a tool of this run did not return.
//
// Netra works in full without a model: everything here has a template to fall
// back on and never fails a run.
//
//	writer := llm.NewWriter(model, llm.DefaultLimits(), time.Now) // model may be nil
//	text := writer.Explain(ctx, llm.Task{Instruction: "...", Data: analysis, Template: sentences}, dispatcher.Results())
package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"netra/shared/tools"
)

// Model answers one request. Its errors are of the kinds below; every other
// error is taken as ErrUnavailable would be.
type Model interface {
	Generate(ctx context.Context, request Request) (Response, error)
}

// Request is everything that a model gets to see.
type Request struct {
	// System says what to do; Messages are the conversation so far.
	System   string
	Messages []Message
	// Tools may be called by the model; empty for none.
	Tools []tools.Named
	// Schema asks for JSON of this form; nil for text.
	Schema *jsonschema.Schema
	// MaxOutput bounds the answer in tokens; 0 leaves it to the model.
	MaxOutput int
}

// Role says who speaks in a message.
type Role string

// The roles. A Tool message answers the calls of the Assistant message before it.
const (
	User      Role = "user"
	Assistant Role = "assistant"
	Tool      Role = "tool"
)

// Message is one turn of a conversation.
type Message struct {
	Role Role
	Text string
	// Calls are the tools that an Assistant message calls.
	Calls []ToolCall
	// CallID and Name say which call a Tool message answers.
	CallID, Name string
}

// ToolCall is a model's wish to run a tool. Opaque is what the provider wants
// back with the answer; it means nothing to others.
type ToolCall struct {
	ID, Name string
	Input    json.RawMessage
	Opaque   []byte
}

// Response is a model's answer: text, or calls of tools.
type Response struct {
	Text  string
	Calls []ToolCall
	// InputTokens and OutputTokens are what the answer used.
	InputTokens, OutputTokens int64
	// Cut tells that the answer hit its limit and is not complete.
	Cut bool
}

// The kinds of errors of a model; test with errors.Is.
var (
	// ErrUnavailable: down, slow or unreachable; another model may answer.
	ErrUnavailable = errors.New("the model cannot be reached")
	// ErrRateLimited: too many requests or tokens for now.
	ErrRateLimited = errors.New("the model takes no more requests for now")
	// ErrGarbage: an answer that is not in the form that was asked for.
	ErrGarbage = errors.New("the model's answer cannot be read")
	// ErrRefused: the request itself is refused (key, model name, content).
	ErrRefused = errors.New("the model refuses the request")
	// ErrBudget: the run's budget of time, tokens or calls is used up.
	ErrBudget = errors.New("the run's budget for the model is used up")
	// ErrOpen: the circuit is open after repeated failures.
	ErrOpen = errors.New("the model failed repeatedly and is left alone for a while")
)

// FromStatus is the error for an HTTP status; nil for success. The body's text
// is not kept: it may repeat the request.
func FromStatus(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == 429:
		return fmt.Errorf("%w: status 429", ErrRateLimited)
	case status == 408 || status >= 500:
		return fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	return fmt.Errorf("%w: status %d", ErrRefused, status)
}

// Limits bound what one stage may spend on models.
type Limits struct {
	// PerCall bounds one request, Total all of them together.
	PerCall, Total time.Duration
	// Tokens bounds input and output tokens together, Calls the requests.
	Tokens int64
	Calls  int
}

// DefaultLimits keep a stage inside its time whatever the model does.
func DefaultLimits() Limits {
	return Limits{PerCall: 15 * time.Second, Total: 40 * time.Second, Tokens: 60_000, Calls: 8}
}
