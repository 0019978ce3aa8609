package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"netra/shared/fault"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

// ErrBusy means that another invocation works on the stage: deliver again later.
var ErrBusy = errors.New("pipeline: another invocation works on this stage")

// errLost means that the run is no longer this invocation's.
var errLost = errors.New("pipeline: the run was taken over, cancelled or deleted")

// Step runs one stage for the messages that are pushed to it. It alone owns
// claiming, events, retries, the commit and the hand-on.
type Step struct {
	Stage Function
	Work  Stage
	Desk  *Desk
	// Files takes artifacts that are too large for a document.
	Files Files
	// Lease is how long a claim outlives its last sign of life.
	Lease time.Duration
	Log   *slog.Logger
}

// Handle takes one message. A nil error acknowledges it; any other error asks
// for it again. It is safe to call it any number of times for one message, at
// the same time too.
func (s *Step) Handle(ctx context.Context, m queue.Message) error {
	if m.Stage != s.Stage.Name {
		s.Log.ErrorContext(ctx, "message for another stage dropped", "stage", m.Stage)
		return nil
	}
	u, err := s.Desk.Store.User(m.UID)
	if err != nil {
		s.Log.ErrorContext(ctx, "message with an impossible uid dropped", "error", err)
		return nil
	}
	fault.Point("before_claim")
	h, err := s.claim(ctx, u, m.RunID)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, run.ErrEnded), errors.Is(err, run.ErrNotRunning):
		return nil
	case errors.Is(err, run.ErrPast):
		return s.handOnAgain(ctx, u, m.RunID)
	case err != nil:
		return err
	}
	fault.Point("after_claim")
	return s.work(ctx, h)
}

// claim takes the lease. While another invocation holds it, claim waits for it
// to run out: a holder that lives renews it, one that was killed does not.
func (s *Step) claim(ctx context.Context, u store.User, runID string) (*holder, error) {
	token := rand.Text()
	for waited := false; ; waited = true {
		doc, err := s.tryClaim(ctx, u, runID, token)
		if err == nil {
			return newHolder(u, doc, token, s), nil
		}
		if !errors.Is(err, run.ErrLeased) {
			return nil, err
		}
		left := doc.Value.Lease.Expires.Sub(s.Desk.Now())
		if waited || left > s.Lease || !sleep(ctx, left+time.Millisecond) {
			return nil, ErrBusy
		}
	}
}

func (s *Step) tryClaim(ctx context.Context, u store.User, runID, token string) (store.Versioned[run.Run], error) {
	var doc store.Versioned[run.Run]
	err := again(ctx, func() error {
		var err error
		asked := time.Now()
		if doc, err = u.Run(ctx, runID); err != nil {
			return err
		}
		lease := stretch(s.Lease, time.Since(asked))
		if s.exhausted(doc.Value) {
			return s.giveUp(ctx, u, runID)
		}
		before := doc.Value
		events, err := doc.Value.Claim(s.Stage.Name, s.Stage.Title, token, s.Desk.Now(), lease)
		if err != nil {
			return err
		}
		versions, err := u.Apply(ctx, store.Change{
			Runs:     []store.RunChange{{Run: doc.Value, Version: doc.Version, Events: events}},
			Counters: changeCounters(before, doc.Value, events)})
		if err == nil {
			doc.Version = versions[0]
		}
		return err
	})
	return doc, err
}

// exhausted reports whether the last attempt that the stage has was made in vain.
func (s *Step) exhausted(r run.Run) bool {
	return r.Status == run.Running && r.Stage == s.Stage.Name &&
		r.Attempt >= s.Desk.Table.Delivery.MaxAttempts && !r.Lease.Live(s.Desk.Now())
}

// giveUp ends an exhausted run; it answers run.ErrEnded when that is done.
func (s *Step) giveUp(ctx context.Context, u store.User, runID string) error {
	_, err := s.Desk.end(ctx, u, runID, func(r *run.Run) ([]run.Event, error) {
		if !s.exhausted(*r) {
			return nil, run.ErrPast
		}
		return r.Fail(run.Failure{Kind: "attempts", Reason: s.Stage.Title + " stopped before it was done every time it was tried",
			Advice: "send the message again; if it happens again, try a shorter span of the log"}, s.Desk.Now())
	})
	if err != nil {
		return err
	}
	return run.ErrEnded
}

// handOnAgain repeats a hand-on that may have been lost: the stage is
// committed, but nobody has claimed the next one yet.
func (s *Step) handOnAgain(ctx context.Context, u store.User, runID string) error {
	doc, err := u.Run(ctx, runID)
	if err != nil {
		return err
	}
	if doc.Value.Attempt > 0 {
		return nil
	}
	return s.Desk.HandOn(ctx, doc.Value)
}

// work runs the stage under the lease and commits what it made.
func (s *Step) work(ctx context.Context, h *holder) error {
	result, err := s.runStage(ctx, h)
	var refusal *Refusal
	switch {
	case errors.Is(err, errLost):
		return err
	case errors.As(err, &refusal):
		return s.refuse(ctx, h, refusal.Failure)
	case err != nil:
		return errors.Join(err, s.letGo(ctx, h))
	}
	fault.Point("before_commit")
	started, err := s.commit(ctx, h, result)
	if errors.Is(err, store.ErrTooLarge) {
		return s.refuse(ctx, h, run.Failure{Kind: "too_large", Reason: s.Stage.Title + " made a result that is too large to keep",
			Advice: "try a shorter span of the log"})
	}
	if errors.Is(err, run.ErrNotHolder) {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	if err != nil {
		return errors.Join(err, s.letGo(ctx, h))
	}
	fault.Point("after_commit")
	if err := s.Desk.handOnAll(ctx, append(started, h.doc.Value)); err != nil {
		return err
	}
	fault.Point("before_ack")
	return nil
}

func (s *Step) runStage(ctx context.Context, h *holder) (Result, error) {
	results, err := h.user.Results(ctx, h.doc.Value.ID)
	if err != nil {
		return Result{}, err
	}
	in := Input{Run: h.doc.Value, Results: results, Documents: h.user} // before keep writes doc
	work, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	keeping, stop := context.WithCancel(ctx)
	go func() {
		defer close(done)
		h.keep(keeping, cancel)
	}()
	result, err := s.guarded(work, in, h)
	stop()
	<-done
	lost := context.Cause(work)
	cancel(nil)
	if lost != nil && ctx.Err() == nil {
		return Result{}, fmt.Errorf("%w: %w", errLost, lost)
	}
	return result, err
}

// guarded turns a panic of the stage into an error, so that other requests of
// the process live on.
func (s *Step) guarded(ctx context.Context, in Input, h *holder) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "stage panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("stage %s panicked", s.Stage.Name)
		}
	}()
	return s.Work.Run(ctx, in, h)
}

// commit writes the result, the last events, the run's next state and, at the
// run's end, the slot and the next run's start as one atomic write.
func (s *Step) commit(ctx context.Context, h *holder, result Result) ([]run.Run, error) {
	body, err := encode(result.Body)
	if err != nil {
		return nil, err
	}
	headline, err := encode(result.Headline)
	if err != nil {
		return nil, err
	}
	files, err := s.putAside(ctx, h, result.Artifacts)
	if err != nil {
		return nil, err
	}
	drafts := h.take()
	var started []run.Run
	err = h.change(ctx, func(r *run.Run, c *store.Change) ([]run.Event, error) {
		stage := store.Result{Stage: r.Stage, Round: r.Round, Body: body, ExpireAt: r.ExpireAt}
		attempts, began := r.Attempt, r.StageStartedAt
		events, err := r.Emit(h.token, drafts)
		if err != nil {
			return nil, err
		}
		closed, err := r.Emit(h.token, unfinished(r.Emitted, h.now()))
		if err != nil {
			return nil, err
		}
		events = append(events, closed...)
		told := int64(len(r.Emitted)) + 2 // agent_started and agent_completed have no key
		more, err := r.Complete(h.token, outcome(result, headline), h.now())
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
		count(c, stageCounters(stage.Stage, h.now().Sub(began), attempts, told))
		count(c, result.Counters)
		c.Runs[0].Results, c.Runs[0].Artifacts = []store.Result{stage}, files
		if r.Status == run.Running {
			return events, nil
		}
		started, err = s.Desk.release(ctx, h.user, r, c)
		return events, err
	})
	return started, err
}

func encode(v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode a stage result: %w", err)
	}
	if len(raw) > MaxResult {
		return nil, fmt.Errorf("%w: a stage result of %d bytes", store.ErrTooLarge, len(raw))
	}
	return raw, nil
}

func outcome(r Result, headline json.RawMessage) run.Outcome {
	out := run.Outcome{Summary: r.Summary, Headline: headline, Route: r.Route, Ask: r.Ask, Sufficiency: r.Sufficiency, Saving: r.Saving}
	for _, a := range r.Artifacts {
		out.Artifacts = append(out.Artifacts, a.Name)
	}
	return out
}

// refuse ends the run for a reason that no retry can mend.
func (s *Step) refuse(ctx context.Context, h *holder, f run.Failure) error {
	drafts := h.take()
	var started []run.Run
	err := h.change(ctx, func(r *run.Run, c *store.Change) ([]run.Event, error) {
		events, err := r.Emit(h.token, drafts)
		if err != nil {
			return nil, err
		}
		more, err := r.Fail(f, h.now())
		if err != nil {
			return nil, err
		}
		started, err = s.Desk.release(ctx, h.user, r, c)
		return append(events, more...), err
	})
	if err != nil {
		return err
	}
	return s.Desk.handOnAll(ctx, started)
}

// letGo writes the events so far and frees the lease after a failure that a
// retry may mend, even when the request's time has run out.
func (s *Step) letGo(ctx context.Context, h *holder) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	drafts := h.take()
	return h.change(ctx, func(r *run.Run, _ *store.Change) ([]run.Event, error) {
		events, err := r.Emit(h.token, drafts)
		if err != nil {
			return nil, err
		}
		return events, r.Release(h.token, h.now())
	})
}
