package llm_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/llm"
	"netra/shared/llm/compat"
	"netra/shared/llm/gemini"
	"netra/shared/llm/llmtest"
)

var hello = llm.Request{System: "be brief", Messages: []llm.Message{{Role: llm.User, Text: "hello"}}, MaxOutput: 50}

func TestAnAnswerWithItsUsage(t *testing.T) {
	llmtest.Each(t, []step{{Text: "hi there"}}, func(t *testing.T, model llm.Model, s *script) {
		got, err := model.Generate(t.Context(), hello)
		require.NoError(t, err)
		assert.Equal(t, llm.Response{Text: "hi there", InputTokens: 100, OutputTokens: 10}, got)
		assert.Contains(t, s.Bodies[0], "be brief")
		assert.Contains(t, s.Bodies[0], "hello")
		assert.Contains(t, s.Bodies[0], "50")
		assert.True(t, strings.HasSuffix(s.Keys[0], "k"), "the key is sent")
	})
}

func TestWhatGoesWrongHasItsKind(t *testing.T) {
	cases := map[string]struct {
		step step
		want error
	}{
		"down":           {step{Status: 503}, llm.ErrUnavailable},
		"rate limited":   {step{Status: 429, Raw: `{"error":{"code":429,"message":"slow down"}}`}, llm.ErrRateLimited},
		"wrong key":      {step{Status: 401, Raw: `{"error":{"code":401}}`}, llm.ErrRefused},
		"garbage":        {step{Raw: "<html>it works!</html>"}, llm.ErrGarbage},
		"half an answer": {step{Raw: `{"choices":[{"mess`}, llm.ErrGarbage},
		"slow":           {step{Hang: true}, llm.ErrUnavailable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			llmtest.Each(t, []step{c.step}, func(t *testing.T, model llm.Model, _ *script) {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				if !c.step.Hang {
					ctx, cancel = context.WithCancel(t.Context())
				}
				defer cancel()
				_, err := model.Generate(ctx, hello)
				assert.ErrorIs(t, err, c.want)
			})
		})
	}
}

func TestAnAnswerThatIsCutSaysSo(t *testing.T) {
	llmtest.Each(t, []step{{Text: "hi th", Cut: true}}, func(t *testing.T, model llm.Model, _ *script) {
		got, err := model.Generate(t.Context(), hello)
		require.NoError(t, err)
		assert.True(t, got.Cut)
	})
}

func TestASchemaAndToolsAreSent(t *testing.T) {
	request := hello
	request.Schema = &jsonschema.Schema{Type: "object", Description: "marker-schema"}
	request.Tools = catalog(t).Tools()
	llmtest.Each(t, []step{{Text: "{}"}}, func(t *testing.T, model llm.Model, s *script) {
		_, err := model.Generate(t.Context(), request)
		require.NoError(t, err)
		for _, want := range []string{"marker-schema", "what_if", "replays with another lifetime", "minutes"} {
			assert.Contains(t, s.Bodies[0], want)
		}
	})
}

func TestCallsAndAnswersOfToolsTravelBothWays(t *testing.T) {
	llmtest.Each(t, []step{{Tool: "what_if", Input: `{"minutes":60}`}}, func(t *testing.T, model llm.Model, s *script) {
		got, err := model.Generate(t.Context(), hello)
		require.NoError(t, err)
		require.Len(t, got.Calls, 1)
		assert.Equal(t, "what_if", got.Calls[0].Name)
		assert.JSONEq(t, `{"minutes":60}`, string(got.Calls[0].Input))

		next := hello
		next.Messages = append(next.Messages, llm.Message{Role: llm.Assistant, Calls: got.Calls},
			llm.Message{Role: llm.Tool, CallID: got.Calls[0].ID, Name: "what_if", Text: `{"saves":7}`})
		_, err = model.Generate(t.Context(), next)
		require.NoError(t, err)
		body := strings.ReplaceAll(s.Bodies[1], `\"`, `"`)
		assert.Contains(t, body, `"minutes":60`)
		assert.Contains(t, body, `"saves":7`)
	})
}

func TestAHugeAnswerIsNotReadToTheEnd(t *testing.T) {
	s := &script{Steps: []step{{Text: strings.Repeat("x", 2<<20)}}}
	_, err := llmtest.Adapters()["openai-compatible"](t, s).Generate(t.Context(), hello)
	assert.ErrorIs(t, err, llm.ErrGarbage)
}

func TestAKeyIsNeverSentInTheClear(t *testing.T) {
	for _, bad := range []string{"http://models.example/v1", "ftp://models.example", "no url", ""} {
		_, err := compat.New(compat.Options{BaseURL: bad, Model: "m", Key: "k"})
		assert.Error(t, err, bad)
	}
	_, err := compat.New(compat.Options{BaseURL: "https://models.example/v1"})
	assert.ErrorContains(t, err, "name a model")
	_, err = gemini.New(t.Context(), gemini.Options{Model: "m"})
	assert.ErrorContains(t, err, "key")
}

func TestNoRequestIsBuiltFromBrokenInput(t *testing.T) {
	s := &script{Steps: []step{{Text: "hi"}}}
	request := hello
	request.Messages = append(request.Messages, llm.Message{Role: llm.Assistant, Calls: []llm.ToolCall{{Name: "x", Input: json.RawMessage("{broken")}}})
	_, err := llmtest.Adapters()["gemini"](t, s).Generate(t.Context(), request)
	assert.NoError(t, err, "arguments that are no JSON are sent as none")
}
