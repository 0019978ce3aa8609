package run_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"netra/shared/run"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goldenData makes the data type of each event type. The console's tests parse
// the same file, so an event type or a field that only one side knows fails here
// or there.
func goldenData() map[run.EventType]func() any {
	return map[run.EventType]func() any{
		run.AgentStarted:   func() any { return &run.AgentStartedData{} },
		run.AgentThinking:  func() any { return &run.AgentThinkingData{} },
		run.ToolExecuting:  func() any { return &run.ToolExecutingData{} },
		run.ToolCompleted:  func() any { return &run.ToolCompletedData{} },
		run.AgentCompleted: func() any { return &run.AgentCompletedData{} },
		run.RunQueued:      func() any { return &run.RunQueuedData{} },
		run.RunStarted:     func() any { return &run.RunStartedData{} },
		run.StageRetrying:  func() any { return &run.StageRetryingData{} },
		run.PartialResult:  func() any { return &run.PartialResultData{} },
		run.DataRequested:  func() any { return &run.DataRequest{} },
		run.DataReceived:   func() any { return &run.DataReceivedData{} },
		run.RunCompleted:   func() any { return &run.RunCompletedData{} },
		run.RunFailed:      func() any { return &run.Failure{} },
		run.RunCancelled:   func() any { return &run.RunCancelledData{} },
	}
}

func goldenLines(t *testing.T) [][]byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/events.golden.jsonl")
	require.NoError(t, err)
	var lines [][]byte
	for s := bufio.NewScanner(bytes.NewReader(raw)); s.Scan(); {
		lines = append(lines, bytes.Clone(s.Bytes()))
	}
	return lines
}

func strictly(t *testing.T, raw []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(into), "%s", raw)
}

func TestGoldenEventsParseStrictlyAndEncodeToTheSameJSON(t *testing.T) {
	kinds := goldenData()
	for _, line := range goldenLines(t) {
		var e run.Event
		strictly(t, line, &e)
		build, known := kinds[e.Type]
		require.True(t, known, "unknown event type %q", e.Type)
		data := build()
		strictly(t, e.Data, data)
		again, err := json.Marshal(data)
		require.NoError(t, err)
		assert.JSONEq(t, string(e.Data), string(again), "%s", e.Type)
		whole, err := json.Marshal(e)
		require.NoError(t, err)
		assert.JSONEq(t, string(line), string(whole))
	}
}

func TestGoldenEventsShowEveryEventType(t *testing.T) {
	seen := map[run.EventType]bool{}
	for _, line := range goldenLines(t) {
		var e run.Event
		strictly(t, line, &e)
		seen[e.Type] = true
	}
	for kind := range goldenData() {
		assert.True(t, seen[kind], "no golden event of type %s", kind)
	}
}

func TestGoldenEventsOfTheWholeRunAreNumberedWithoutAGap(t *testing.T) {
	var next int64 = 1
	for _, line := range goldenLines(t) {
		var e run.Event
		strictly(t, line, &e)
		if e.RunID != "r-7f3k2m" {
			continue
		}
		assert.Equal(t, next, e.Seq)
		next++
	}
	assert.Greater(t, next, int64(20))
}
