package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"netra/shared/run"
)

// wanted are figures of the built-in sample log, taken with independent scripts.
const (
	wantCalls   = 5321
	wantInput   = 69_231_073
	wantOutput  = 2_862_673
	wantCost    = 183.711767
	wantFlagged = 1
)

// commandLine runs `netra analyze` as `make run` does, on the sample log, and
// checks what it leaves.
func commandLine(ctx context.Context, out string) error {
	dir := filepath.Join(out, "e2e")
	var screen bytes.Buffer
	cmd := exec.CommandContext(ctx, "bin/netra", "analyze", "--out", dir, "--goal", "cut our LLM cost by 30% without slower answers")
	cmd.Stdout, cmd.Stderr = &screen, &screen
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("netra analyze: %w\n%s", err, screen.Bytes())
	}
	if err := errors.Join(checkReport(dir), checkEvents(dir)); err != nil {
		return fmt.Errorf("netra analyze: %w", err)
	}
	fmt.Println("e2e: netra analyze passed")
	return nil
}

func checkReport(dir string) error {
	raw, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		return err
	}
	var r struct {
		Status string
		Log    struct {
			Calls           int64
			InputTokens     int64   `json:"input_tokens"`
			OutputTokens    int64   `json:"output_tokens"`
			ReportedCostUSD float64 `json:"reported_cost_usd"`
			Flagged         []json.RawMessage
		}
		Events struct {
			Count   int64
			LastSeq int64 `json:"last_seq"`
		}
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	got := fmt.Sprintf("%s %d %d %d %.6f %d", r.Status, r.Log.Calls, r.Log.InputTokens, r.Log.OutputTokens, r.Log.ReportedCostUSD, len(r.Log.Flagged))
	want := fmt.Sprintf("%s %d %d %d %.6f %d", run.Completed, wantCalls, wantInput, wantOutput, wantCost, wantFlagged)
	if got != want {
		return fmt.Errorf("report.json says %s, not %s", got, want)
	}
	if r.Events.Count == 0 || r.Events.Count != r.Events.LastSeq {
		return fmt.Errorf("%d events were received, the last one is number %d", r.Events.Count, r.Events.LastSeq)
	}
	return nil
}

// checkEvents looks for the five events of each stage, in order.
func checkEvents(dir string) error {
	raw, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		return err
	}
	order := []run.EventType{run.AgentStarted, run.AgentThinking, run.ToolExecuting, run.ToolCompleted, run.AgentCompleted}
	next := map[string]int{}
	for i, line := range bytes.Split(bytes.TrimSpace(raw), []byte("\n")) {
		var e run.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
		if e.Seq != int64(i)+1 {
			return fmt.Errorf("event number %d stands in place %d", e.Seq, i+1)
		}
		if at := next[e.Stage]; at < len(order) && e.Type == order[at] {
			next[e.Stage]++
		}
	}
	for _, stage := range []string{"triage", "intelligence", "optimization", "actions", "report"} {
		if next[stage] != len(order) {
			return fmt.Errorf("stage %s told only %d of its five events in order", stage, next[stage])
		}
	}
	return nil
}
