package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"netra/shared/run"
)

// keepEvents writes events.jsonl into the folder of -out, if there is one.
func (s *session) keepEvents(events []run.Event) error {
	if s.keep == "" {
		return nil
	}
	var lines bytes.Buffer
	out := json.NewEncoder(&lines)
	for _, e := range events {
		if err := out.Encode(e); err != nil {
			return fmt.Errorf("keep event %d: %w", e.Seq, err)
		}
	}
	return s.write("events.jsonl", lines.Bytes())
}

// keepFiles fetches every file of the run into the folder of -out, if there is one.
func (s *session) keepFiles(ctx context.Context, id string, names []string) error {
	if s.keep == "" {
		return nil
	}
	for _, name := range names {
		body, err := s.send(ctx, http.MethodGet, s.API+"/api/runs/"+id+"/artifacts/"+name, "", nil)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if err := s.write(name, body); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) write(name string, body []byte) error {
	if err := os.MkdirAll(s.keep, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.keep, filepath.Base(name)), body, 0o644)
}
