package llm

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Breaker is a Model that leaves a failing model alone: after a number of
// failures in a row it answers ErrOpen at once, until the pause is over; then
// one request is let through to see. It belongs to the client and is shared by
// all requests of an instance.
type Breaker struct {
	model    Model
	failures int
	pause    time.Duration
	now      func() time.Time

	mu     sync.Mutex
	failed int
	until  time.Time
}

// NewBreaker wraps a model: the circuit opens for the pause after the given
// number of failures in a row.
func NewBreaker(model Model, failures int, pause time.Duration, now func() time.Time) *Breaker {
	return &Breaker{model: model, failures: failures, pause: pause, now: now}
}

// Generate asks the model unless the circuit is open. A caller that gave up
// (its context was cancelled) is no failure of the model; a deadline is.
func (b *Breaker) Generate(ctx context.Context, request Request) (Response, error) {
	if !b.admit() {
		return Response{}, ErrOpen
	}
	response, err := b.model.Generate(ctx, request)
	b.note(ctx, err)
	return response, err
}

// admit lets requests through while the circuit is closed, and one at a time
// after the pause.
func (b *Breaker) admit() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < b.failures {
		return true
	}
	if b.now().Before(b.until) {
		return false
	}
	b.until = b.now().Add(b.pause)
	return true
}

func (b *Breaker) note(ctx context.Context, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.failed = 0
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, ErrRefused), errors.Is(err, ErrGarbage):
		// The model is there.
	default:
		b.failed++
		b.until = b.now().Add(b.pause)
	}
}
