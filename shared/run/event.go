package run

import (
	"encoding/json"
	"time"
)

// EventType names what happened.
type EventType string

// Every stage tells the first five in this order, exactly once each per tool
// call and stage execution; the others tell of the run as a whole.
const (
	AgentStarted   EventType = "agent_started"
	AgentThinking  EventType = "agent_thinking"
	ToolExecuting  EventType = "tool_executing"
	ToolCompleted  EventType = "tool_completed"
	AgentCompleted EventType = "agent_completed"

	RunQueued     EventType = "run_queued"
	RunStarted    EventType = "run_started"
	StageRetrying EventType = "stage_retrying"
	PartialResult EventType = "partial_result"
	DataRequested EventType = "data_requested"
	DataReceived  EventType = "data_received"
	RunCompleted  EventType = "run_completed"
	RunFailed     EventType = "run_failed"
	RunCancelled  EventType = "run_cancelled"
)

// Event is one numbered fact about a run. The events of a run are numbered
// 1, 2, 3, ... with no gap and no duplicate.
type Event struct {
	Seq      int64     `json:"seq"`
	Type     EventType `json:"type"`
	RunID    string    `json:"run_id"`
	ThreadID string    `json:"thread_id"`
	// Stage is the agent that the event is about, or "" for the run as a whole.
	Stage   string    `json:"stage"`
	Attempt int       `json:"attempt"`
	Time    time.Time `json:"time"`
	// Data is the JSON object of the type's own fields; see the *Data types.
	Data json.RawMessage `json:"data"`
}

// AgentStartedData is the data of agent_started.
type AgentStartedData struct {
	Agent string `json:"agent"`
	// Position counts from 1 within the route of Stages stages.
	Position int `json:"position"`
	Stages   int `json:"stages"`
}

// AgentThinkingData is the data of agent_thinking.
type AgentThinkingData struct {
	Thought string `json:"thought"`
	Step    string `json:"step"`
	// Progress of the stage, from 0 to 1.
	Progress float64 `json:"progress"`
}

// ToolExecutingData is the data of tool_executing.
type ToolExecutingData struct {
	Tool       string          `json:"tool"`
	Purpose    string          `json:"purpose"`
	Parameters json.RawMessage `json:"parameters"`
}

// ToolCompletedData is the data of tool_completed. A tool that was denied or
// failed has Success false and says why in Summary.
type ToolCompletedData struct {
	Tool       string `json:"tool"`
	Success    bool   `json:"success"`
	DurationMS int64  `json:"duration_ms"`
	Summary    string `json:"summary"`
	// Denied names the missing permission and the lowest plan that has it.
	Denied *DeniedData `json:"denied,omitempty"`
}

// DeniedData says why a tool was not allowed to run.
type DeniedData struct {
	Permission string `json:"permission"`
	Plan       string `json:"plan"`
}

// AgentCompletedData is the data of agent_completed. Result is a small JSON
// object of headline figures; the whole result is a document of its own.
type AgentCompletedData struct {
	Summary    string          `json:"summary"`
	Result     json.RawMessage `json:"result"`
	DurationMS int64           `json:"duration_ms"`
}

// RunQueuedData is the data of run_queued; Position 1 is the next to start.
type RunQueuedData struct {
	Position int `json:"position"`
}

// RunStartedData is the data of run_started. Route is the planned list of
// stages; triage and intelligence may still change it.
type RunStartedData struct {
	Route []string `json:"route"`
}

// StageRetryingData is the data of stage_retrying.
type StageRetryingData struct {
	Attempt int    `json:"attempt"`
	Reason  string `json:"reason"`
}

// PartialResultData is the data of partial_result: something of use before the end.
type PartialResultData struct {
	Title   string          `json:"title"`
	Summary string          `json:"summary"`
	Data    json.RawMessage `json:"data"`
}

// DataReceivedData is the data of data_received. Answer is "data", "continue" or "expired".
type DataReceivedData struct {
	Round    int      `json:"round"`
	Answer   string   `json:"answer"`
	Datasets []string `json:"datasets"`
}

// RunCompletedData is the data of run_completed. Status is "completed", or
// "expired" for a run that ended with a partial report because data did not come.
type RunCompletedData struct {
	Status     Status   `json:"status"`
	Summary    string   `json:"summary"`
	DurationMS int64    `json:"duration_ms"`
	Artifacts  []string `json:"artifacts"`
}

// RunCancelledData is the data of run_cancelled.
type RunCancelledData struct {
	Reason string `json:"reason"`
}
