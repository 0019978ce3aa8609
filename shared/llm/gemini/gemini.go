// Package gemini asks Google's Gemini models, through the Gemini API with a key
// or through Vertex AI with the service account of the function.
package gemini

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/genai"

	"netra/shared/llm"
)

// Options say whom to ask: a Key for the Gemini API, or Project and Location
// for Vertex AI.
type Options struct {
	Model             string
	Key               string
	Project, Location string
	// BaseURL replaces the service's address, in tests.
	BaseURL string
	Client  *http.Client
}

// Client is an llm.Model.
type Client struct {
	models *genai.Models
	name   string
}

// New makes a client; it asks nothing yet.
func New(ctx context.Context, options Options) (*Client, error) {
	config := &genai.ClientConfig{
		Backend: genai.BackendGeminiAPI, APIKey: options.Key, HTTPClient: options.Client,
		HTTPOptions: genai.HTTPOptions{BaseURL: options.BaseURL},
	}
	if options.Key == "" {
		if options.Project == "" || options.Location == "" {
			return nil, errors.New("gemini: give a key, or project and location for Vertex AI")
		}
		config.Backend, config.Project, config.Location = genai.BackendVertexAI, options.Project, options.Location
	}
	client, err := genai.NewClient(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("gemini: %w", err)
	}
	return &Client{client.Models, options.Model}, nil
}

// Generate asks the model once.
func (c *Client) Generate(ctx context.Context, request llm.Request) (llm.Response, error) {
	answer, err := c.models.GenerateContent(ctx, c.name, contents(request.Messages), config(request))
	if err != nil {
		return llm.Response{}, kind(err)
	}
	response := llm.Response{}
	if answer.UsageMetadata != nil {
		response.InputTokens = int64(answer.UsageMetadata.PromptTokenCount)
		response.OutputTokens = int64(answer.UsageMetadata.CandidatesTokenCount + answer.UsageMetadata.ThoughtsTokenCount)
	}
	if len(answer.Candidates) == 0 {
		return response, fmt.Errorf("%w: no candidate", llm.ErrRefused)
	}
	candidate := answer.Candidates[0]
	switch candidate.FinishReason {
	case genai.FinishReasonMaxTokens:
		response.Cut = true
	case "", genai.FinishReasonStop, genai.FinishReasonUnspecified:
	default:
		return response, fmt.Errorf("%w: finish reason %s", llm.ErrRefused, candidate.FinishReason)
	}
	if candidate.Content == nil {
		return response, fmt.Errorf("%w: no content", llm.ErrGarbage)
	}
	return response, addParts(&response, candidate.Content.Parts)
}

func addParts(response *llm.Response, parts []*genai.Part) error {
	for _, part := range parts {
		if part.FunctionCall == nil {
			if !part.Thought {
				response.Text += part.Text
			}
			continue
		}
		input, err := json.Marshal(part.FunctionCall.Args)
		if err != nil {
			return fmt.Errorf("%w: %w", llm.ErrGarbage, err)
		}
		response.Calls = append(response.Calls, llm.ToolCall{
			ID: part.FunctionCall.ID, Name: part.FunctionCall.Name, Input: input, Opaque: part.ThoughtSignature,
		})
	}
	return nil
}

// kind turns an error of the client into one of llm's kinds.
func kind(err error) error {
	var status genai.APIError
	if errors.As(err, &status) {
		return llm.FromStatus(status.Code)
	}
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &mismatch) {
		return fmt.Errorf("%w: %w", llm.ErrGarbage, err)
	}
	return fmt.Errorf("%w: %w", llm.ErrUnavailable, err)
}

func config(request llm.Request) *genai.GenerateContentConfig {
	c := &genai.GenerateContentConfig{MaxOutputTokens: int32(request.MaxOutput)}
	if request.System != "" {
		c.SystemInstruction = genai.NewContentFromText(request.System, genai.RoleUser)
	}
	if request.Schema != nil {
		c.ResponseMIMEType, c.ResponseJsonSchema = "application/json", request.Schema
	}
	var offered []*genai.FunctionDeclaration
	for _, tool := range request.Tools {
		offered = append(offered, &genai.FunctionDeclaration{Name: tool.Name, Description: tool.Purpose, ParametersJsonSchema: tool.Schema})
	}
	if len(offered) > 0 {
		c.Tools = []*genai.Tool{{FunctionDeclarations: offered}}
	}
	return c
}

// contents puts messages into Gemini's form: answers of tools are the user's.
func contents(messages []llm.Message) []*genai.Content {
	var out []*genai.Content
	for _, m := range messages {
		content := &genai.Content{Role: genai.RoleUser}
		if m.Role == llm.Assistant {
			content.Role = genai.RoleModel
		}
		if m.Role == llm.Tool {
			content.Parts = append(content.Parts, answerPart(m))
		} else if m.Text != "" {
			content.Parts = append(content.Parts, &genai.Part{Text: m.Text})
		}
		for _, call := range m.Calls {
			content.Parts = append(content.Parts, callPart(call))
		}
		out = append(out, content)
	}
	return out
}

func callPart(call llm.ToolCall) *genai.Part {
	var args map[string]any
	if err := json.Unmarshal(call.Input, &args); err != nil {
		args = map[string]any{}
	}
	return &genai.Part{FunctionCall: &genai.FunctionCall{ID: call.ID, Name: call.Name, Args: args}, ThoughtSignature: call.Opaque}
}

// answerPart wraps a tool's answer; one that is no JSON object becomes the field output.
func answerPart(m llm.Message) *genai.Part {
	var output map[string]any
	if err := json.Unmarshal([]byte(m.Text), &output); err != nil {
		output = map[string]any{"output": m.Text}
	}
	return &genai.Part{FunctionResponse: &genai.FunctionResponse{ID: m.CallID, Name: m.Name, Response: output}}
}
