package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"netra/shared/store"
)

// receiptLife is how long a key is remembered.
const receiptLife = 24 * time.Hour

// maxKey bounds an idempotency key.
const maxKey = 200

// receipt answers a repeated request with what the first one was answered.
type receipt struct {
	user         store.User
	key, request string
	now          time.Time
}

// replay is the stored answer, on its way out as an error.
type replay struct{ store.Receipt }

func (r *replay) Error() string { return "answered before" }

func (r *replay) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(r.Status)
	_, err := w.Write(r.Body)
	return err
}

// receipt returns nil for a request without a key.
func (s *server) receipt(c *call) (*receipt, error) {
	key := c.req.Header.Get("Idempotency-Key")
	if key == "" {
		return nil, nil
	}
	if len(key) > maxKey {
		return nil, refuse("invalid", fmt.Sprintf("An Idempotency-Key has at most %d characters.", maxKey))
	}
	return &receipt{
		user:    c.user,
		key:     hash(c.req.Method, c.req.URL.Path, key),
		request: hash(string(c.body)),
		now:     s.Now(),
	}, nil
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// stored makes the receipt to write with the change that the request makes. If
// the key was used before, its error is the replay, or key_reused. A nil
// receipt stores nothing.
func (r *receipt) stored(ctx context.Context, status int, body any) (*store.Receipt, error) {
	if r == nil {
		return nil, nil
	}
	old, err := r.user.Receipt(ctx, r.key)
	switch {
	case err == nil && old.Request != r.request:
		return nil, refuse("key_reused", "Use a new Idempotency-Key for a new request.")
	case err == nil:
		return nil, &replay{old}
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	return &store.Receipt{Key: r.key, Request: r.request, Status: status, Body: append(raw, '\n'),
		ExpireAt: r.now.Add(receiptLife)}, nil
}

// answeredMeanwhile turns the conflict of a request whose equal was faster into
// that one's answer.
func (s *server) answeredMeanwhile(ctx context.Context, c *call, conflict error) error {
	receipt, err := s.receipt(c)
	if err != nil {
		return err
	}
	if _, err := receipt.stored(ctx, 0, nil); err != nil {
		return err
	}
	return conflict
}
