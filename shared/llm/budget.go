package llm

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Budget is a Model that spends no more than its limits: one per stage.
type Budget struct {
	model  Model
	limits Limits
	now    func() time.Time

	mu     sync.Mutex
	start  time.Time
	tokens int64
	calls  int
}

// NewBudget wraps a model. Its time starts with the first request.
func NewBudget(model Model, limits Limits, now func() time.Time) *Budget {
	return &Budget{model: model, limits: limits, now: now}
}

// Generate asks the model if the budget allows, within the time for one call and
// what is left of the total.
func (b *Budget) Generate(ctx context.Context, request Request) (Response, error) {
	left, err := b.spend()
	if err != nil {
		return Response{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(left, b.limits.PerCall))
	defer cancel()
	response, err := b.model.Generate(ctx, request)
	b.mu.Lock()
	b.tokens += response.InputTokens + response.OutputTokens
	b.mu.Unlock()
	return response, err
}

// spend takes one call from the budget and returns the time that is left.
func (b *Budget) spend() (time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.calls == 0 {
		b.start = now
	}
	left := b.limits.Total - now.Sub(b.start)
	switch {
	case b.calls >= b.limits.Calls:
		return 0, fmt.Errorf("%w: %d calls", ErrBudget, b.calls)
	case b.tokens >= b.limits.Tokens:
		return 0, fmt.Errorf("%w: %d tokens", ErrBudget, b.tokens)
	case left <= 0:
		return 0, fmt.Errorf("%w: %s", ErrBudget, b.limits.Total)
	}
	b.calls++
	return left, nil
}

// Spent returns the tokens and calls used so far.
func (b *Budget) Spent() (tokens int64, calls int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens, b.calls
}
