package functions_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// row is one call of a generated log, by the names of a generic JSON Lines log.
type row map[string]any

// traffic makes a log that carries everything: conversations whose history is
// sent again, questions that are asked again, a system prompt that all share, a
// class that works at night by itself, failures, latencies, costs, users.
func traffic(seed uint64, calls int, span time.Duration) []row {
	rng := rand.New(rand.NewPCG(seed, 4))
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	step := span / time.Duration(calls)
	system := chatter(rng, 1500)
	var rows []row
	history := map[string][]any{}
	for n := range calls {
		at = at.Add(step/2 + time.Duration(rng.Int64N(int64(step))))
		session := fmt.Sprintf("s%d", rng.IntN(1+calls/8))
		tag := []string{"support", "search"}[n%2]
		if at.Hour() < 6 {
			tag, session = "nightly", fmt.Sprintf("job%d", n)
		}
		question := chatter(rng, 20+rng.IntN(200))
		if n%5 == 4 { // asked before, by somebody else
			session, question = fmt.Sprintf("q%d", n), fmt.Sprintf("What is the plan of project %d?", rng.IntN(10))
		}
		messages := append([]any{map[string]any{"role": "system", "content": system}}, history[session]...)
		messages = append(messages, map[string]any{"role": "user", "content": question})
		history[session] = messages[1:]
		input, output := tokensOf(messages), 20+rng.IntN(400)
		status := "success"
		if n%50 == 49 {
			status = "failure"
		}
		rows = append(rows, row{
			"time": at.Format(time.RFC3339Nano), "provider": "openai", "model": []string{"gpt-4o-2024-08-06", "gpt-4o-mini"}[n%3/2],
			"input_tokens": input, "output_tokens": output, "cached_tokens": 0, "session_id": session, "user_id": fmt.Sprintf("u%d", n%7),
			"tag": tag, "messages": messages, "latency_ms": 400 + 5*output + rng.IntN(300), "ttft_ms": 200 + rng.IntN(200), "status": status,
			"cost": (float64(input)*2.5 + float64(output)*10) / 1e6,
		})
	}
	return rows
}

func chatter(rng *rand.Rand, n int) string {
	list := strings.Fields("the invoice of a customer was sent to another team and nobody could say when it had been paid or why the amount differs")
	var b strings.Builder
	for range n {
		b.WriteString(list[rng.IntN(len(list))])
		b.WriteByte(' ')
	}
	return b.String()
}

func tokensOf(messages []any) int {
	n := 0
	for _, m := range messages {
		n += len(strings.Fields(m.(map[string]any)["content"].(string)))
	}
	return n * 4 / 3
}

// with keeps only some fields of a log, without leaves some out.
func with(rows []row, fields ...string) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = row{}
		for _, f := range fields {
			out[i][f] = r[f]
		}
	}
	return out
}

func without(rows []row, fields ...string) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = row{}
		for f, v := range r {
			out[i][f] = v
		}
		for _, f := range fields {
			delete(out[i], f)
		}
	}
	return out
}

// jsonl writes a log as JSON Lines.
func jsonl(rows []row) []byte {
	var out bytes.Buffer
	for _, r := range rows {
		raw, err := json.Marshal(r)
		if err != nil {
			panic(err) // rows hold nothing that JSON cannot
		}
		out.Write(append(raw, '\n'))
	}
	return out.Bytes()
}

// table writes a log as CSV, a column per field: from is the row's field, as
// the column's name or a function of the row.
func table(rows []row, columns []string, cell func(row, string) string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(columns) // a buffer takes everything
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = cell(r, c)
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return out.Bytes()
}

func clockOf(r row) time.Time {
	at, err := time.Parse(time.RFC3339Nano, r["time"].(string))
	if err != nil {
		panic(err) // traffic wrote it
	}
	return at
}

// reshaped writes a log in another format, a JSON value per call.
func reshaped(rows []row, shape func(row) any) []byte {
	var out bytes.Buffer
	for _, r := range rows {
		raw, err := json.Marshal(shape(r))
		if err != nil {
			panic(err) // rows hold nothing that JSON cannot
		}
		out.Write(append(raw, '\n'))
	}
	return out.Bytes()
}

// The formats below hold what their source records by default.

func openAIBody(r row) any {
	return map[string]any{"object": "chat.completion", "created": clockOf(r).Unix(), "model": r["model"],
		"usage": map[string]any{"prompt_tokens": r["input_tokens"], "completion_tokens": r["output_tokens"]}}
}

func bedrockCall(r row) any {
	return map[string]any{"schemaType": "ModelInvocationLog", "timestamp": r["time"], "region": "us-east-1", "requestId": fmt.Sprint(r["time"], r["session_id"]),
		"operation": "Converse", "modelId": "anthropic.claude-3-5-sonnet-20241022-v2:0",
		"input":  map[string]any{"inputBodyJson": map[string]any{"messages": bedrockMessages(r)}, "inputTokenCount": r["input_tokens"]},
		"output": map[string]any{"outputBodyJson": map[string]any{"metrics": map[string]any{"latencyMs": r["latency_ms"]}}, "outputTokenCount": r["output_tokens"]}}
}

func bedrockMessages(r row) []any {
	var out []any
	for _, m := range r["messages"].([]any) {
		m := m.(map[string]any)
		out = append(out, map[string]any{"role": m["role"], "content": []any{map[string]any{"text": m["content"]}}})
	}
	return out
}

// vertexCall is a row of a request-response log that keeps one call in ten.
func vertexCall(r row) any {
	return map[string]any{"endpoint": "publishers/google/models/gemini-2.5-flash", "logging_time": clockOf(r).Format("2006-01-02 15:04:05.000 UTC"),
		"full_request": map[string]any{"contents": r["messages"]}, "model": "gemini-2.5-flash", "metadata": map[string]any{"sampling_rate": 0.1},
		"full_response": map[string]any{"modelVersion": "gemini-2.5-flash", "usageMetadata": map[string]any{
			"promptTokenCount": r["input_tokens"], "candidatesTokenCount": r["output_tokens"]}}}
}

func claudeCodeCall(r row) any {
	return map[string]any{"timestamp": r["time"], "sessionId": r["session_id"], "requestId": fmt.Sprint("req", r["time"]), "message": map[string]any{
		"role": "assistant", "id": fmt.Sprint("msg", r["time"]), "model": "claude-sonnet-4-20250514", "usage": map[string]any{
			"input_tokens": 20, "output_tokens": r["output_tokens"], "cache_creation_input_tokens": 300, "cache_read_input_tokens": r["input_tokens"]}}}
}

func langfuseGeneration(r row) any {
	at := clockOf(r)
	return map[string]any{"id": fmt.Sprint("o", r["time"]), "trace_id": r["session_id"], "type": "GENERATION", "start_time": r["time"],
		"end_time": at.Add(time.Duration(r["latency_ms"].(int)) * time.Millisecond), "completion_start_time": at.Add(time.Duration(r["ttft_ms"].(int)) * time.Millisecond),
		"provided_model_name": r["model"], "usage_details": map[string]any{"input": r["input_tokens"], "output": r["output_tokens"]}, "total_cost": r["cost"],
		"prompt_name": r["tag"], "user_id": r["user_id"], "session_id": r["session_id"], "input": r["messages"]}
}

func liteLLM(rows []row) []byte {
	return table(rows, []string{"request_id", "call_type", "spend", "total_tokens", "prompt_tokens", "completion_tokens", "startTime", "endTime", "completionStartTime",
		"model", "model_group", "custom_llm_provider", "user", "session_id", "metadata", "cache_hit", "request_tags", "status"}, func(r row, column string) string {
		at := clockOf(r)
		switch column {
		case "request_id":
			return fmt.Sprint("r", r["time"])
		case "call_type":
			return "acompletion"
		case "spend":
			return fmt.Sprint(r["cost"])
		case "total_tokens":
			return fmt.Sprint(r["input_tokens"].(int) + r["output_tokens"].(int))
		case "prompt_tokens":
			return fmt.Sprint(r["input_tokens"])
		case "completion_tokens":
			return fmt.Sprint(r["output_tokens"])
		case "startTime":
			return at.Format(time.RFC3339Nano)
		case "endTime":
			return at.Add(time.Duration(r["latency_ms"].(int)) * time.Millisecond).Format(time.RFC3339Nano)
		case "completionStartTime":
			return at.Add(time.Duration(r["ttft_ms"].(int)) * time.Millisecond).Format(time.RFC3339Nano)
		case "model", "model_group":
			return fmt.Sprint(r["model"])
		case "custom_llm_provider":
			return "openai"
		case "user":
			return fmt.Sprint(r["user_id"])
		case "request_tags":
			return fmt.Sprintf("[%q]", r["tag"])
		case "metadata":
			return "{}"
		case "cache_hit":
			return "False"
		}
		return fmt.Sprint(r[column])
	})
}

func azureGateway(rows []row) []byte {
	return table(rows, []string{"TimeGenerated", "CorrelationId", "DeploymentName", "ModelName", "PromptTokens", "CompletionTokens", "TotalTokens", "IsStreamCompletion", "SequenceNumber"},
		func(r row, column string) string {
			return map[string]string{"TimeGenerated": fmt.Sprint(r["time"]), "CorrelationId": fmt.Sprint("c", r["time"]), "DeploymentName": "chat-prod", "ModelName": "gpt-4o",
				"PromptTokens": fmt.Sprint(r["input_tokens"]), "CompletionTokens": fmt.Sprint(r["output_tokens"]),
				"TotalTokens": fmt.Sprint(r["input_tokens"].(int) + r["output_tokens"].(int)), "IsStreamCompletion": "false", "SequenceNumber": "0"}[column]
		})
}

func servingTrace(rows []row) []byte {
	return table(rows, []string{"TIMESTAMP", "ContextTokens", "GeneratedTokens"}, func(r row, column string) string {
		switch column {
		case "TIMESTAMP":
			return clockOf(r).Format("2006-01-02 15:04:05.000000")
		case "ContextTokens":
			return fmt.Sprint(r["input_tokens"])
		}
		return fmt.Sprint(r["output_tokens"])
	})
}

// openAIUsage sums a log by hour and model, as the usage API does.
func openAIUsage(rows []row) []byte {
	type sum struct {
		Input  int    `json:"input_tokens"`
		Output int    `json:"output_tokens"`
		Cached int    `json:"input_cached_tokens"`
		Calls  int    `json:"num_model_requests"`
		Model  string `json:"model"`
	}
	type bucket struct {
		Start   int64  `json:"start_time"`
		End     int64  `json:"end_time"`
		Results []*sum `json:"results"`
	}
	var data []*bucket
	for _, r := range rows {
		hour := clockOf(r).Truncate(time.Hour).Unix()
		if len(data) == 0 || data[len(data)-1].Start != hour {
			data = append(data, &bucket{Start: hour, End: hour + 3600})
		}
		b := data[len(data)-1]
		var s *sum
		for _, have := range b.Results {
			if have.Model == r["model"] {
				s = have
			}
		}
		if s == nil {
			s = &sum{Model: r["model"].(string)}
			b.Results = append(b.Results, s)
		}
		s.Input, s.Output, s.Calls = s.Input+r["input_tokens"].(int), s.Output+r["output_tokens"].(int), s.Calls+1
	}
	raw, err := json.Marshal(map[string]any{"object": "page", "data": data})
	if err != nil {
		panic(err) // numbers and names
	}
	return raw
}

// labels are scores of a dear and a cheap model on the same prompts.
func labels(n int) []byte {
	var out strings.Builder
	out.WriteString("prompt,tag,gpt-4o-2024-08-06,gpt-4o-mini\n")
	for i := range n {
		tag := []string{"support", "search"}[i%2]
		weak := tag == "search" || i%4 == 0 // the cheap one is as good at searching
		fmt.Fprintf(&out, "question number %d about %s,%s,True,%v\n", i, tag, tag, weak)
	}
	return []byte(out.String())
}
