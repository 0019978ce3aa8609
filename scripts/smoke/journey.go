package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"netra/shared/run"
	"netra/shared/sample"
)

const goal = "Cut our LLM spend by 30% without slower answers."

// journey is what a user does: upload, ask, watch, read.
func (s *session) journey(ctx context.Context) error {
	dataset, err := s.upload(ctx)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	var thread struct {
		ID string `json:"id"`
	}
	if err := s.call(ctx, http.MethodPost, s.API+"/api/threads", map[string]any{"title": "smoke test"}, &thread); err != nil {
		return fmt.Errorf("new thread: %w", err)
	}
	s.thread = thread.ID
	var accepted struct {
		RunID string `json:"run_id"`
	}
	message := map[string]any{"content": goal, "datasets": []string{dataset}}
	if err := s.call(ctx, http.MethodPost, s.API+"/api/threads/"+s.thread+"/messages", message, &accepted); err != nil {
		return fmt.Errorf("message: %w", err)
	}
	s.say("run %s was accepted", accepted.RunID)
	if err := s.watch(ctx, accepted.RunID); err != nil {
		return err
	}
	return s.read(ctx, accepted.RunID)
}

// part is where one part of a log goes.
type part struct {
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	URL    string `json:"url"`
}

func (s *session) upload(ctx context.Context) (string, error) {
	log, err := sampleLog()
	if err != nil {
		return "", err
	}
	var dataset struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		Parts  []part `json:"parts"`
	}
	in := map[string]any{"filename": sample.Coding().Name, "bytes": len(log)}
	if err := s.call(ctx, http.MethodPost, s.API+"/api/datasets", in, &dataset); err != nil {
		return "", err
	}
	s.datasets = append(s.datasets, dataset.ID)
	for _, p := range dataset.Parts {
		if p.Offset < 0 || p.Bytes < 0 || p.Offset+p.Bytes > int64(len(log)) {
			return "", fmt.Errorf("the api asks for bytes %d to %d of %d", p.Offset, p.Offset+p.Bytes, len(log))
		}
		if _, err := s.send(ctx, http.MethodPut, p.URL, "application/octet-stream", log[p.Offset:p.Offset+p.Bytes]); err != nil {
			return "", err
		}
	}
	if err := s.call(ctx, http.MethodPost, s.API+"/api/datasets/"+dataset.ID+"/complete", map[string]any{}, &dataset); err != nil {
		return "", err
	}
	if dataset.Status != "ready" {
		return "", fmt.Errorf("the log is %s, not ready", dataset.Status)
	}
	s.say("uploaded %d bytes in %d parts", len(log), len(dataset.Parts))
	return dataset.ID, nil
}

func sampleLog() ([]byte, error) {
	r, err := sample.Coding().Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

var errGap = errors.New("an event is missing")

// progress checks that events arrive complete and in order, and knows when the
// run is over.
type progress struct {
	last      int64
	completed []string      // stages
	end       run.EventType // type of the event that ended the run
	waits     bool          // the run asks for data
	events    []run.Event
}

func (p *progress) take(e run.Event) error {
	if e.Seq <= p.last {
		return nil // a listener that reconnects may repeat itself
	}
	if e.Seq != p.last+1 {
		return fmt.Errorf("%w: event %d came after event %d", errGap, e.Seq, p.last)
	}
	p.last = e.Seq
	p.events = append(p.events, e)
	switch e.Type {
	case run.AgentCompleted:
		p.completed = append(p.completed, e.Stage)
	case run.DataRequested:
		p.waits = true
	case run.DataReceived:
		p.waits = false
	case run.RunCompleted, run.RunFailed, run.RunCancelled:
		p.end = e.Type
	}
	return nil
}

// read checks the run's end and that the report has figures.
func (s *session) read(ctx context.Context, id string) error {
	var final struct {
		Status    string   `json:"status"`
		Route     []string `json:"route"`
		Artifacts []string `json:"artifacts"`
	}
	if err := s.call(ctx, http.MethodGet, s.API+"/api/runs/"+id, nil, &final); err != nil {
		return fmt.Errorf("read the run: %w", err)
	}
	if final.Status != "completed" {
		return fmt.Errorf("the run is %s", final.Status)
	}
	if !slices.Contains(final.Artifacts, "report.json") {
		return fmt.Errorf("the run has no report.json, only %s", strings.Join(final.Artifacts, ", "))
	}
	var report map[string]any
	if err := s.call(ctx, http.MethodGet, s.API+"/api/runs/"+id+"/artifacts/report.json", nil, &report); err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	figures := 0
	for _, v := range report {
		figures += numbers(v)
	}
	if figures < 3 {
		return fmt.Errorf("the report has %d figures", figures)
	}
	s.say("the report has %d figures, and %d files came with it", figures, len(final.Artifacts))
	return s.keepFiles(ctx, id, final.Artifacts)
}

// numbers counts the numbers in decoded JSON.
func numbers(v any) int {
	n := 0
	switch v := v.(type) {
	case float64, json.Number:
		n = 1
	case []any:
		for _, inner := range v {
			n += numbers(inner)
		}
	case map[string]any:
		for _, inner := range v {
			n += numbers(inner)
		}
	}
	return n
}
