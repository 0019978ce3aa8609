package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"netra/shared/admission"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

// Limits of a run's life. They are shown to the user in the README and the API.
const (
	// RunLimit is how long a run may run after it got a slot.
	RunLimit = 30 * time.Minute
	// QueueLimit is how long a run may wait for a slot.
	QueueLimit = 24 * time.Hour
	// DataLimit is how long a run waits for data.
	DataLimit = 7 * 24 * time.Hour
)

// Desk changes runs from outside their stages: it admits, resumes, cancels and
// ends them. Every method is one atomic write, repeated from a fresh read when
// somebody else wrote first.
type Desk struct {
	Table Table
	Store store.Opener
	Queue queue.Publisher
	Now   func() time.Time
}

func limitsOf(name string) admission.Limits {
	p := plan.Named(name)
	return admission.Limits{Running: p.Running, Queued: p.Queued, RunsPerDay: p.RunsPerDay}
}

// again repeats fn while it meets conflicts, with growing random pauses.
func again(ctx context.Context, fn func() error) error {
	pause := 2 * time.Millisecond
	for {
		err := fn()
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-time.After(rand.N(pause)):
			pause = min(2*pause, 100*time.Millisecond)
		}
	}
}

// release takes the run's place away and starts what waits next, as parts of
// the change. It returns the started runs.
func (d *Desk) release(ctx context.Context, u store.User, r *run.Run, c *store.Change) ([]run.Run, error) {
	slots, err := u.Slots(ctx)
	if err != nil {
		return nil, err
	}
	had := slots.Value.Release(r.ID)
	started, err := d.promote(ctx, u, &slots.Value, r.Plan, c)
	if err != nil {
		return nil, err
	}
	if had || len(started) > 0 {
		c.Slots = &slots
	}
	return started, nil
}

// promote starts queued runs while there are free slots.
func (d *Desk) promote(ctx context.Context, u store.User, s *admission.Slots, planName string, c *store.Change) ([]run.Run, error) {
	var started []run.Run
	now := d.Now()
	for {
		id := s.Next(limitsOf(planName), now)
		if id == "" {
			return started, nil
		}
		next, err := u.Run(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && next.Value.Status != run.Queued {
			s.Release(id) // deleted or cancelled while it was in the queue
			continue
		}
		if err != nil {
			return nil, err
		}
		before := next.Value
		events, err := next.Value.Start(now, RunLimit)
		if err != nil {
			return nil, err
		}
		s.Promote(slotUntil(now))
		c.Runs = append(c.Runs, store.RunChange{Run: next.Value, Version: next.Version, Events: events})
		count(c, changeCounters(before, next.Value, events))
		started = append(started, next.Value)
	}
}

// slotUntil is when a slot is free again whatever became of its run: some time
// after the sweeper has ended the run.
func slotUntil(now time.Time) time.Time { return now.Add(RunLimit + 10*time.Minute) }

// HandOn publishes the message that starts the run's next stage. It is safe to repeat.
func (d *Desk) HandOn(ctx context.Context, r run.Run) error {
	if r.Status != run.Running {
		return nil
	}
	return d.Queue.Publish(ctx, queue.Message{UID: r.UserID, RunID: r.ID, Stage: r.Stage, Trace: r.Trace})
}

func (d *Desk) handOnAll(ctx context.Context, runs []run.Run) error {
	var errs []error
	for _, r := range runs {
		errs = append(errs, d.HandOn(ctx, r))
	}
	return errors.Join(errs...)
}

// end brings a run to a final status by the given transition, frees its place
// and starts what waits next.
func (d *Desk) end(ctx context.Context, u store.User, id string, end func(*run.Run) ([]run.Event, error)) (run.Run, error) {
	var ended run.Run
	var started []run.Run
	err := again(ctx, func() error {
		doc, err := u.Run(ctx, id)
		if err != nil {
			return err
		}
		before := doc.Value
		events, err := end(&doc.Value)
		if err != nil {
			ended = doc.Value
			return err
		}
		c := store.Change{
			Runs:     []store.RunChange{{Run: doc.Value, Version: doc.Version, Events: events}},
			Counters: changeCounters(before, doc.Value, events),
		}
		if started, err = d.release(ctx, u, &doc.Value, &c); err != nil {
			return err
		}
		ended = doc.Value
		_, err = u.Apply(ctx, c)
		return err
	})
	if err != nil {
		return ended, err
	}
	return ended, d.handOnAll(ctx, started)
}

// Cancel ends a run at its user's wish. A run that has ended already is
// returned with run.ErrEnded.
func (d *Desk) Cancel(ctx context.Context, u store.User, id, reason string) (run.Run, error) {
	return d.end(ctx, u, id, func(r *run.Run) ([]run.Event, error) { return r.Cancel(reason, d.Now()) })
}

// DeadLetter ends a run whose message failed its last delivery. A run that
// moved on, or on which somebody works at the moment, is left alone.
func (d *Desk) DeadLetter(ctx context.Context, u store.User, m queue.Message) error {
	_, err := d.end(ctx, u, m.RunID, func(r *run.Run) ([]run.Event, error) {
		if r.Status != run.Running || r.Stage != m.Stage || r.Lease.Live(d.Now()) {
			return nil, run.ErrPast
		}
		return r.Fail(run.Failure{Kind: "deliveries",
			Reason: "the stage " + m.Stage + " could not be started or finished in any of its deliveries",
			Advice: "send the message again; if it happens again, tell the operator the run's id"}, d.Now())
	})
	if errors.Is(err, run.ErrPast) || errors.Is(err, run.ErrEnded) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
