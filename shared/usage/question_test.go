package usage_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func TestTheQuestionIsTheUsersLastMessageInEveryProvidersForm(t *testing.T) {
	cases := map[string]string{
		"plain":              `What is it?`,
		"plain with spaces":  " What is it?\n",
		"OpenAI":             `[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes"},{"role":"user","content":"What is it?"}]`,
		"role comes last":    `[{"content":"Be brief.","role":"system"},{"content":"What is it?","role":"user"}]`,
		"parts and an image": `[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]`,
		"Responses":          `[{"type":"message","id":"m1","role":"user","content":[{"type":"input_text","text":"What is it?"}]}]`,
		"Anthropic":          `[{"role":"user","content":[{"type":"text","text":"What is it?","cache_control":{"type":"ephemeral"}}]}]`,
		"Gemini":             `[{"role":"model","parts":[{"text":"Yes"}]},{"role":"user","parts":[{"text":"What is it?"}]}]`,
		"OpenTelemetry":      `[{"role":"user","parts":[{"type":"text","content":"What is it?"}]},{"role":"assistant","parts":[]}]`,
		"a whole request":    `{"model":"m","messages":[{"role":"user","content":"What is it?"}]}`,
		"JSON of other form": `{"question":"What is it?","depth":3}`,
		"escaped":            `["What\u0020is it?"]`,
	}
	for name, prompt := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, "What is it?", string(usage.Question([]byte(prompt)))) })
	}
	assert.Equal(t, "[not JSON", string(usage.Question([]byte("[not JSON"))), "what only looks like JSON is text")
	assert.Equal(t, "a\nb", string(usage.Question([]byte(`[{"role":"user","content":[{"text":"a"},{"text":"b"}]}]`))))
	assert.Empty(t, usage.Question([]byte(`[{"role":"user","content":"`+strings.Repeat("A", 5000)+`"}]`)), "a file as text asks nothing")
	assert.Empty(t, usage.Question(nil))
}

func graded(t *testing.T, log string, grade usage.Grader) []usage.Call {
	t.Helper()
	r, err := usage.Open(strings.NewReader(log), usage.Options{Grade: grade})
	require.NoError(t, err)
	var out []usage.Call
	batch := make([]usage.Call, 8)
	for {
		n, err := r.Read(batch)
		out = append(out, batch[:n]...)
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
	}
}

func TestACallIsGradedByItsQuestionWhileItIsRead(t *testing.T) {
	log := strings.Repeat(`{"timestamp":"2026-01-01T00:00:00Z","model":"m","tag":"chat","messages":[{"role":"system","content":"s"},{"role":"user","content":"four"}],"input_tokens":5,"output_tokens":1}`+"\n", 3) +
		`{"timestamp":"2026-01-01T00:00:00Z","model":"m","tag":"other","messages":[{"role":"user","content":"four"}],"input_tokens":5,"output_tokens":1}` + "\n" +
		`{"timestamp":"2026-01-01T00:00:00Z","model":"m","tag":"chat","input_tokens":5,"output_tokens":1}` + "\n"
	grade := func(c *usage.Call, question []byte) uint8 {
		if c.Tag != "chat" || c.Model != "m" {
			return 0
		}
		return uint8(len(question))
	}
	var got []uint8
	for _, c := range graded(t, log, grade) {
		got = append(got, c.Grade)
	}
	assert.Equal(t, []uint8{4, 4, 4, 0, 0}, got, "other classes and calls without a prompt have no grade")
	for _, c := range graded(t, log, nil) {
		assert.Zero(t, c.Grade)
	}
}
