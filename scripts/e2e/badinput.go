package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"netra/emulators/local"
	"netra/shared/sample"
)

// caller speaks to the API as one user.
type caller struct {
	url, token string
	http       *http.Client
}

// call answers the status and the body as JSON.
func (c caller) call(ctx context.Context, method, path, body string) (int, map[string]any, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	doc := map[string]any{}
	if len(raw) > 0 && json.Unmarshal(raw, &doc) != nil {
		doc["text"] = string(raw)
	}
	return resp.StatusCode, doc, nil
}

// upload sends a log and answers its data set after completion.
func (c caller) upload(ctx context.Context, name string, log []byte) (map[string]any, error) {
	_, d, err := c.call(ctx, "POST", "/api/datasets", fmt.Sprintf(`{"filename":%q,"bytes":%d}`, name, len(log)))
	if err != nil {
		return nil, err
	}
	parts, _ := d["parts"].([]any)
	for _, p := range parts {
		part := p.(map[string]any)
		from, n := int(part["offset"].(float64)), int(part["bytes"].(float64))
		req, err := http.NewRequestWithContext(ctx, "PUT", part["url"].(string), bytes.NewReader(log[from:from+n]))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			return nil, fmt.Errorf("upload %s: %s", name, resp.Status)
		}
	}
	_, d, err = c.call(ctx, "POST", fmt.Sprintf("/api/datasets/%v/complete", d["id"]), "{}")
	return d, err
}

// badLogs are logs that must be refused, with the kind of the refusal.
func badLogs() map[string][]byte {
	noise := make([]byte, 4096)
	_, _ = rand.Read(noise) // never fails
	return map[string][]byte{
		"binary":           append([]byte{0x7f, 'E', 'L', 'F', 0, 0}, noise...),
		"no_usable_column": []byte("colour,shape\nred,round\nblue,square\n"),
		"line_too_long":    append([]byte(`{"model":"gpt-4o","prompt_tokens":1,"completion_tokens":1,"x":"`), bytes.Repeat([]byte("x"), 200<<20)...),
		"empty":            []byte("\n\n\n"),
	}
}

// badInput sends what no user should send: each gets its documented error, and
// the next run works.
func badInput(ctx context.Context, cloud *local.Cloud) error {
	token, err := cloud.Token("demo")
	if err != nil {
		return err
	}
	me := caller{cloud.URL("api"), token, &http.Client{Timeout: 2 * time.Minute}}
	if err := badRequests(ctx, cloud, me); err != nil {
		return fmt.Errorf("bad requests: %w", err)
	}
	for kind, log := range badLogs() {
		d, err := me.upload(ctx, kind+".log", log)
		if err != nil {
			return fmt.Errorf("bad log %s: %w", kind, err)
		}
		problem, _ := d["problem"].(map[string]any)
		if d["status"] != "refused" || problem == nil || problem["kind"] != kind || problem["reason"] == "" {
			return fmt.Errorf("bad log %s was not refused as such: %v", kind, d)
		}
		fmt.Printf("e2e: %-17s -> %v: %.90v\n", kind, problem["kind"], problem["reason"])
	}
	if got, err := me.run(ctx, "bomb.jsonl.gz", bomb()); err != nil || got != "failed bad_data" {
		return fmt.Errorf("a zip bomb ends as %q: %w", got, err)
	}
	good, err := sampleLog()
	if err != nil {
		return err
	}
	if got, err := me.run(ctx, sample.Coding().Name, good); err != nil || got != "completed" {
		return fmt.Errorf("the run after the bad input ends as %q: %w", got, err)
	}
	fmt.Println("e2e: bad input passed")
	return nil
}

func badRequests(ctx context.Context, cloud *local.Cloud, me caller) error {
	_, thread, err := me.call(ctx, "POST", "/api/threads", "{}")
	if err != nil {
		return err
	}
	id := fmt.Sprint(thread["id"])
	stranger, err := cloud.Token("stranger")
	if err != nil {
		return err
	}
	forged := caller{me.url, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJkZW1vIn0.", me.http}
	other := caller{me.url, stranger, me.http}
	cases := []struct {
		who                      caller
		method, path, body, kind string
	}{
		{me, "POST", "/api/datasets", `{"filename":"empty.jsonl","bytes":0}`, "invalid"},
		{me, "POST", "/api/threads/" + id + "/messages", `{"content":"` + strings.Repeat("x", 50_000) + `"}`, "too_large"},
		{me, "POST", "/api/threads/" + id + "/messages", `{"content":""}`, "invalid"},
		{me, "POST", "/api/threads/" + id + "/messages", `not json`, "bad_request"},
		{forged, "GET", "/api/account", "", "unauthenticated"},
		{other, "GET", "/api/threads/" + id, "", "not_found"},
		{other, "POST", "/api/threads/" + id + "/messages", `{"content":"cut cost"}`, "not_found"},
		{me, "GET", "/api/runs/..%2F..%2Fusers", "", "not_found"},
	}
	for _, c := range cases {
		status, doc, err := c.who.call(ctx, c.method, c.path, c.body)
		if err != nil {
			return err
		}
		if doc["kind"] != c.kind || doc["detail"] == "" {
			return fmt.Errorf("%s %s: %d %v, want %s", c.method, c.path, status, doc, c.kind)
		}
	}
	return nil
}

// bomb is a small gzip file of two gigabytes of valid rows.
func bomb() []byte {
	rows := bytes.Repeat([]byte(`{"model":"gpt-4o","prompt_tokens":1,"completion_tokens":1}`+"\n"), 20_000)
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level exists
	for range 1800 {
		_, _ = z.Write(rows) // a buffer takes everything
	}
	_ = z.Close()
	return out.Bytes()
}

func sampleLog() ([]byte, error) {
	log, err := sample.Coding().Open()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return io.ReadAll(log)
}

// run uploads a log, waits for its run to end, and answers its status and, if it
// failed, the kind of its failure.
func (c caller) run(ctx context.Context, name string, log []byte) (string, error) {
	d, err := c.upload(ctx, name, log)
	if err != nil {
		return "", err
	}
	_, thread, err := c.call(ctx, "POST", "/api/threads", "{}")
	if err != nil {
		return "", err
	}
	_, accepted, err := c.call(ctx, "POST", fmt.Sprintf("/api/threads/%v/messages", thread["id"]),
		fmt.Sprintf(`{"content":"cut cost","datasets":[%q]}`, d["id"]))
	if err != nil {
		return "", err
	}
	for range 1800 {
		_, doc, err := c.call(ctx, "GET", fmt.Sprintf("/api/runs/%v", accepted["run_id"]), "")
		if err != nil {
			return "", err
		}
		failure, _ := doc["failure"].(map[string]any)
		switch doc["status"] {
		case "completed", "expired", "cancelled":
			return fmt.Sprint(doc["status"]), nil
		case "failed":
			return fmt.Sprintf("failed %v", failure["kind"]), nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "not ended", nil
}
