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
	tried := false
	err := again(ctx, func() error {
		if tried {
			found, err := u.Run(ctx, s.Run.ID)
			if !errors.Is(err, store.ErrNotFound) {
				accepted = found.Value // an earlier try was written, but its answer was lost
				return err
			}
		}
		tried = true
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
	count(&c, changeCounters(run.Run{}, r, events))
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

// Answer is how a data request ends.
type Answer struct {
	// Kind is run.AnswerData, AnswerContinue or AnswerExpired.
	Kind string
	// Datasets are new logs; PriceModel, if not "", prices those that name no
	// model; Source, if not "", is where a log is to be fetched.
	Datasets           []string
	PriceModel, Source string
	// Receipt, if not nil, makes the receipt that is stored with the change.
	Receipt func(run.Run, admission.Decision) (*store.Receipt, error)
}

// Resume answers a run's data request and gives the run a slot or a place in
// the queue. Errors are run.ErrNotWaiting and store.ErrNotFound.
func (d *Desk) Resume(ctx context.Context, u store.User, id string, a Answer) (run.Run, admission.Decision, error) {
	var resumed run.Run
	var decision admission.Decision
	err := again(ctx, func() error {
		c, dec, err := d.readmit(ctx, u, id, a)
		if err != nil {
			return err
		}
		if _, err = u.Apply(ctx, c); err == nil {
			resumed, decision = c.Runs[0].Run, dec
		}
		return err
	})
	if err != nil {
		return run.Run{}, admission.Decision{}, err
	}
	return resumed, decision, d.HandOn(ctx, resumed)
}

func (d *Desk) readmit(ctx context.Context, u store.User, id string, a Answer) (store.Change, admission.Decision, error) {
	doc, err := u.Run(ctx, id)
	if err != nil {
		return store.Change{}, admission.Decision{}, err
	}
	slots, err := u.Slots(ctx)
	if err != nil {
		return store.Change{}, admission.Decision{}, err
	}
	before, r, now := doc.Value, &doc.Value, d.Now()
	events, err := r.Receive(a.Kind, a.Datasets, now, QueueLimit)
	if err != nil {
		return store.Change{}, admission.Decision{}, err
	}
	if a.PriceModel != "" {
		r.PriceModel = a.PriceModel
	}
	if a.Source != "" {
		r.Source = a.Source
	}
	decision, err := slots.Value.Readmit(id, limitsOf(r.Plan), now, slotUntil(now))
	if err != nil {
		return store.Change{}, decision, err
	}
	more, err := begin(r, decision, now)
	if err != nil {
		return store.Change{}, decision, err
	}
	events = append(events, more...)
	c := store.Change{
		Runs:     []store.RunChange{{Run: *r, Version: doc.Version, Events: events}},
		Slots:    &slots,
		Counters: answerCounters(*r, a.Kind),
	}
	count(&c, changeCounters(before, *r, events))
	if a.Receipt != nil {
		c.Receipt, err = a.Receipt(*r, decision)
	}
	return c, decision, err
}
