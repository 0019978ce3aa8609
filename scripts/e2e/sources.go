package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"netra/shared/connector"
	"netra/shared/llm/llmtest"
)

// provider plays OpenAI's usage API: hours of a month in pages of a week, and one
// 429 in the middle.
type provider struct {
	mu    sync.Mutex
	pages []string // as asked for
	limit bool     // whether the 429 was given
}

const providerKey = "sk-admin-e2e"

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page")) // "" is the first
	p.pages = append(p.pages, q.Get("page"))
	from, err := strconv.ParseInt(q.Get("start_time"), 10, 64)
	switch {
	case r.Header.Get("Authorization") != "Bearer "+providerKey || err != nil || q.Get("bucket_width") != "1h":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case page == 2 && !p.limit:
		p.limit = true
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	answer := map[string]any{"object": "page", "data": bucketsOf(page, from), "has_more": page < 4}
	if page < 4 {
		answer["next_page"] = strconv.Itoa(page + 1)
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone asks again
}

// bucketsOf are the hours of one week.
func bucketsOf(page int, from int64) []any {
	var data []any
	for hour := page * 144; hour < (page+1)*144; hour++ {
		start := from + int64(hour)*3600
		data = append(data, map[string]any{"object": "bucket", "start_time": start, "end_time": start + 3600, "results": []any{map[string]any{
			"object": "organization.usage.completions.result", "input_tokens": 900_000 + hour, "input_cached_tokens": 100_000,
			"output_tokens": 80_000, "num_model_requests": 300, "project_id": "proj_e2e", "model": "gpt-4o-2024-08-06", "batch": false,
		}}})
	}
	return data
}

// sources runs `netra analyze` without a log: Netra fetches it with the user's
// credential, a scripted model chooses a what-if, and a follow-up uses the log again.
func sources(ctx context.Context, out string) error {
	api, model := &provider{}, &llmtest.Script{Steps: []llmtest.Step{
		{Tool: "what_if", Input: `{"no_quality_risk":true}`}, {Text: "Nothing more is to be had without a risk. You would save 99%."}}}
	apiURL, stopAPI, err := serve(api)
	if err != nil {
		return err
	}
	defer stopAPI()
	modelURL, stopModel, err := serve(model)
	if err != nil {
		return err
	}
	defer stopModel()
	dir := filepath.Join(out, "e2e-sources")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	key := filepath.Join(dir, "credential.json")
	if err := os.WriteFile(key, []byte(`{"credential":"`+providerKey+`","base_url":"`+apiURL+`"}`), 0o600); err != nil {
		return err
	}
	defer os.Remove(key)
	var screen bytes.Buffer
	cmd := exec.CommandContext(ctx, "bin/netra", "analyze", "--out", dir, "--credential", string(connector.OpenAI)+"="+key,
		"--goal", "cut our OpenAI bill", "--then", "only options with no quality risk")
	cmd.Env = append(os.Environ(), "NETRA_MODEL=scripted", "NETRA_MODEL_ENDPOINT="+modelURL+"/v1/")
	cmd.Stdout, cmd.Stderr = &screen, &screen
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("netra analyze with a credential: %w\n%s", err, screen.Bytes())
	}
	if err := errors.Join(checkSources(dir, api), checkModel(model)); err != nil {
		return fmt.Errorf("netra analyze with a credential: %w\n%s", err, screen.Bytes())
	}
	fmt.Println("e2e: a fetched log passed")
	return nil
}

func serve(h http.Handler) (base string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with stop
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// checkSources looks at both reports and at what the provider was asked.
func checkSources(dir string, api *provider) error {
	type report struct {
		Status string
		Log    struct{ Calls int64 }
		Tried  []json.RawMessage
		Answer *struct{ Lines []string }
	}
	var first, next report
	for name, into := range map[string]*report{"report.json": &first, "then-1/report.json": &next} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return err
		}
	}
	api.mu.Lock()
	defer api.mu.Unlock()
	switch calls := int64(5 * 144 * 300); {
	case strings.Join(api.pages, ",") != ",1,2,2,3,4":
		return fmt.Errorf("the provider was asked for the pages %q", api.pages)
	case first.Status != "completed" || first.Log.Calls != calls || next.Log.Calls != calls:
		return fmt.Errorf("the runs are %s and %s with %d and %d calls, not %d", first.Status, next.Status, first.Log.Calls, next.Log.Calls, calls)
	case len(first.Tried) != 1:
		return fmt.Errorf("%d what-ifs are in the report, not the one that the model chose", len(first.Tried))
	case next.Answer == nil || len(next.Answer.Lines) < 2:
		return errors.New("the follow-up is not answered")
	}
	return nil
}

// checkModel looks for text of the log in what the model was sent.
func checkModel(model *llmtest.Script) error {
	if len(model.Bodies) == 0 {
		return errors.New("the model was not asked")
	}
	for _, body := range model.Bodies {
		for _, private := range []string{"proj_e2e", providerKey, "credential"} {
			if strings.Contains(body, private) {
				return fmt.Errorf("the model was sent %q", private)
			}
		}
	}
	return nil
}
