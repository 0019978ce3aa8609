// Package tools runs everything that a stage does to data as a named tool with
// a typed input and output. A Dispatcher is made for one stage execution and
// dies with it: it checks the permission of the user's plan, holds the tool to
// its time and size limits, tells of every call with tool_executing and
// tool_completed, and gives each a span that says how it ended and why.
//
//	var measure = tools.Tool[MeasureIn, usage.Coverage]{
//		Name: "measure_log", Purpose: "measures what the log carries",
//		Permission: plan.ReadLog, Run: s.measure,
//	}
//	coverage, err := tools.Call(ctx, dispatcher, measure, in)
//	if errors.Is(err, tools.ErrDenied) { /* go on without it */ }
package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netra/shared/plan"
)

// Limits of a tool that names none of its own.
const (
	DefaultTimeout  = 60 * time.Second
	DefaultMaxBytes = 256 << 10
)

// Tool is one thing that a stage can do to data. In and Out travel as JSON: In
// is shown in the event tool_executing and Out is kept as the evidence that
// figures in a text are checked against. What must not be shown (readers,
// prompts, clients) belongs in the closure Run or in a field tagged `json:"-"`.
type Tool[In, Out any] struct {
	// Name is lower_snake_case and unique within a stage.
	Name string
	// Purpose completes the sentence "the tool ...".
	Purpose string
	// Permission is what the user's plan must have; "" is allowed on every plan.
	Permission plan.Permission
	// Timeout bounds one call; 0 is DefaultTimeout.
	Timeout time.Duration
	// MaxIn and MaxOut bound the JSON of input and output in bytes; 0 is DefaultMaxBytes.
	MaxIn, MaxOut int
	// Run does the work. It must return soon after its context ends; if it does
	// not, the call ends without it and its result is thrown away.
	Run func(ctx context.Context, in In) (Out, error)
	// Summary puts the output into one sentence for the user; nil says "done".
	Summary func(Out) string
}

// The kinds of errors that end a call; test with errors.Is. An error of the
// tool itself is passed on wrapped.
var (
	ErrDenied    = errors.New("not in the plan")
	ErrTimeLimit = errors.New("tool took too long")
	ErrSizeLimit = errors.New("too much data for the tool")
	ErrPanicked  = errors.New("tool broke down")
	// ErrUnknown and ErrInput end a Catalog.Call, whose caller is not trusted.
	ErrUnknown = errors.New("no such tool")
	ErrInput   = errors.New("input does not fit the tool")
)

// DeniedError says which permission a call lacked and which plan has it.
type DeniedError struct {
	Tool       string
	Permission plan.Permission
	// Plan is the lowest plan with the permission; "" if none has it.
	Plan string
}

// Error says what is missing and what would help, in words for the user.
func (e *DeniedError) Error() string {
	if e.Plan == "" {
		return fmt.Sprintf("%s needs the permission %s, which no plan has", e.Tool, e.Permission)
	}
	return fmt.Sprintf("%s needs the permission %s, which the plan %s has", e.Tool, e.Permission, e.Plan)
}

// Is makes errors.Is(err, ErrDenied) true.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }
