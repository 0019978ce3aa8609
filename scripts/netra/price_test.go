package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runPrice runs the command on input and returns its output lines.
func runPrice(t *testing.T, input string, args ...string) []string {
	t.Helper()
	var out bytes.Buffer
	err := price(context.Background(), args, stdio{in: strings.NewReader(input), out: &out, err: &out})
	require.NoError(t, err)
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

func TestPriceSaysWhatABodyCostsToTheLastDigit(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"Anthropic counts cached tokens outside input",
			`{"provider":"anthropic","api_flavor":"default","body":{"model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":4,"cache_creation_input_tokens":1163,"cache_read_input_tokens":0,"output_tokens":10}}}`,
			`{"usage":{"cache_write_tokens":1163,"input_tokens":1167,"output_tokens":10},"input_cost_usd":0.00437325,"output_cost_usd":0.00015,"total_cost_usd":0.00452325}`},
		{"OpenAI counts them inside",
			`{"provider":"openai","api_flavor":"chat","body":{"model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":1149,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":1024}}}}`,
			`{"usage":{"cache_read_tokens":1024,"input_tokens":1149,"output_tokens":10},"input_cost_usd":0.0015925,"output_cost_usd":0.0001,"total_cost_usd":0.0016925}`},
		{"the price of the call's time, as text",
			`{"provider":"openai","api_flavor":"chat","model":"o3","time":"2025-06-09T12:00:00Z","body":{"usage":{"prompt_tokens":1000,"completion_tokens":100}}}`,
			`{"usage":{"input_tokens":1000,"output_tokens":100},"input_cost_usd":0.01,"output_cost_usd":0.004,"total_cost_usd":0.014}`},
		{"the price of the call's time, in seconds",
			`{"provider":"openai","api_flavor":"chat","model":"o3","time":1749600000,"body":{"usage":{"prompt_tokens":1000,"completion_tokens":100}}}`,
			`{"usage":{"input_tokens":1000,"output_tokens":100},"input_cost_usd":0.002,"output_cost_usd":0.0008,"total_cost_usd":0.0028}`},
		{"the price of the call's time, in nanoseconds",
			`{"provider":"openai","api_flavor":"chat","model":"o3","time":1749600000000000000,"body":{"usage":{"prompt_tokens":1000,"completion_tokens":100}}}`,
			`{"usage":{"input_tokens":1000,"output_tokens":100},"input_cost_usd":0.002,"output_cost_usd":0.0008,"total_cost_usd":0.0028}`},
		{"a body that is a string, behind a byte order mark",
			"\ufeff" + `{"provider":"openai","api_flavor":"chat","model":"o3","body":"{\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100}}"}`,
			`{"usage":{"input_tokens":1000,"output_tokens":100},"input_cost_usd":0.002,"output_cost_usd":0.0008,"total_cost_usd":0.0028}`},
		{"without a time, the body's own",
			`{"provider":"openai","api_flavor":"chat","body":{"created":1749400000,"model":"o3","usage":{"prompt_tokens":1000,"completion_tokens":100}}}`,
			`{"usage":{"input_tokens":1000,"output_tokens":100},"input_cost_usd":0.01,"output_cost_usd":0.004,"total_cost_usd":0.014}`},
		{"the served tier",
			`{"provider":"openai","api_flavor":"responses","body":{"model":"o3","service_tier":"flex","usage":{"input_tokens":1000,"output_tokens":100}}}`,
			`{"usage":{"input_tokens":1000,"output_tokens":100},"input_cost_usd":0.001,"output_cost_usd":0.0004,"total_cost_usd":0.0014}`},
		{"searches are in the total only",
			`{"provider":"anthropic","body":{"model":"claude-sonnet-4-20250514","usage":{"input_tokens":8984,"output_tokens":520,"server_tool_use":{"web_search_requests":1}}}}`,
			`{"usage":{"input_tokens":8984,"output_tokens":520,"web_searches":1},"input_cost_usd":0.026952,"output_cost_usd":0.0078,"total_cost_usd":0.044752}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.JSONEq(t, c.want, runPrice(t, c.line)[0])
		})
	}
}

func TestPriceSaysWhyItCannot(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"not JSON", `hello`, "not a JSON object"},
		{"no body", `{"provider":"openai"}`, "body is missing"},
		{"unknown provider", `{"provider":"nobody","body":{}}`, "unknown provider"},
		{"unknown flavour", `{"provider":"openai","api_flavor":"fax","body":{}}`, "want one of chat, responses"},
		{"no usage", `{"provider":"openai","api_flavor":"chat","body":{"model":"gpt-4o"}}`, "no usage object"},
		{"a required count is missing", `{"provider":"openai","api_flavor":"chat","body":{"usage":{"prompt_tokens":1}}}`, "completion_tokens is missing"},
		{"half a token", `{"provider":"openai","api_flavor":"chat","body":{"usage":{"prompt_tokens":1.5,"completion_tokens":1}}}`, "whole number"},
		{"no model", `{"provider":"openai","api_flavor":"chat","body":{"usage":{"prompt_tokens":1,"completion_tokens":1}}}`, "names a model"},
		{"unpriced model", `{"provider":"openai","api_flavor":"chat","model":"gpt-99","body":{"usage":{"prompt_tokens":1,"completion_tokens":1}}}`, "unpriced"},
		{"a string that is no body", `{"provider":"openai","body":"hello"}`, "the body is not JSON"},
		{"a time of no unit", `{"provider":"openai","time":1749600000000000000000000,"body":{}}`, "is not a Unix time"},
		{"bad time", `{"provider":"openai","time":"yesterday","body":{}}`, "RFC 3339"},
		{"contradiction", `{"provider":"openai","api_flavor":"chat","model":"gpt-4o","body":{"usage":{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":5}}}}`, "contradicts itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got map[string]string
			require.NoError(t, json.Unmarshal([]byte(runPrice(t, c.line)[0]), &got))
			assert.Contains(t, got["error"], c.want)
		})
	}
}

func TestPriceAnswersEveryLineInOrder(t *testing.T) {
	good := `{"provider":"openai","api_flavor":"chat","model":"gpt-4o","body":{"usage":{"prompt_tokens":1,"completion_tokens":1}}}`
	long := `{"body":"` + strings.Repeat("x", maxBody) + `"}`
	lines := runPrice(t, good+"\n\nbad\n"+long+"\n"+good) // the last line has no end
	require.Len(t, lines, 4)
	assert.Contains(t, lines[0], "total_cost_usd")
	assert.Contains(t, lines[1], "not a JSON object")
	assert.Contains(t, lines[2], "longer than 16 MiB")
	assert.Equal(t, lines[0], lines[3])
}

func TestPriceUsesOwnPrices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"gpt-4o":{"input":1,"output":2}}`), 0o600))
	line := runPrice(t, `{"provider":"openai","api_flavor":"chat","model":"gpt-4o","body":{"usage":{"prompt_tokens":10,"completion_tokens":10}}}`, "--prices", path)[0]
	assert.Contains(t, line, `"total_cost_usd":0.00003`)
}

func TestReadLineBoundsMemory(t *testing.T) {
	in := bufio.NewReader(strings.NewReader(strings.Repeat("y", 3*maxBody) + "\nnext"))
	_, err := readLine(in)
	require.ErrorIs(t, err, errLongLine)
	line, err := readLine(in)
	require.NoError(t, err)
	assert.Equal(t, "next", string(line))
}
