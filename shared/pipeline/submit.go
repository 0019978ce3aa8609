package pipeline

import (
	"context"
	"errors"
	"time"

	"netra/shared/admission"
	"netra/shared/run"
	"netra/shared/store"
)

// Submission is a message of a user that asks for a run.
type Submission struct {
	Run     run.Run
	Message store.Message
	// Title names the thread if the message is its first one.
	Title string
	// Receipt, if not nil, is completed and stored with the change.
	Receipt func(r run.Run, d admission.Decision) (*store.Receipt, error)
}

// Submit admits the run: message, run, its first event and its slot or place in
// the queue are one atomic write; then the first stage is told. Errors are
// admission.ErrQueueFull, admission.ErrDayFull and store.ErrNotFound (no such thread).
func (d *Desk) Submit(ctx context.Context, u store.User, s Submission) (run.Run, admission.Decision, error) {
	var accepted run.Run
	var decision admission.Decision
	err := again(ctx, func() error {
		c, r, dec, err := d.admit(ctx, u, s)
		if err != nil {
			return err
		}
		accepted, decision = r, dec
		_, err = u.Apply(ctx, c)
		return err
	})
	if err != nil {
		return run.Run{}, admission.Decision{}, err
	}
	return accepted, decision, d.HandOn(ctx, accepted)
}

func (d *Desk) admit(ctx context.Context, u store.User, s Submission) (store.Change, run.Run, admission.Decision, error) {
	now := d.Now()
	r := d.fresh(s.Run, now)
	thread, err := u.Thread(ctx, r.ThreadID)
	if err != nil {
		return store.Change{}, r, admission.Decision{}, err
	}
	slots, err := u.Slots(ctx)
	if err != nil {
		return store.Change{}, r, admission.Decision{}, err
	}
	decision, err := slots.Value.Admit(r.ID, limitsOf(r.Plan), now, slotUntil(now))
	if err != nil {
		return store.Change{}, r, decision, err
	}
	events, err := begin(&r, decision, now)
	if err != nil {
		return store.Change{}, r, decision, err
	}
	if thread.Value.Title == "" {
		thread.Value.Title = s.Title
	}
	thread.Value.LastRun, thread.Value.UpdatedAt, thread.Value.ExpireAt = r.ID, now, r.ExpireAt
	s.Message.CreatedAt, s.Message.ExpireAt = now, r.ExpireAt
	c := store.Change{
		Runs:     []store.RunChange{{Run: r, Events: events}},
		Slots:    &slots,
		Threads:  []store.Versioned[store.Thread]{thread},
		Messages: []store.Message{s.Message},
		Counters: acceptCounters(r),
	}
	if s.Receipt != nil {
		c.Receipt, err = s.Receipt(r, decision)
	}
	return c, r, decision, err
}

func (d *Desk) fresh(r run.Run, now time.Time) run.Run {
	r.Status = run.Queued
	r.Route = d.Table.StageNames()
	r.Stage = r.Route[0]
	r.CreatedAt, r.UpdatedAt = now, now
	r.Deadline = now.Add(QueueLimit)
	return r
}

func begin(r *run.Run, decision admission.Decision, now time.Time) ([]run.Event, error) {
	if decision.Started {
		return r.Start(now, RunLimit)
	}
	return r.Enqueue(decision.Position, now)
}

// Resume answers a run's data request and gives the run a slot or a place in
// the queue. Errors are run.ErrNotWaiting, run.ErrEnded, store.ErrNotFound.
func (d *Desk) Resume(ctx context.Context, u store.User, id, answer string, datasets []string, receipt func(run.Run, admission.Decision) (*store.Receipt, error)) (run.Run, admission.Decision, error) {
	var resumed run.Run
	var decision admission.Decision
	err := again(ctx, func() error {
		doc, err := u.Run(ctx, id)
		if err != nil {
			return err
		}
		slots, err := u.Slots(ctx)
		if err != nil {
			return err
		}
		now := d.Now()
		events, err := doc.Value.Receive(answer, datasets, now, QueueLimit)
		if err != nil {
			return err
		}
		decision, err = slots.Value.Readmit(id, limitsOf(doc.Value.Plan), now, slotUntil(now))
		if err != nil {
			return err
		}
		more, err := begin(&doc.Value, decision, now)
		if err != nil {
			return err
		}
		c := store.Change{
			Runs:     []store.RunChange{{Run: doc.Value, Version: doc.Version, Events: append(events, more...)}},
			Slots:    &slots,
			Counters: answerCounters(doc.Value, answer),
		}
		if receipt != nil {
			if c.Receipt, err = receipt(doc.Value, decision); err != nil {
				return err
			}
		}
		resumed = doc.Value
		_, err = u.Apply(ctx, c)
		return err
	})
	if err != nil {
		return run.Run{}, admission.Decision{}, err
	}
	return resumed, decision, d.HandOn(ctx, resumed)
}

// Redrive does what a due run needs: it publishes its message again, ends it
// past its deadline, resumes it when data did not come, or starts it when a
// slot is free. It returns what it did, or "" for nothing.
func (d *Desk) Redrive(ctx context.Context, u store.User, id string) (string, error) {
	doc, err := u.Run(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	r, now := doc.Value, d.Now()
	switch late := !now.Before(r.Deadline); {
	case r.Status.Final():
		return "", nil
	case r.Status == run.Waiting && late:
		_, _, err = d.Resume(ctx, u, id, "expired", nil, nil)
		return "resumed without data", err
	case late:
		_, err = d.end(ctx, u, id, func(r *run.Run) ([]run.Event, error) { return r.Expire(lateFailure(*r), d.Now()) })
		return "expired", ignoreEnded(err)
	case r.Status == run.Queued:
		return d.startQueued(ctx, u, doc)
	case r.Lease.Live(now):
		return "", nil
	}
	return d.republish(ctx, u, doc)
}

func ignoreEnded(err error) error {
	if errors.Is(err, run.ErrEnded) {
		return nil
	}
	return err
}

func lateFailure(r run.Run) run.Failure {
	if r.Status == run.Queued {
		return run.Failure{Kind: "queue_timeout", Reason: "the run waited for a free slot for a day",
			Advice: "stop runs that you no longer need, then send the message again"}
	}
	return run.Failure{Kind: "deadline", Reason: "the run did not finish within " + RunLimit.String() + ", in stage " + r.Stage,
		Advice: "send the message again; if it happens again, try a shorter span of the log"}
}

// republish sends the message of a running run again and looks in later.
func (d *Desk) republish(ctx context.Context, u store.User, doc store.Versioned[run.Run]) (string, error) {
	mine, err := d.lookInLater(ctx, u, doc)
	if err != nil || !mine {
		return "", err
	}
	return "published again", d.HandOn(ctx, doc.Value)
}

// lookInLater moves the sweeper's next look on. It reports whether nobody else
// changed the run meanwhile.
func (d *Desk) lookInLater(ctx context.Context, u store.User, doc store.Versioned[run.Run]) (bool, error) {
	doc.Value.NextCheck = d.Now().Add(4 * run.Grace)
	_, err := u.Apply(ctx, store.Change{Runs: []store.RunChange{{Run: doc.Value, Version: doc.Version}}})
	if errors.Is(err, store.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// startQueued starts what the free slots allow; slots whose lease expired count
// as free.
func (d *Desk) startQueued(ctx context.Context, u store.User, doc store.Versioned[run.Run]) (string, error) {
	var started []run.Run
	err := again(ctx, func() error {
		slots, err := u.Slots(ctx)
		if err != nil {
			return err
		}
		c := store.Change{}
		if started, err = d.promote(ctx, u, &slots.Value, doc.Value.Plan, &c); err != nil || len(started) == 0 {
			return err
		}
		c.Slots = &slots
		_, err = u.Apply(ctx, c)
		return err
	})
	if err != nil {
		return "", err
	}
	if len(started) == 0 {
		_, err = d.lookInLater(ctx, u, doc)
		return "", err
	}
	return "started from the queue", d.handOnAll(ctx, started)
}
