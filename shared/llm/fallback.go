package llm

import (
	"context"
	"errors"
)

// Fallback is a Model that asks smaller models in turn when one cannot answer.
type Fallback struct{ models []Model }

// NewFallback makes a model of several, the preferred one first.
func NewFallback(models ...Model) Fallback { return Fallback{models} }

// Generate returns the first answer. It goes on to the next model while there is
// time and the error is not about the request or the budget.
func (f Fallback) Generate(ctx context.Context, request Request) (Response, error) {
	var all []error
	for _, model := range f.models {
		response, err := model.Generate(ctx, request)
		if err == nil {
			return response, nil
		}
		all = append(all, err)
		if ctx.Err() != nil || errors.Is(err, ErrBudget) {
			break
		}
	}
	if len(all) == 0 {
		return Response{}, ErrUnavailable
	}
	return Response{}, errors.Join(all...)
}
