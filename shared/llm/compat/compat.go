// Package compat asks any server that speaks OpenAI's chat completions.
package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"netra/shared/llm"
)

// Options say whom to ask.
type Options struct {
	// BaseURL is the address up to and without /chat/completions.
	BaseURL string
	Model   string
	// Key is sent as a bearer token; "" sends none.
	Key    string
	Client *http.Client
}

// Client is an llm.Model.
type Client struct {
	url     string
	options Options
}

// New makes a client. A key is never sent over plain HTTP but to this machine.
func New(options Options) (*Client, error) {
	base, err := url.Parse(options.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("model endpoint %q is not a URL", options.BaseURL)
	}
	host := base.Hostname()
	local := host == "localhost" || host == "127.0.0.1" || host == "::1"
	if base.Scheme != "https" && !local {
		return nil, fmt.Errorf("model endpoint %q must use https", options.BaseURL)
	}
	if options.Model == "" {
		return nil, errors.New("model endpoint: name a model")
	}
	if options.Client == nil {
		options.Client = http.DefaultClient
	}
	return &Client{strings.TrimRight(options.BaseURL, "/") + "/chat/completions", options}, nil
}

// maxAnswer bounds a response body.
const maxAnswer = 1 << 20

// Generate asks the server once.
func (c *Client) Generate(ctx context.Context, request llm.Request) (llm.Response, error) {
	body, err := json.Marshal(c.body(request))
	if err != nil {
		return llm.Response{}, fmt.Errorf("%w: write the request: %w", llm.ErrRefused, err)
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return llm.Response{}, fmt.Errorf("%w: %w", llm.ErrRefused, err)
	}
	call.Header.Set("Content-Type", "application/json")
	if c.options.Key != "" {
		call.Header.Set("Authorization", "Bearer "+c.options.Key)
	}
	answer, err := c.options.Client.Do(call)
	if err != nil {
		return llm.Response{}, fmt.Errorf("%w: %w", llm.ErrUnavailable, err)
	}
	defer answer.Body.Close()
	if err := llm.FromStatus(answer.StatusCode); err != nil {
		return llm.Response{}, err
	}
	return read(answer.Body)
}

func read(body io.Reader) (llm.Response, error) {
	raw, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil {
		return llm.Response{}, fmt.Errorf("%w: %w", llm.ErrUnavailable, err)
	}
	if len(raw) > maxAnswer {
		return llm.Response{}, fmt.Errorf("%w: over %d bytes", llm.ErrGarbage, maxAnswer)
	}
	var completion struct {
		Choices []struct {
			Message      message `json:"message"`
			FinishReason string  `json:"finish_reason"`
		} `json:"choices"`
		Usage struct {
			Prompt     int64 `json:"prompt_tokens"`
			Completion int64 `json:"completion_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(raw, &completion); err != nil {
		return llm.Response{}, fmt.Errorf("%w: %w", llm.ErrGarbage, err)
	}
	if len(completion.Choices) == 0 {
		return llm.Response{}, fmt.Errorf("%w: no choices", llm.ErrGarbage)
	}
	choice := completion.Choices[0]
	response := llm.Response{
		Text: choice.Message.Content, Cut: choice.FinishReason == "length",
		InputTokens: completion.Usage.Prompt, OutputTokens: completion.Usage.Completion,
	}
	for _, call := range choice.Message.ToolCalls {
		response.Calls = append(response.Calls, llm.ToolCall{ID: call.ID, Name: call.Function.Name, Input: json.RawMessage(call.Function.Arguments)})
	}
	if choice.FinishReason == "content_filter" {
		return llm.Response{}, fmt.Errorf("%w: content filter", llm.ErrRefused)
	}
	return response, nil
}

// The wire format, as far as it is used.
type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string   `json:"id"`
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Parameters  any    `json:"parameters,omitempty"`
	Arguments   string `json:"arguments,omitempty"`
}

func (c *Client) body(request llm.Request) map[string]any {
	body := map[string]any{"model": c.options.Model, "messages": messages(request)}
	if request.MaxOutput > 0 {
		body["max_tokens"] = request.MaxOutput
	}
	if request.Schema != nil {
		body["response_format"] = map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": request.Schema}}
	}
	var offered []map[string]any
	for _, tool := range request.Tools {
		offered = append(offered, map[string]any{"type": "function", "function": function{Name: tool.Name, Description: tool.Purpose, Parameters: tool.Schema}})
	}
	if len(offered) > 0 {
		body["tools"] = offered
	}
	return body
}

func messages(request llm.Request) []message {
	var out []message
	if request.System != "" {
		out = append(out, message{Role: "system", Content: request.System})
	}
	for _, m := range request.Messages {
		wire := message{Role: string(m.Role), Content: m.Text, ToolCallID: m.CallID}
		for _, call := range m.Calls {
			wire.ToolCalls = append(wire.ToolCalls, toolCall{ID: call.ID, Type: "function", Function: function{Name: call.Name, Arguments: string(call.Input)}})
		}
		out = append(out, wire)
	}
	return out
}
