// Package sweeper is the function that looks after what other functions left
// undone: it publishes lost messages again, ends runs that are past their
// deadline, starts queued runs, takes dead letters and deletes what is due.
package sweeper

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"netra/functions/stage"
	"netra/shared/erase"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/queue"
	"netra/shared/store"
)

// Limits of one sweep, so that it ends within the function's time; what is left
// is for the next one.
const (
	dueLimit      = 500
	eraseLimit    = 20
	outdatedLimit = 100
	purgeLimit    = 2000
	// eraseTime is how long one user's erasing may keep a sweep.
	eraseTime = time.Minute
)

// UnsweptMessage is the log line of a document that a sweep could not look after;
// the operators' alert (infra/alerts.tf) counts them.
const UnsweptMessage = "could not be swept"

// Sweeper does the work.
type Sweeper struct {
	Desk   *pipeline.Desk
	Fleet  store.Fleet
	Eraser *erase.Eraser
	Log    *slog.Logger
	Now    func() time.Time
}

// Report says what a sweep did: counts by action, and what failed.
type Report struct {
	Actions map[string]int `json:"actions"`
	Failed  int            `json:"failed"`
}

// New makes the handler: POST /sweep by the clock, POST /dead-letter by Pub/Sub.
func New(s *Sweeper, p stage.Push, health *observe.Health) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sweep", func(w http.ResponseWriter, r *http.Request) {
		if err := p.Tokens.Check(r); err != nil {
			s.Log.WarnContext(r.Context(), "sweep refused", "error", observe.Line(err.Error()))
			w.WriteHeader(http.StatusForbidden)
			return
		}
		ctx, invocation := p.Tracer.Begin(r.Context(), s.Log, r.Header.Get("traceparent"), "sweep", "", "")
		report, err := s.Sweep(ctx)
		invocation.End(ctx, err)
		invocation.Flush(ctx)
		s.answer(ctx, w, report, err)
	})
	mux.HandleFunc("POST /dead-letter", p.Handle("dead-letter", s.deadLetter))
	health.Register(mux)
	return mux
}

func (s *Sweeper) answer(ctx context.Context, w http.ResponseWriter, report Report, err error) {
	if err != nil {
		s.Log.ErrorContext(ctx, "sweep failed", "error", observe.Line(err.Error()))
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if len(report.Actions) > 0 || report.Failed > 0 {
		s.Log.InfoContext(ctx, "swept", "actions", report.Actions, "failed", report.Failed)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(report) // the scheduler may have hung up
}

// Sweep looks once at everything that is due. One run's failure does not keep
// the others from being looked at.
func (s *Sweeper) Sweep(ctx context.Context) (Report, error) {
	report := Report{Actions: map[string]int{}}
	due, err := s.Fleet.Due(ctx, s.Now(), dueLimit)
	if err != nil {
		return report, err
	}
	for _, ref := range due {
		s.note(ctx, &report, ref, s.redrive)
	}
	outdated, err := s.Fleet.Outdated(ctx, s.Now(), outdatedLimit)
	if err != nil {
		return report, err
	}
	for _, ref := range outdated {
		s.note(ctx, &report, ref, s.remove)
	}
	purged, err := s.Fleet.PurgeOutdated(ctx, s.Now(), purgeLimit)
	if purged > 0 {
		report.Actions["deleted documents"] += purged
	}
	return report, errors.Join(err, s.eraseAll(ctx, &report))
}

// eraseAll goes on with the users who are being erased, last: one with much data
// takes its time.
func (s *Sweeper) eraseAll(ctx context.Context, report *Report) error {
	marked, err := s.Fleet.Erasing(ctx, s.Now(), eraseLimit)
	for _, u := range marked {
		s.note(ctx, report, store.Ref{UID: u.UID(), Kind: "users"}, s.erase)
	}
	return err
}

func (s *Sweeper) erase(ctx context.Context, u store.User, _ store.Ref) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, eraseTime)
	defer cancel()
	done, err := s.Eraser.Pass(ctx, u)
	switch {
	case err != nil:
		return "", err
	case done:
		return "erased users", nil
	}
	return "looked again for what to erase", nil
}

func (s *Sweeper) note(ctx context.Context, report *Report, ref store.Ref, do func(context.Context, store.User, store.Ref) (string, error)) {
	ctx = observe.With(ctx, ref.UID, ref.ID)
	u, err := s.Fleet.User(ref.UID)
	var done string
	if err == nil {
		done, err = do(ctx, u, ref)
	}
	switch {
	case err != nil:
		report.Failed++
		s.Log.ErrorContext(ctx, UnsweptMessage, "kind", ref.Kind, "error", observe.Line(err.Error()))
	case done != "":
		report.Actions[done]++
	}
}

func (s *Sweeper) redrive(ctx context.Context, u store.User, ref store.Ref) (string, error) {
	return s.Desk.Redrive(ctx, u, ref.ID)
}

// remove deletes a document that is past its expiry with its objects.
func (s *Sweeper) remove(ctx context.Context, u store.User, ref store.Ref) (string, error) {
	switch ref.Kind {
	case "threads":
		return "deleted threads", u.DeleteThread(ctx, ref.ID)
	case "datasets":
		return "deleted data sets", s.Eraser.Dataset(ctx, u, ref.ID)
	}
	return "deleted runs", s.Eraser.Run(ctx, u, ref.ID, "its time of keeping is over")
}

func (s *Sweeper) deadLetter(ctx context.Context, m queue.Message) error {
	u, err := s.Fleet.User(m.UID)
	if err != nil {
		s.Log.ErrorContext(ctx, "dead letter with an impossible uid dropped", "error", err)
		return nil
	}
	s.Log.ErrorContext(ctx, "dead letter", "stage", observe.Line(m.Stage))
	return s.Desk.DeadLetter(ctx, u, m)
}
