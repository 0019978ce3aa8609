package artifact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"netra/shared/savings"
)

// openAIJob is a line of an OpenAI batch input file
// (https://platform.openai.com/docs/guides/batch). The prompt is not in it:
// Netra keeps none. Metadata names it by its hash and line in the log.
type openAIJob struct {
	CustomID string        `json:"custom_id"`
	Method   string        `json:"method"`
	URL      string        `json:"url"`
	Body     openAIRequest `json:"body"`
}

type openAIRequest struct {
	Model    string            `json:"model"`
	Messages []any             `json:"messages"`
	Metadata map[string]string `json:"metadata"`
}

// anthropicJob is an element of the requests of an Anthropic message batch
// (https://platform.claude.com/docs/en/build-with-claude/batch-processing).
type anthropicJob struct {
	CustomID string           `json:"custom_id"`
	Params   anthropicRequest `json:"params"`
}

type anthropicRequest struct {
	Model     string `json:"model"`
	MaxTokens int64  `json:"max_tokens"`
	Messages  []any  `json:"messages"`
}

func openAIBatch(p plan) (File, bool, error) {
	f := File{Name: "batch-jobs.openai.jsonl", MediaType: "application/jsonl", About: "OpenAI batch input: the calls that gain most, without their prompts; fill in messages"}
	return p.jobs(f, false, func(row savings.EvidenceRow, model string) any {
		metadata := map[string]string{"line": fmt.Sprint(row.Line)}
		if row.Tag != "" {
			metadata["tag"] = row.Tag
		}
		if row.Hash != "" {
			metadata["prompt_hash"] = row.Hash
		}
		return openAIJob{jobID(row), "POST", "/v1/chat/completions", openAIRequest{model, []any{}, metadata}}
	})
}

func anthropicBatch(p plan) (File, bool, error) {
	f := File{Name: "batch-jobs.anthropic.jsonl", MediaType: "application/jsonl", About: "Anthropic batch requests: the calls that gain most, without their prompts; fill in messages"}
	return p.jobs(f, true, func(row savings.EvidenceRow, model string) any {
		return anthropicJob{jobID(row), anthropicRequest{model, max(row.OutputTokens, 1), []any{}}}
	})
}

// jobs writes the evidence of the batch lever, one job a line, those of Claude
// models or the others.
func (p plan) jobs(f File, claude bool, job func(savings.EvidenceRow, string) any) (File, bool, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	for _, row := range p.chosen[savings.BatchTier].Evidence.Rows {
		model := row.Model[strings.LastIndexByte(row.Model, '/')+1:]
		if strings.Contains(model, "claude") != claude {
			continue
		}
		if err := encoder.Encode(job(row, model)); err != nil {
			return f, false, err
		}
	}
	f.Data = out.Bytes()
	return f, out.Len() > 0, nil
}

// jobID is unique within the log: its line. Both APIs take up to 64 letters,
// digits, dashes and underscores.
func jobID(row savings.EvidenceRow) string { return fmt.Sprintf("line-%d", row.Line) }
