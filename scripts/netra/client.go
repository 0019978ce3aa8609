package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"netra/shared/run"
	"netra/shared/usage"
)

// client calls the API as one user.
type client struct {
	base, token string
	http        *http.Client
}

func newClient(base, token string) *client {
	return &client{strings.TrimSuffix(base, "/"), token, &http.Client{Timeout: 2 * time.Minute}}
}

// problem is the API's error answer (RFC 9457).
type problem struct {
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Status int    `json:"status"`
}

func (p *problem) Error() string { return p.Title + ". " + p.Detail }

// tries is how often a call is made when the server is busy or unreachable;
// every POST carries an idempotency key, so that a repetition does nothing twice.
const tries = 6

// call sends body as JSON and decodes the answer into out, if not nil.
func (c *client) call(ctx context.Context, method, path string, body, out any) error {
	raw, err := c.raw(ctx, method, path, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("understand the answer of %s %s: %w", method, path, err)
	}
	return nil
}

func (c *client) raw(ctx context.Context, method, path string, body any) ([]byte, error) {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
	}
	key := rand.Text()
	var last error
	for try := range tries {
		if try > 0 && !pause(ctx, 200*time.Millisecond<<try) {
			break
		}
		raw, again, err := c.once(ctx, method, path, key, data)
		if err == nil || !again {
			return raw, err
		}
		last = err
	}
	return nil, last
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// once makes one attempt; again says whether another one may help.
func (c *client) once(ctx context.Context, method, path, key string, data []byte) (raw []byte, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(data))
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, ctx.Err() == nil, fmt.Errorf("reach the api: %w", err)
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(resp.Body)
	if err != nil {
		return nil, true, fmt.Errorf("read the api's answer: %w", err)
	}
	if resp.StatusCode < 300 {
		return raw, false, nil
	}
	p := &problem{Title: resp.Status, Status: resp.StatusCode}
	if json.Unmarshal(raw, p) != nil {
		p.Detail = strings.TrimSpace(string(raw))
	}
	return nil, resp.StatusCode >= 500, p
}

// uploadPart is where one part of a log goes.
type uploadPart struct {
	Number int    `json:"number"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	URL    string `json:"url"`
}

// dataset is a log on the server.
type dataset struct {
	ID      string       `json:"id"`
	Status  string       `json:"status"`
	Format  string       `json:"format"`
	Parts   []uploadPart `json:"parts"`
	Problem *run.Failure `json:"problem"`
	Preview struct {
		Proposed *usage.Mapping `json:"proposed_mapping"`
	} `json:"preview"`
}

// refusal says why a log cannot be used: a *usage.Error where a mapping may help.
func (d dataset) refusal() error {
	reason := "the log cannot be used: " + d.Problem.Reason
	if m := d.Preview.Proposed; m != nil {
		return &usage.Error{Kind: usage.Kind(d.Problem.Kind), Message: reason, Proposal: m}
	}
	return fmt.Errorf("%s. What to do: %s", reason, d.Problem.Advice)
}

// upload sends a log in parts and returns its data set. A part that failed is
// sent again by the URLs that the server then gives.
func (c *client) upload(ctx context.Context, file string, mapping json.RawMessage) (dataset, error) {
	f, err := os.Open(file)
	if err != nil {
		return dataset{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return dataset{}, err
	}
	if info.IsDir() {
		return dataset{}, fmt.Errorf("%s is a folder: name one usage log", file)
	}
	var d dataset
	announced := map[string]any{"filename": filepath.Base(file), "bytes": info.Size()}
	if mapping != nil {
		announced["mapping"] = mapping
	}
	err = c.call(ctx, "POST", "/api/datasets", announced, &d)
	if err != nil {
		return d, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return d, err
	}
	for range tries {
		if err = c.putParts(ctx, f, d.Parts); err == nil {
			break
		}
		if err := c.call(ctx, "GET", "/api/datasets/"+d.ID, nil, &d); err != nil {
			return d, err
		}
	}
	if err != nil {
		return d, err
	}
	err = c.call(ctx, "POST", "/api/datasets/"+d.ID+"/complete", map[string]any{"sha256": hex.EncodeToString(sum.Sum(nil))}, &d)
	if err == nil && d.Status == "refused" {
		return d, d.refusal()
	}
	return d, err
}

func (c *client) putParts(ctx context.Context, f *os.File, parts []uploadPart) error {
	for _, p := range parts {
		if err := c.putPart(ctx, p, io.NewSectionReader(f, p.Offset, p.Bytes)); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) putPart(ctx context.Context, p uploadPart, body io.Reader) error {
	req, err := http.NewRequestWithContext(ctx, "PUT", p.URL, body)
	if err != nil {
		return err
	}
	req.ContentLength = p.Bytes
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("upload part %d: %w", p.Number, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("upload part %d: %s", p.Number, resp.Status)
	}
	return nil
}
