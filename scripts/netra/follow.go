package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"netra/shared/run"
	storefirestore "netra/shared/store/firestore"
)

// quiet is how long a listener may say nothing before the run's own document is
// asked whether there is more: listeners are known to go quiet without an error.
const quiet = 5 * time.Second

// follower receives the events of one run, each once and in order.
type follower struct {
	// connect makes a connection for one listener: one that went quiet may have
	// taken its whole connection with it.
	connect func(context.Context) (*firestore.Client, error)
	api     *client
	uid     string
	runID   string
	// quiet is how long the listener may say nothing before the api is asked.
	quiet time.Duration
	// last is the number of the newest event that was handed on.
	last int64
	// reopened counts how often the listener had to be opened again.
	reopened int
}

// follow hands each event to take, until take says stop or ctx ends.
func (f *follower) follow(ctx context.Context, take func(run.Event) (stop bool, err error)) error {
	for {
		stop, err := f.listen(ctx, take)
		if stop || err != nil && ctx.Err() != nil {
			return ctxOr(ctx, stop, err)
		}
		var final *takeError
		if errors.As(err, &final) {
			return final.error
		}
		f.reopened++
		if !pause(ctx, min(5*time.Second, time.Duration(f.reopened)*200*time.Millisecond)) {
			return ctx.Err()
		}
	}
}

func ctxOr(ctx context.Context, stop bool, err error) error {
	if stop {
		return nil
	}
	return errors.Join(ctx.Err(), err)
}

// takeError is an error of the one who takes events: no reopening mends it.
type takeError struct{ error }

// listen opens one listener on the events after the last one, and returns when
// it is dropped, goes quiet while the run moves on, or is no longer needed.
func (f *follower) listen(ctx context.Context, take func(run.Event) (bool, error)) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	connection, err := f.connect(ctx)
	if err != nil {
		return false, &takeError{err}
	}
	defer connection.Close()
	events := connection.Collection("users").Doc(f.uid).Collection("runs").Doc(f.runID).Collection("events")
	snapshots := events.Where("seq", ">", f.last).OrderBy("seq", firestore.Asc).Snapshots(ctx)
	defer snapshots.Stop()
	arrived := make(chan *firestore.QuerySnapshot)
	failed := make(chan error, 1)
	go func() {
		for {
			snap, err := snapshots.Next()
			if err != nil {
				failed <- err
				return
			}
			select {
			case arrived <- snap:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case snap := <-arrived:
			if stop, err := f.hand(snap, take); stop || err != nil {
				return stop, err
			}
		case err := <-failed:
			return false, dropped(err)
		case <-time.After(f.quiet):
			if f.behind(ctx) {
				return false, errors.New("the listener went quiet")
			}
		}
	}
}

// hand passes new events on, and refuses a gap: the listener is then opened
// again from the last number.
func (f *follower) hand(snap *firestore.QuerySnapshot, take func(run.Event) (bool, error)) (bool, error) {
	for _, change := range snap.Changes {
		if change.Kind != firestore.DocumentAdded {
			continue
		}
		e, err := storefirestore.DecodeEvent(change.Doc)
		if err != nil {
			return false, &takeError{err}
		}
		if e.Seq <= f.last {
			continue
		}
		if e.Seq != f.last+1 {
			return false, fmt.Errorf("event %d is missing", f.last+1)
		}
		f.last = e.Seq
		stop, err := take(e)
		if err != nil {
			return false, &takeError{err}
		}
		if stop {
			return true, nil
		}
	}
	return false, nil
}

// behind asks the api whether the run has events that the listener did not bring.
func (f *follower) behind(ctx context.Context) bool {
	var r run.Run
	if err := f.api.call(ctx, "GET", "/api/runs/"+f.runID, nil, &r); err != nil {
		return true // nobody answers: open everything again
	}
	return r.LastSeq > f.last
}

// dropped tells an error that opening again may mend from a refusal.
func dropped(err error) error {
	switch status.Code(err) {
	case codes.PermissionDenied, codes.Unauthenticated:
		return &takeError{fmt.Errorf("the run's events may not be read: %w", err)}
	}
	return fmt.Errorf("the listener was dropped: %w", err)
}
