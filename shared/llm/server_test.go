package llm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netra/shared/llm"
	"netra/shared/llm/compat"
	"netra/shared/llm/gemini"
)

// script is a model server that does what the test says, one step per request;
// the last step repeats.
type script struct {
	mu    sync.Mutex
	steps []step
	// bodies and keys are what was received.
	bodies []string
	keys   []string
}

// step is one answer. Its body is the answer's text, unless raw says otherwise.
type step struct {
	status int
	text   string
	// tool makes the model call a tool with the input.
	tool, input string
	cut         bool
	// raw is sent as it is; hang waits until the client has gone.
	raw  string
	hang bool
}

func (s *script) next(r *http.Request) step {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.bodies = append(s.bodies, string(body))
	s.keys = append(s.keys, r.Header.Get("Authorization")+r.Header.Get("x-goog-api-key"))
	now := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	return now
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.next(r)
	if now.hang {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if now.status != 0 {
		w.WriteHeader(now.status)
	}
	if now.raw != "" {
		io.WriteString(w, now.raw)
		return
	}
	if strings.Contains(r.URL.Path, "chat/completions") {
		io.WriteString(w, openAIBody(now))
		return
	}
	io.WriteString(w, geminiBody(now))
}

func openAIBody(now step) string {
	message := map[string]any{"role": "assistant", "content": now.text}
	if now.tool != "" {
		message["tool_calls"] = []any{map[string]any{"id": "call_1", "type": "function", "function": map[string]any{"name": now.tool, "arguments": now.input}}}
	}
	reason := "stop"
	if now.cut {
		reason = "length"
	}
	return asJSON(map[string]any{
		"choices": []any{map[string]any{"message": message, "finish_reason": reason}},
		"usage":   map[string]any{"prompt_tokens": 100, "completion_tokens": 10},
	})
}

func geminiBody(now step) string {
	parts := []any{map[string]any{"text": now.text}}
	if now.tool != "" {
		parts = []any{map[string]any{"functionCall": map[string]any{"name": now.tool, "args": json.RawMessage(now.input)}, "thoughtSignature": "c2ln"}}
	}
	reason := "STOP"
	if now.cut {
		reason = "MAX_TOKENS"
	}
	return asJSON(map[string]any{
		"candidates":    []any{map[string]any{"content": map[string]any{"role": "model", "parts": parts}, "finishReason": reason}},
		"usageMetadata": map[string]any{"promptTokenCount": 100, "candidatesTokenCount": 10},
	})
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprint("test body: ", err))
	}
	return string(raw)
}

// adapters are both ways to ask a scripted server.
func adapters() map[string]func(t *testing.T, s *script) llm.Model {
	return map[string]func(t *testing.T, s *script) llm.Model{
		"openai-compatible": func(t *testing.T, s *script) llm.Model {
			client, err := compat.New(compat.Options{BaseURL: serve(t, s) + "/v1/", Model: "m", Key: "k"})
			require.NoError(t, err)
			return client
		},
		"gemini": func(t *testing.T, s *script) llm.Model {
			client, err := gemini.New(context.Background(), gemini.Options{Model: "gemini-2.5-flash", Key: "k", BaseURL: serve(t, s)})
			require.NoError(t, err)
			return client
		},
	}
}

func serve(t *testing.T, s *script) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// eachAdapter runs a test through both adapters.
func eachAdapter(t *testing.T, steps []step, test func(t *testing.T, model llm.Model, s *script)) {
	t.Helper()
	for name, open := range adapters() {
		t.Run(name, func(t *testing.T) {
			s := &script{steps: append([]step(nil), steps...)}
			test(t, open(t, s), s)
		})
	}
}

// clock is a time that moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
