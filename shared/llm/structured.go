package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Structured asks for an answer of type T: the schema comes from the type, the
// answer is checked against it, and a wrong one is sent back once with what is
// wrong. The error is the model's, or ErrGarbage.
func Structured[T any](ctx context.Context, model Model, request Request) (T, error) {
	var none T
	schema, err := jsonschema.For[T](nil)
	if err != nil {
		return none, fmt.Errorf("schema of the answer: %w", err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		return none, fmt.Errorf("schema of the answer: %w", err)
	}
	request.Schema = schema
	for attempt := 0; ; attempt++ {
		response, err := model.Generate(ctx, request)
		if err != nil {
			return none, err
		}
		out, err := parse[T](resolved, response)
		if err == nil {
			return out, nil
		}
		if attempt == 1 {
			return none, fmt.Errorf("%w: %w", ErrGarbage, err)
		}
		request.Messages = append(request.Messages[:len(request.Messages):len(request.Messages)],
			Message{Role: Assistant, Text: response.Text},
			Message{Role: User, Text: "That does not fit the schema: " + err.Error() + ". Answer with the JSON only."})
	}
}

func parse[T any](schema *jsonschema.Resolved, response Response) (T, error) {
	var out T
	if response.Cut {
		return out, errors.New("the answer is cut off")
	}
	text := strings.TrimSpace(response.Text)
	// Some servers wrap JSON in a fence although they were asked not to.
	if rest, ok := strings.CutPrefix(text, "```"); ok {
		text = strings.TrimSuffix(strings.TrimPrefix(rest, "json"), "```")
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return out, err
	}
	if err := schema.Validate(value); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(text), &out)
}
