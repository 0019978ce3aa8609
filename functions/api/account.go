package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"netra/shared/observe"
	"netra/shared/plan"
	"netra/shared/store"
)

// account shows the user's plan and what of it is used.
func (s *server) account(ctx context.Context, c *call) (reply, error) {
	mine, err := c.plan(ctx)
	if err != nil {
		return reply{}, err
	}
	slots, err := c.user.Slots(ctx)
	if err != nil {
		return reply{}, err
	}
	today := 0
	if slots.Value.Day == s.Now().UTC().Format(time.DateOnly) {
		today = slots.Value.RunsToday
	}
	out := map[string]any{
		"uid": c.user.UID(), "plan": mine, "plans": plan.All(),
		"usage": map[string]int{"running": len(slots.Value.Running), "queued": len(slots.Value.Queued), "runs_today": today},
	}
	if mark := c.known.Erasing; mark != nil {
		out["erasing"] = erasingOf(*mark)
	}
	return reply{status: http.StatusOK, body: out}, nil
}

// readArtifact serves a file that a run produced. HTML is served in a sandbox.
func (s *server) readArtifact(ctx context.Context, c *call) (reply, error) {
	a, err := c.user.Artifact(ctx, c.req.PathValue("run"), c.req.PathValue("name"))
	if err != nil {
		return reply{}, err
	}
	if a.Object == "" {
		return reply{status: http.StatusOK, raw: nonNilBytes(a.Body), mediaType: a.MediaType}, nil
	}
	body, err := s.Bucket.User(c.user.UID()).Open(ctx, a.Object)
	if err != nil {
		return reply{}, err
	}
	defer body.Close()
	raw, err := io.ReadAll(body)
	if err != nil {
		return reply{}, fmt.Errorf("read an artifact: %w", err)
	}
	return reply{status: http.StatusOK, raw: nonNilBytes(raw), mediaType: a.MediaType}, nil
}

func nonNilBytes(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// metrics writes the product's counters. They come from Firestore, so they are
// right whichever instance answers.
func (s *server) metrics(w http.ResponseWriter, r *http.Request) {
	counters, err := s.Fleet.Counters(r.Context())
	if err != nil {
		s.Log.ErrorContext(r.Context(), "metrics failed", "error", observe.Line(err.Error()))
		known(errors.Join(err, store.ErrConflict)).write(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := observe.WriteMetrics(w, counters); err != nil {
		s.Log.WarnContext(r.Context(), "metrics not delivered", "error", err)
	}
}
