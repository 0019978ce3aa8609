package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"netra/shared/queue"
)

// load submits runs as their users would: over the API, with idempotency keys,
// again when nobody answers.
type load struct {
	api    string
	tokens map[string]string // by uid
	http   *http.Client
}

// submit sends one message for the user and returns the run that was accepted.
func (l *load) submit(ctx context.Context, uid, thread, key string, datasets []string) (accepted, error) {
	body, err := json.Marshal(map[string]any{"content": "cut our LLM cost by 30%", "datasets": datasets})
	if err != nil {
		return accepted{}, err
	}
	var out struct {
		RunID string `json:"run_id"`
	}
	if err := l.call(ctx, uid, "POST", "/api/threads/"+thread+"/messages", key, string(body), &out); err != nil {
		return accepted{}, err
	}
	return accepted{uid, out.RunID}, nil
}

// prepare makes the user's thread and a data set of the sample log's first rows.
func (l *load) prepare(ctx context.Context, uid string, log []byte) (thread string, dataset string, err error) {
	var t, d struct {
		ID    string
		Parts []struct{ URL string }
	}
	if err := l.call(ctx, uid, "POST", "/api/threads", "thread", "{}", &t); err != nil {
		return "", "", err
	}
	if len(log) == 0 {
		return t.ID, "", nil
	}
	announce := fmt.Sprintf(`{"filename":"log.jsonl","bytes":%d}`, len(log))
	if err := l.call(ctx, uid, "POST", "/api/datasets", "dataset", announce, &d); err != nil {
		return "", "", err
	}
	put, err := http.NewRequestWithContext(ctx, "PUT", d.Parts[0].URL, strings.NewReader(string(log)))
	if err != nil {
		return "", "", err
	}
	put.Header.Set("Content-Type", "application/octet-stream")
	resp, err := l.http.Do(put)
	if err != nil {
		return "", "", err
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		return "", "", fmt.Errorf("upload: %s", resp.Status)
	}
	return t.ID, d.ID, l.call(ctx, uid, "POST", "/api/datasets/"+d.ID+"/complete", "complete", "{}", nil)
}

// call repeats a request until somebody answers it; the key makes that safe.
func (l *load) call(ctx context.Context, uid, method, path, key, body string, out any) error {
	for {
		status, raw, err := l.once(ctx, uid, method, path, key, body)
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

func (l *load) once(ctx context.Context, uid, method, path, key, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, l.api+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+l.tokens[uid])
	req.Header.Set("Idempotency-Key", key)
	resp, err := l.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}

// disturber publishes messages that nobody asked for: copies of what is on the
// way, and messages for stages that are done or not yet due.
type disturber struct {
	publish queue.Publisher
	stages  []string

	mu     sync.Mutex
	counts map[string]int
}

// disturb sends one message of each kind for the run.
func (d *disturber) disturb(ctx context.Context, a accepted) {
	kinds := map[string]string{
		"duplicate":    d.stages[rand.N(len(d.stages))],
		"out_of_order": d.stages[len(d.stages)-1-rand.N(2)],
	}
	for kind, stage := range kinds {
		copies := 1
		if kind == "duplicate" {
			copies = 2
		}
		for range copies {
			if d.publish.Publish(ctx, queue.Message{UID: a.uid, RunID: a.runID, Stage: stage}) != nil {
				return // the emulator is down at the moment; not counted
			}
		}
		d.mu.Lock()
		d.counts[kind]++
		d.mu.Unlock()
	}
}
