package pipeline

import (
	"context"
	"log/slog"

	"netra/shared/store"
)

// GapMessage is the log line of a write whose events do not number on. Logs
// reach the operators' alert (infra/alerts.tf), which the counter of the same
// write does not: nothing reads /api/metrics of a service that sleeps.
const GapMessage = "event gap"

// Watch returns the fleet with a log line, at level error, for each write that
// counts gaps between events.
func Watch(f store.Fleet, log *slog.Logger) store.Fleet { return watchedFleet{f, log} }

type watchedFleet struct {
	store.Fleet
	log *slog.Logger
}

func (w watchedFleet) User(uid string) (store.User, error) {
	u, err := w.Fleet.User(uid)
	if err != nil {
		return nil, err
	}
	return watchedUser{u, w.log}, nil
}

type watchedUser struct {
	store.User
	log *slog.Logger
}

func (w watchedUser) Apply(ctx context.Context, c store.Change) ([]store.Version, error) {
	versions, err := w.User.Apply(ctx, c)
	if n := c.Counters[gapsTotal]; err == nil && n > 0 {
		w.log.ErrorContext(ctx, GapMessage, "gaps", n, "gap_in", c.Runs[0].Run.ID, "last_seq", c.Runs[0].Run.LastSeq)
	}
	return versions, err
}
