// Package llmtest is a model server that does what a test says, in the protocols
// of both adapters.
package llmtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"netra/shared/llm"
	"netra/shared/llm/compat"
	"netra/shared/llm/gemini"
)

// Script answers one step per request; the last step repeats.
type Script struct {
	mu    sync.Mutex
	Steps []Step
	// Bodies and Keys are what was received; read them when no request runs.
	Bodies []string
	Keys   []string
}

// Step is one answer.
type Step struct {
	Status int
	Text   string
	// Tool makes the model call a tool with the input.
	Tool, Input string
	Cut         bool
	// Raw is sent as it is; Hang waits until the client has gone.
	Raw  string
	Hang bool
}

func (s *Script) next(r *http.Request) Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body) // a client that has gone is the test's concern
	s.Bodies = append(s.Bodies, string(body))
	s.Keys = append(s.Keys, r.Header.Get("Authorization")+r.Header.Get("x-goog-api-key"))
	now := s.Steps[0]
	if len(s.Steps) > 1 {
		s.Steps = s.Steps[1:]
	}
	return now
}

func (s *Script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.next(r)
	if now.Hang {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if now.Status != 0 {
		w.WriteHeader(now.Status)
	}
	switch {
	case now.Raw != "":
		io.WriteString(w, now.Raw)
	case strings.Contains(r.URL.Path, "chat/completions"):
		_ = json.NewEncoder(w).Encode(openAI(now))
	default:
		_ = json.NewEncoder(w).Encode(geminiAPI(now))
	}
}

// openAI is a chat completion: https://platform.openai.com/docs/api-reference/chat/object
func openAI(now Step) any {
	message := map[string]any{"role": "assistant", "content": now.Text}
	if now.Tool != "" {
		message["tool_calls"] = []any{map[string]any{"id": "call_1", "type": "function", "function": map[string]any{"name": now.Tool, "arguments": now.Input}}}
	}
	reason := "stop"
	if now.Cut {
		reason = "length"
	}
	return map[string]any{
		"choices": []any{map[string]any{"message": message, "finish_reason": reason}},
		"usage":   map[string]any{"prompt_tokens": 100, "completion_tokens": 10},
	}
}

// geminiAPI is a GenerateContentResponse: https://ai.google.dev/api/generate-content
func geminiAPI(now Step) any {
	parts := []any{map[string]any{"text": now.Text}}
	if now.Tool != "" {
		parts = []any{map[string]any{"functionCall": map[string]any{"name": now.Tool, "args": json.RawMessage(now.Input)}, "thoughtSignature": "c2ln"}}
	}
	reason := "STOP"
	if now.Cut {
		reason = "MAX_TOKENS"
	}
	return map[string]any{
		"candidates":    []any{map[string]any{"content": map[string]any{"role": "model", "parts": parts}, "finishReason": reason}},
		"usageMetadata": map[string]any{"promptTokenCount": 100, "candidatesTokenCount": 10},
	}
}

// Adapters open a model at a script, by the protocol's name.
func Adapters() map[string]func(t *testing.T, s *Script) llm.Model {
	opened := func(t *testing.T, model llm.Model, err error) llm.Model {
		if err != nil {
			t.Fatal(err)
		}
		return model
	}
	return map[string]func(t *testing.T, s *Script) llm.Model{
		"openai-compatible": func(t *testing.T, s *Script) llm.Model {
			model, err := compat.New(compat.Options{BaseURL: Serve(t, s) + "/v1/", Model: "m", Key: "k"})
			return opened(t, model, err)
		},
		"gemini": func(t *testing.T, s *Script) llm.Model {
			model, err := gemini.New(context.Background(), gemini.Options{Model: "gemini-2.5-flash", Key: "k", BaseURL: Serve(t, s)})
			return opened(t, model, err)
		},
	}
}

// Each runs a test through both adapters, each at a server of its own.
func Each(t *testing.T, steps []Step, test func(t *testing.T, model llm.Model, s *Script)) {
	t.Helper()
	for name, open := range Adapters() {
		t.Run(name, func(t *testing.T) {
			s := &Script{Steps: append([]Step(nil), steps...)}
			test(t, open(t, s), s)
		})
	}
}

// Serve starts the server for the time of the test and returns its address.
func Serve(t *testing.T, s *Script) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}
