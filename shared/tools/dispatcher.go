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
	results []Result
}

// New makes a dispatcher for one stage execution of a user on the given plan.
func New(emitter Emitter, p plan.Plan, now func() time.Time) *Dispatcher {
	return &Dispatcher{emitter: emitter, plan: p, now: now}
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

func (d *Dispatcher) keep(r Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.results = append(d.results, r)
}
