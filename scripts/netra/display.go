package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"netra/shared/run"
	"netra/shared/sufficiency"
	"netra/shared/words"
)

// display shows a run's events to a person, a line each.
type display struct {
	out io.Writer
}

func (d *display) show(e run.Event) {
	if line := d.line(e); line != "" {
		fmt.Fprintf(d.out, "%4d  %s\n", e.Seq, words.Line(line))
	}
}

func (d *display) line(e run.Event) string {
	var all struct {
		Agent, Thought, Tool, Purpose, Summary, Title, Reason, Answer, Status, Advice string
		Position, Stages, Attempt, Round                                              int
		Success                                                                       bool
		DurationMS                                                                    int64 `json:"duration_ms"`
		Progress                                                                      float64
		Items                                                                         []run.Missing
	}
	if err := json.Unmarshal(e.Data, &all); err != nil {
		return string(e.Type) + " (data cannot be read: " + err.Error() + ")"
	}
	switch e.Type {
	case run.RunQueued:
		return fmt.Sprintf("queued at position %d", all.Position)
	case run.RunStarted:
		return "run started"
	case run.AgentStarted:
		return fmt.Sprintf("[%d/%d] %s", all.Position, all.Stages, all.Agent)
	case run.AgentThinking:
		return fmt.Sprintf("      %3.0f%%  %s", 100*all.Progress, all.Thought)
	case run.ToolExecuting:
		return fmt.Sprintf("      > %s: %s", all.Tool, all.Purpose)
	case run.ToolCompleted:
		mark := "ok"
		if !all.Success {
			mark = "no"
		}
		return fmt.Sprintf("      < %s %s in %d ms: %s", all.Tool, mark, all.DurationMS, all.Summary)
	case run.AgentCompleted:
		return fmt.Sprintf("      done in %d ms: %s", all.DurationMS, all.Summary)
	case run.StageRetrying:
		return fmt.Sprintf("      trying again (attempt %d): %s", all.Attempt, all.Reason)
	case run.PartialResult:
		return fmt.Sprintf("      first result: %s. %s", all.Title, all.Summary)
	case run.DataRequested:
		return fmt.Sprintf("data needed: %d items", len(all.Items))
	case run.DataReceived:
		return fmt.Sprintf("data request %d answered: %s", all.Round, all.Answer)
	case run.RunCompleted:
		return fmt.Sprintf("run %s in %d ms: %s", all.Status, all.DurationMS, all.Summary)
	case run.RunFailed:
		return fmt.Sprintf("run failed: %s. What to do: %s", all.Reason, all.Advice)
	case run.RunCancelled:
		return "run cancelled: " + all.Reason
	}
	return string(e.Type)
}

// requestText is a data request for a person: what is missing, what it would be
// worth, and how to get it. Steps that several items need stand once, at the end.
func requestText(req run.DataRequest) string {
	var b strings.Builder
	b.WriteString("\nTo answer fully, Netra needs more data:\n")
	own, common := sufficiency.Export(req.Items)
	for i, item := range req.Items {
		fmt.Fprintf(&b, "\n%d. %s: %s\n   unlocks: %s\n   worth:   %s\n", i+1, words.Line(item.Field), words.Line(item.Why), words.Line(item.Unlocks), words.Line(item.Worth))
		for _, step := range own[i] {
			fmt.Fprintf(&b, "   - %s\n", words.Line(step))
		}
	}
	if len(common) > 0 {
		b.WriteString("\nHow to export:\n")
	}
	for _, step := range common {
		fmt.Fprintf(&b, "- %s\n", words.Line(step))
	}
	return b.String()
}
