package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// User calls the API as its users do: with idempotency keys, and again when
// nobody answers.
type User struct {
	UID        string
	api, token string
	http       *http.Client
}

// Submit sends a message in the thread and returns the run that was accepted. The
// same key is the same run.
func (u *User) Submit(ctx context.Context, thread, key string, datasets []string) (Accepted, error) {
	if datasets == nil {
		datasets = []string{}
	}
	body, err := json.Marshal(map[string]any{"content": "cut our LLM cost by 30%", "datasets": datasets})
	if err != nil {
		return Accepted{}, err
	}
	var out struct {
		RunID string `json:"run_id"`
	}
	if err := u.call(ctx, "POST", "/api/threads/"+thread+"/messages", key, string(body), &out); err != nil {
		return Accepted{}, err
	}
	return Accepted{u.UID, out.RunID}, nil
}

// Prepare makes a thread and, of a log that is not empty, a data set. The same
// key is the same thread.
func (u *User) Prepare(ctx context.Context, key string, log []byte) (thread string, dataset string, err error) {
	var t, d struct {
		ID    string
		Parts []struct{ URL string }
	}
	if err := u.call(ctx, "POST", "/api/threads", key+"-thread", "{}", &t); err != nil {
		return "", "", err
	}
	if len(log) == 0 {
		return t.ID, "", nil
	}
	announce := fmt.Sprintf(`{"filename":"log.jsonl","bytes":%d}`, len(log))
	if err := u.call(ctx, "POST", "/api/datasets", key+"-dataset", announce, &d); err != nil {
		return "", "", err
	}
	put, err := http.NewRequestWithContext(ctx, "PUT", d.Parts[0].URL, strings.NewReader(string(log)))
	if err != nil {
		return "", "", err
	}
	put.Header.Set("Content-Type", "application/octet-stream")
	resp, err := u.http.Do(put)
	if err != nil {
		return "", "", err
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		return "", "", fmt.Errorf("upload: %s", resp.Status)
	}
	return t.ID, d.ID, u.call(ctx, "POST", "/api/datasets/"+d.ID+"/complete", key+"-complete", "{}", nil)
}

// call repeats a request until somebody answers it; the key makes that safe.
func (u *User) call(ctx context.Context, method, path, key, body string, out any) error {
	for {
		status, raw, err := u.once(ctx, method, path, key, body)
		switch {
		case err == nil && status < 300:
			if out == nil {
				return nil
			}
			return json.Unmarshal(raw, out)
		case err == nil && status < 500 && status != http.StatusTooManyRequests:
			return fmt.Errorf("%s %s: %d %s", method, path, status, raw)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s %s: %w (last answer: %d, %v)", method, path, ctx.Err(), status, err)
		case <-time.After(50*time.Millisecond + rand.N(200*time.Millisecond)):
		}
	}
}

func (u *User) once(ctx context.Context, method, path, key, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.api+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+u.token)
	req.Header.Set("Idempotency-Key", key)
	resp, err := u.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}
