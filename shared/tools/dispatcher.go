package tools

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"netra/shared/plan"
	"netra/shared/run"
)

// Emitter tells the run's listeners of a tool call. An error means that the
// event was not written (the stage lost its lease, say): the call then ends.
type Emitter interface {
	ToolExecuting(ctx context.Context, data run.ToolExecutingData) error
	ToolCompleted(ctx context.Context, data run.ToolCompletedData) error
}

// Outcome is how a call ended.
type Outcome string

// The outcomes of a call.
const (
	Succeeded Outcome = "succeeded"
	Denied    Outcome = "denied"
	Failed    Outcome = "failed"
	TimedOut  Outcome = "timed_out"
	TooLarge  Outcome = "too_large"
	Cancelled Outcome = "cancelled"
)

// Record is the audit record of one call.
type Record struct {
	Tool       string          `json:"tool"`
	Permission plan.Permission `json:"permission"`
	Plan       string          `json:"plan"`
	Outcome    Outcome         `json:"outcome"`
	Error      string          `json:"error,omitempty"`
	Started    time.Time       `json:"started"`
	DurationMS int64           `json:"duration_ms"`
	InBytes    int             `json:"in_bytes"`
	OutBytes   int             `json:"out_bytes"`
	// Abandoned marks a tool that was still running when its call ended.
	Abandoned bool `json:"abandoned,omitempty"`
}

// Result is the output of one successful call: what a text may quote figures from.
type Result struct {
	Tool string
	// Input and Output are the JSON of what went in and came out.
	Input, Output json.RawMessage
}

// Dispatcher runs the tools of one stage execution. It may be used from several
// goroutines if its Emitter may.
type Dispatcher struct {
	emitter Emitter
	plan    plan.Plan
	now     func() time.Time

	mu      sync.Mutex
	records []Record
	results []Result
}

// New makes a dispatcher for one stage execution of a user on the given plan.
func New(emitter Emitter, p plan.Plan, now func() time.Time) *Dispatcher {
	return &Dispatcher{emitter: emitter, plan: p, now: now}
}

// Audit returns a copy of the records so far, in the order in which calls ended.
func (d *Dispatcher) Audit() []Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Record(nil), d.records...)
}

// Results returns the outputs of all successful calls so far.
func (d *Dispatcher) Results() []Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Result(nil), d.results...)
}

// Allows reports whether the user's plan has the permission; "" always is.
func (d *Dispatcher) Allows(want plan.Permission) bool {
	return want == "" || d.plan.Allows(want)
}

func (d *Dispatcher) keep(record Record, in, out json.RawMessage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.records = append(d.records, record)
	if record.Outcome == Succeeded {
		d.results = append(d.results, Result{Tool: record.Tool, Input: in, Output: out})
	}
}
