package pipeline

import (
	"context"
	"errors"

	"netra/shared/run"
	"netra/shared/store"
)

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
		_, _, err = d.Resume(ctx, u, id, Answer{Kind: run.AnswerExpired})
		return done("resumed without data", err)
	case late:
		_, err = d.end(ctx, u, id, d.expire)
		return done("expired", err)
	case r.Status == run.Queued:
		return d.startQueued(ctx, u, doc)
	case r.Lease.Live(now):
		return "", nil
	}
	return d.republish(ctx, u, doc)
}

// expire ends a run that is still late now: it may have started meanwhile.
func (d *Desk) expire(r *run.Run) ([]run.Event, error) {
	if d.Now().Before(r.Deadline) {
		return nil, run.ErrPast
	}
	return r.Expire(lateFailure(*r), d.Now())
}

// done names what was done, and nothing when somebody else was first.
func done(what string, err error) (string, error) {
	if errors.Is(err, run.ErrEnded) || errors.Is(err, run.ErrPast) || errors.Is(err, run.ErrNotWaiting) {
		return "", nil
	}
	return what, err
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
