package main

import (
	"context"
	"fmt"

	"netra/scripts/internal/rig"
	"netra/shared/run"
	"netra/shared/store"
)

// findings is what is wrong at the end; all zero is right.
type findings struct {
	Lost        int      `json:"lost"`
	Duplicated  int      `json:"duplicated"`
	Stuck       int      `json:"stuck"`
	LeakedSlots int      `json:"leaked_slots"`
	Failed      int      `json:"failed"`
	Details     []string `json:"details,omitempty"`
}

func (f *findings) note(format string, args ...any) {
	if len(f.Details) < 50 {
		f.Details = append(f.Details, fmt.Sprintf(format, args...))
	}
}

// verify looks at every accepted run: ended, events 1..n without gap or
// duplicate, the five events of each stage in order exactly once, each stage's
// result committed once, and no slot left behind.
func verify(ctx context.Context, fleet store.Fleet, runs []rig.Accepted) (findings, error) {
	var f findings
	users := map[string]bool{}
	for _, a := range runs {
		users[a.UID] = true
		u, err := fleet.User(a.UID)
		if err != nil {
			return f, err
		}
		if err := f.run(ctx, u, a.RunID); err != nil {
			return f, err
		}
	}
	for uid := range users {
		u, err := fleet.User(uid)
		if err != nil {
			return f, err
		}
		slots, err := u.Slots(ctx)
		if err != nil {
			return f, err
		}
		if n := len(slots.Value.Running) + len(slots.Value.Queued); n > 0 {
			f.LeakedSlots += n
			f.note("user %s: %d slots left", uid, n)
		}
	}
	return f, nil
}

func (f *findings) run(ctx context.Context, u store.User, id string) error {
	doc, err := u.Run(ctx, id)
	if err != nil {
		return fmt.Errorf("read run %s: %w", id, err)
	}
	r := doc.Value
	if !r.Status.Final() {
		f.Stuck++
		f.note("run %s: %s in stage %s, attempt %d", id, r.Status, r.Stage, r.Attempt)
	}
	if r.Status.Final() && r.Status != run.Completed {
		f.Failed++
		f.note("run %s: %s %+v", id, r.Status, r.Failure)
	}
	events, err := allEvents(ctx, u, id)
	if err != nil {
		return err
	}
	f.sequence(r, events)
	if r.Status == run.Completed {
		f.stages(r, events)
		results, err := u.Results(ctx, id)
		if err != nil {
			return err
		}
		if len(results) != len(r.Route) {
			f.Lost++
			f.note("run %s: %d results for %d stages", id, len(results), len(r.Route))
		}
	}
	return nil
}

func allEvents(ctx context.Context, u store.User, id string) ([]run.Event, error) {
	var all []run.Event
	for {
		after := int64(0)
		if len(all) > 0 {
			after = all[len(all)-1].Seq
		}
		page, err := u.Events(ctx, id, after, 500)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
	}
}

// sequence checks the numbers 1..n.
func (f *findings) sequence(r run.Run, events []run.Event) {
	if int64(len(events)) != r.LastSeq {
		f.Lost++
		f.note("run %s: %d events, the run says %d", r.ID, len(events), r.LastSeq)
	}
	for i, e := range events {
		if e.Seq != int64(i)+1 {
			f.Lost++
			f.note("run %s: event %d is missing", r.ID, i+1)
			return
		}
	}
}

// stages checks that each stage told its events exactly once: started and
// completed once, and no thought or tool call of the same step twice.
func (f *findings) stages(r run.Run, events []run.Event) {
	counts := map[string]int{}
	for _, e := range events {
		counts[e.Stage+" "+string(e.Type)]++
	}
	for _, stage := range r.Route {
		for _, t := range []run.EventType{run.AgentStarted, run.AgentCompleted} {
			switch n := counts[stage+" "+string(t)]; {
			case n == 0:
				f.Lost++
				f.note("run %s: %s has no %s", r.ID, stage, t)
			case n > 1:
				f.Duplicated += n - 1
				f.note("run %s: %s has %d %s", r.ID, stage, n, t)
			}
		}
		started, ended := counts[stage+" "+string(run.ToolExecuting)], counts[stage+" "+string(run.ToolCompleted)]
		if started != ended {
			f.Duplicated++
			f.note("run %s: %s has %d tool_executing and %d tool_completed", r.ID, stage, started, ended)
		}
	}
	f.same(r, events)
}

// same finds events of one stage with the same content: a stage of the fault
// suite tells nothing twice.
func (f *findings) same(r run.Run, events []run.Event) {
	seen := map[string]bool{}
	for _, e := range events {
		if e.Type != run.AgentThinking && e.Type != run.ToolExecuting {
			continue
		}
		key := e.Stage + string(e.Type) + string(e.Data)
		if seen[key] {
			f.Duplicated++
			f.note("run %s: event %d of %s is told twice", r.ID, e.Seq, e.Stage)
		}
		seen[key] = true
	}
}
