package artifact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"netra/shared/savings"
)

// openAIJob is a line of an OpenAI batch input file
// (https://platform.openai.com/docs/guides/batch). The prompt is not in it: Netra
// keeps none. Its id names the line of the log; metadata would name more, but the API
// refuses it without "store", which would keep the answers at the provider.
type openAIJob struct {
	CustomID string        `json:"custom_id"`
	Method   string        `json:"method"`
	URL      string        `json:"url"`
	Body     openAIRequest `json:"body"`
}

type openAIRequest struct {
	Model    string `json:"model"`
	Messages []any  `json:"messages"`
}

// anthropicJob is an element of the requests of an Anthropic message batch
// (https://platform.claude.com/docs/en/build-with-claude/batch-processing).
type anthropicJob struct {
	CustomID string           `json:"custom_id"`
	Params   anthropicRequest `json:"params"`
}

// anthropicRequest is the body of a call; Bedrock takes a version for the model.
type anthropicRequest struct {
	Version   string `json:"anthropic_version,omitempty"`
	Model     string `json:"model,omitempty"`
	MaxTokens int64  `json:"max_tokens"`
	Messages  []any  `json:"messages"`
}

// bedrockJob is a line of the input of a Bedrock batch inference job, which is of one
// model (https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html).
type bedrockJob struct {
	RecordID string           `json:"recordId"`
	Input    anthropicRequest `json:"modelInput"`
}

// geminiJob is a line of the input of a batch job of the Gemini API, which is of one
// model; Vertex AI takes the request and leaves the key out
// (https://ai.google.dev/gemini-api/docs/batch-api).
type geminiJob struct {
	Key     string        `json:"key"`
	Request geminiRequest `json:"request"`
}

type geminiRequest struct {
	Contents []any `json:"contents"`
}

// roomForAnswer is the least max_tokens of a job: the answer may be longer than the
// logged one, and what is not generated is not billed.
const roomForAnswer = 4096

func room(row savings.EvidenceRow) int64 { return max(roomForAnswer, 2*row.OutputTokens) }

// batchFormat is a provider's input of batch jobs.
type batchFormat struct {
	file, about string
	takes       func(provider string, claude bool) bool
	// single says that a file is of one model.
	single bool
	job    func(row savings.EvidenceRow, model string) any
}

func among(providers ...string) func(string, bool) bool {
	return func(p string, _ bool) bool { return slices.Contains(providers, p) }
}

// batchFormats are those of providers with a batch API, and of Claude at Bedrock.
func batchFormats() []batchFormat {
	return []batchFormat{
		{"batch-jobs.openai.jsonl", "OpenAI batch input", func(p string, claude bool) bool {
			return p == "" && !claude || among("openai", "azure", "groq", "mistral", "together")(p, claude)
		}, true, openAIBatchJob},
		{"batch-jobs.anthropic.jsonl", "Anthropic batch requests", func(p string, claude bool) bool {
			return p == "anthropic" || p == "" && claude
		}, false, func(row savings.EvidenceRow, model string) any {
			return anthropicJob{jobID(row), anthropicRequest{"", model, room(row), []any{}}}
		}},
		{"batch-jobs.gemini.jsonl", "Gemini batch input", func(p string, claude bool) bool { return p == "google" && !claude }, true,
			func(row savings.EvidenceRow, _ string) any { return geminiJob{jobID(row), geminiRequest{[]any{}}} }},
		{"batch-jobs.bedrock.jsonl", "Bedrock batch input", func(p string, claude bool) bool { return p == "aws" && claude }, true,
			func(row savings.EvidenceRow, _ string) any {
				return bedrockJob{jobID(row), anthropicRequest{"bedrock-2023-05-31", "", room(row), []any{}}}
			}},
	}
}

func openAIBatchJob(row savings.EvidenceRow, model string) any {
	return openAIJob{jobID(row), "POST", "/v1/chat/completions", openAIRequest{model, []any{}}}
}

// writer writes the evidence of the batch lever, one job a line: calls of the format's
// providers, of the first model only where a file is of one.
func (f batchFormat) writer(p plan) (File, bool, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	only := ""
	for _, row := range p.chosen[savings.BatchTier].Evidence.Rows {
		model := row.Model[strings.LastIndexByte(row.Model, '/')+1:]
		if !f.takes(row.Provider, strings.Contains(model, "claude")) || f.single && only != "" && model != only {
			continue
		}
		only = model
		if err := encoder.Encode(f.job(row, model)); err != nil {
			return File{Name: f.file}, false, err
		}
	}
	about := f.about
	if f.single {
		about += " for " + only
	}
	about += ": calls that gain most, without their prompts, as a pattern for the rest; fill in messages or contents"
	return File{Name: f.file, MediaType: "application/jsonl", About: about, Data: out.Bytes()}, out.Len() > 0, nil
}

// jobID is unique within the log: its line. The APIs take up to 64 letters,
// digits, dashes and underscores.
func jobID(row savings.EvidenceRow) string { return fmt.Sprintf("line-%d", row.Line) }
