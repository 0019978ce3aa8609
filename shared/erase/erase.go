// Package erase deletes: a run, a data set, or everything of one user. For the
// latter the user's own document is marked first: from then on the api takes no new work, and the sweeper goes on
// with the mark until the end, whatever crashed. What was under way when the mark
// came (a stage that writes its files, an upload with a signed address, a request
// of the api) may still leave something; so it is deleted again and again until
// nothing from before can be alive, and only then the mark goes as well.
package erase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netra/shared/bucket"
	"netra/shared/pipeline"
	"netra/shared/run"
	"netra/shared/store"
)

const (
	// Settle is how long the mark stays. It is longer than anything that began
	// before it lives: an ID token and an upload address (an hour each, and the part
	// that is on its way then), a stage (9 minutes), a request of the api (1 minute).
	Settle = 2 * time.Hour
	// between is the pause after a pass in which all was deleted.
	between = 10 * time.Minute
)

// Credentials keeps what users stored for the sources of their logs.
type Credentials interface {
	// Erase removes all of the user; none is no error.
	Erase(ctx context.Context, uid string) error
}

// Eraser erases. All of it is safe to repeat.
type Eraser struct {
	Desk        *pipeline.Desk
	Bucket      *bucket.Bucket
	Credentials Credentials
	Now         func() time.Time
}

// Begin marks the user, in one write. A user who is marked keeps the mark.
func (e *Eraser) Begin(ctx context.Context, u store.User) (store.Erasing, error) {
	profile, err := u.Profile(ctx)
	if err != nil {
		return store.Erasing{}, err
	}
	if profile.Erasing != nil {
		return *profile.Erasing, nil
	}
	now := e.Now().Truncate(time.Microsecond) // as Firestore keeps it
	mark := store.Erasing{Since: now, Check: now}
	return mark, u.MarkErasing(ctx, mark)
}

// Pass deletes what there is of a marked user, and the mark itself once nothing
// from before it can be alive. It reports whether that was the end; a pass that
// failed or was cut off is to be repeated. A user without a mark is left alone.
func (e *Eraser) Pass(ctx context.Context, u store.User) (bool, error) {
	profile, err := u.Profile(ctx)
	if err != nil || profile.Erasing == nil {
		return err == nil, err
	}
	mark, began := *profile.Erasing, e.Now()
	if err := e.empty(ctx, u); err != nil {
		return false, err
	}
	if began.Before(Done(mark)) {
		mark.Check = began.Add(between)
		return false, u.MarkErasing(ctx, mark)
	}
	return true, u.DeleteProfile(ctx)
}

// Done is when the last pass is due.
func Done(mark store.Erasing) time.Time { return mark.Since.Add(Settle) }

// empty deletes the documents before the objects: a stage loses its run first and
// stops writing files.
func (e *Eraser) empty(ctx context.Context, u store.User) error {
	if err := e.Credentials.Erase(ctx, u.UID()); err != nil {
		return fmt.Errorf("delete the user's credentials: %w", err)
	}
	if err := e.cancelAll(ctx, u); err != nil {
		return fmt.Errorf("cancel the user's runs: %w", err)
	}
	if err := u.DeleteAll(ctx); err != nil {
		return err
	}
	if err := e.Bucket.User(u.UID()).Erase(ctx); err != nil {
		return fmt.Errorf("delete the user's objects: %w", err)
	}
	return nil
}

// cancelAll ends what runs or waits, the newest first: those in the queue end
// before the place that they wait for is free.
func (e *Eraser) cancelAll(ctx context.Context, u store.User) error {
	for page := (store.Page{}); ; {
		runs, err := u.Runs(ctx, page)
		if err != nil || len(runs) == 0 {
			return err
		}
		for _, r := range runs {
			if r.Status.Final() {
				continue
			}
			if err := e.cancel(ctx, u, r.ID, "its user's data is erased"); err != nil {
				return err
			}
		}
		page.Before = runs[len(runs)-1].ID
	}
}

func (e *Eraser) cancel(ctx context.Context, u store.User, id, reason string) error {
	_, err := e.Desk.Cancel(ctx, u, id, reason)
	if errors.Is(err, run.ErrEnded) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Run ends a run that has not ended, for the reason, and deletes it with all below
// it and its objects.
func (e *Eraser) Run(ctx context.Context, u store.User, id, reason string) error {
	if err := e.cancel(ctx, u, id, reason); err != nil {
		return err
	}
	if err := e.Bucket.User(u.UID()).DeleteAll(ctx, "runs/"+id); err != nil {
		return fmt.Errorf("delete the run's objects: %w", err)
	}
	return u.DeleteRun(ctx, id)
}

// Dataset deletes a data set with its objects.
func (e *Eraser) Dataset(ctx context.Context, u store.User, id string) error {
	if err := e.Bucket.User(u.UID()).DeleteAll(ctx, "datasets/"+id); err != nil {
		return fmt.Errorf("delete the data set's objects: %w", err)
	}
	return u.DeleteDataset(ctx, id)
}
