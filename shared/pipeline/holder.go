package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"netra/shared/fault"
	"netra/shared/run"
	"netra/shared/store"
)

const (
	// gather is how long the first event of a batch waits for company.
	gather = 30 * time.Millisecond
	// spacing is the least time between two batches: Firestore sustains only
	// about one write a second on one document, with bursts above.
	spacing = 120 * time.Millisecond
)

// holder is one invocation's hold on a run: it alone writes the run while the
// lease lasts. Every write carries the version that the holder wrote last, so
// that a holder which was replaced can write nothing more.
type holder struct {
	user  store.User
	token string
	// base is the lease on a quick database, lease the one for how slow it is now.
	base, lease time.Duration
	now         func() time.Time
	log         *slog.Logger

	mu      sync.Mutex // serialises writes
	doc     store.Versioned[run.Run]
	written time.Time

	pending sync.Mutex // guards drafts and seen
	drafts  []run.Draft
	seen    map[string]int
	wake    chan struct{}
}

func newHolder(u store.User, doc store.Versioned[run.Run], token string, s *Step) *holder {
	return &holder{user: u, token: token, base: s.Lease, lease: s.Lease, now: s.Desk.Now, log: s.Log, doc: doc,
		written: s.Desk.Now(), seen: map[string]int{}, wake: make(chan struct{}, 1)}
}

// stretch makes a lease longer when the database is slow, so that a living holder
// whose renewals are late is not taken for dead: that would make more work for a
// database that has too much already.
func stretch(base, took time.Duration) time.Duration {
	return min(base+10*took, max(base, 30*time.Second))
}

// change applies fn to the run and writes the result, if the token still holds
// the lease. fn fills what else belongs to the write.
func (h *holder) change(ctx context.Context, fn func(*run.Run, *store.Change) ([]run.Event, error)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return again(ctx, func() error {
		err := h.try(ctx, fn)
		if errors.Is(err, store.ErrConflict) {
			if reread := h.reload(ctx); reread != nil {
				return reread
			}
		}
		return err
	})
}

func (h *holder) try(ctx context.Context, fn func(*run.Run, *store.Change) ([]run.Event, error)) error {
	next := h.doc.Value
	next.Route = slices.Clone(next.Route)
	next.Emitted = slices.Clone(next.Emitted)
	next.Artifacts = slices.Clone(next.Artifacts)
	c := store.Change{Runs: make([]store.RunChange, 1)}
	events, err := fn(&next, &c)
	if err != nil {
		return err
	}
	c.Runs[0].Run, c.Runs[0].Version, c.Runs[0].Events = next, h.doc.Version, events
	count(&c, changeCounters(h.doc.Value, next, events))
	asked := time.Now()
	versions, err := h.user.Apply(ctx, c)
	if err != nil {
		return err
	}
	h.lease = stretch(h.base, time.Since(asked))
	h.doc = store.Versioned[run.Run]{Value: next, Version: versions[0]}
	h.written = h.now()
	return nil
}

// reload reads the run again after somebody else wrote it; the lease decides
// whether that was a harmless touch or the loss of the run.
func (h *holder) reload(ctx context.Context) error {
	doc, err := h.user.Run(ctx, h.doc.Value.ID)
	if err != nil {
		return fmt.Errorf("read the run again: %w", err)
	}
	if err := doc.Value.Holds(h.token); err != nil {
		return err
	}
	h.doc = doc
	return nil
}

// flush writes the pending events and renews the lease.
func (h *holder) flush(ctx context.Context) error {
	drafts := h.take()
	err := h.change(ctx, func(r *run.Run, _ *store.Change) ([]run.Event, error) {
		if err := r.Renew(h.token, h.now(), h.lease); err != nil {
			return nil, err
		}
		return r.Emit(h.token, drafts)
	})
	if err != nil {
		h.giveBack(drafts)
	}
	return err
}

// keep flushes events as they come and renews the lease, until ctx ends. It
// calls lost when the run is no longer this invocation's.
func (h *holder) keep(ctx context.Context, lost func(error)) {
	beat := time.NewTicker(h.lease / 3)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			if !sleep(ctx, h.gatherTime()) {
				return
			}
		case <-beat.C:
		}
		err := h.flush(ctx)
		switch {
		case errors.Is(err, run.ErrNotHolder), errors.Is(err, store.ErrNotFound):
			lost(err)
			return
		case err != nil && ctx.Err() == nil: // the next beat tries again
			h.log.WarnContext(ctx, "events not written yet", "error", err)
		}
	}
}

func (h *holder) gatherTime() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(gather, spacing-h.now().Sub(h.written))
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (h *holder) signal() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *holder) take() []run.Draft {
	h.pending.Lock()
	defer h.pending.Unlock()
	drafts := h.drafts
	h.drafts = nil
	return drafts
}

func (h *holder) giveBack(drafts []run.Draft) {
	h.pending.Lock()
	defer h.pending.Unlock()
	h.drafts = append(drafts, h.drafts...)
}

// emit adds a draft. Its key counts equal events, so that a stage that tells
// the same things again after a crash adds only what is new.
func (h *holder) emit(ctx context.Context, t run.EventType, name string, data any) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	h.pending.Lock()
	key := string(t) + ":" + name
	h.seen[key]++
	h.drafts = append(h.drafts, run.Draft{
		Key: fmt.Sprintf("%s#%d", key, h.seen[key]), Type: t, Time: h.now(), Data: data})
	h.pending.Unlock()
	h.signal()
	fault.Point("between_events")
	return nil
}

// The Emitter of a stage.

func (h *holder) Think(ctx context.Context, step, thought string, progress float64) error {
	return h.emit(ctx, run.AgentThinking, step, run.AgentThinkingData{Thought: thought, Step: step, Progress: progress})
}

func (h *holder) ToolExecuting(ctx context.Context, data run.ToolExecutingData) error {
	return h.emit(ctx, run.ToolExecuting, data.Tool, data)
}

func (h *holder) ToolCompleted(ctx context.Context, data run.ToolCompletedData) error {
	return h.emit(ctx, run.ToolCompleted, data.Tool, data)
}

func (h *holder) Partial(ctx context.Context, data run.PartialResultData) error {
	return h.emit(ctx, run.PartialResult, data.Title, data)
}

// unfinished ends the tool calls that an attempt which crashed began and that no
// later attempt made again, so that every tool_executing has its tool_completed.
func unfinished(keys []string, now time.Time) []run.Draft {
	var drafts []run.Draft
	for _, key := range keys {
		call, begun := strings.CutPrefix(key, string(run.ToolExecuting)+":")
		end := string(run.ToolCompleted) + ":" + call
		if !begun || slices.Contains(keys, end) {
			continue
		}
		tool, _, _ := strings.Cut(call, "#")
		drafts = append(drafts, run.Draft{Key: end, Type: run.ToolCompleted, Time: now, Data: run.ToolCompletedData{
			Tool: tool, Summary: "stopped with an earlier attempt; a later one did without it"}})
	}
	return drafts
}
