package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"netra/shared/tools"
)

// maxToolText bounds what a tool's answer adds to a conversation, in bytes.
const maxToolText = 16 << 10

// Converse lets a model call tools of the catalog, through the dispatcher with
// all its checks and events, until it answers with text. A tool that is denied,
// unknown or fails is told to the model, which goes on. The number of rounds is
// bounded; ErrBudget ends a conversation that does not come to an end. An error
// of the dispatcher's emitter, or the end of the context, ends it too.
func Converse(ctx context.Context, model Model, catalog tools.Catalog, d *tools.Dispatcher, request Request, rounds int) (Response, error) {
	request.Tools = catalog.Tools()
	for range rounds {
		response, err := model.Generate(ctx, request)
		if err != nil || len(response.Calls) == 0 {
			return response, err
		}
		request.Messages = append(request.Messages[:len(request.Messages):len(request.Messages)],
			Message{Role: Assistant, Text: response.Text, Calls: response.Calls})
		for _, call := range response.Calls {
			answer, err := answerCall(ctx, catalog, d, call)
			if err != nil {
				return Response{}, err
			}
			request.Messages = append(request.Messages, answer)
		}
	}
	return Response{}, fmt.Errorf("%w: no answer after %d rounds of tools", ErrBudget, rounds)
}

// answerCall runs a tool and puts its output, or why there is none, into a message.
func answerCall(ctx context.Context, catalog tools.Catalog, d *tools.Dispatcher, call ToolCall) (Message, error) {
	out, err := catalog.Call(ctx, d, call.Name, call.Input)
	if ctx.Err() != nil {
		return Message{}, context.Cause(ctx)
	}
	var reply any = out
	switch {
	case err == nil && len(out) > maxToolText:
		reply = map[string]string{"error": "the output is too long to show"}
	case tellable(err):
		reply = map[string]string{"error": err.Error()}
	case err != nil:
		reply = map[string]string{"error": "the tool failed"}
	}
	text, err := json.Marshal(reply)
	if err != nil {
		return Message{}, fmt.Errorf("write the answer of tool %s: %w", call.Name, err)
	}
	return Message{Role: Tool, CallID: call.ID, Name: call.Name, Text: string(text)}, nil
}

// tellable errors hold nothing internal.
func tellable(err error) bool {
	return errors.Is(err, tools.ErrDenied) || errors.Is(err, tools.ErrInput) || errors.Is(err, tools.ErrUnknown)
}
