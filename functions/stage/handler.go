// Package stage gives a pipeline step its HTTP: the push of a message on POST /.
package stage

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/queue"
)

// Push is what a handler of Pub/Sub pushes needs.
type Push struct {
	// Tokens may be nil: then the platform alone checks who calls.
	Tokens *queue.TokenChecker
	Tracer *observe.Tracer
	Log    *slog.Logger
}

// Handle decodes a push and calls do for its message. 2xx acknowledges the
// message; everything else asks Pub/Sub to deliver it again. A message that
// can never be understood is acknowledged and logged.
func (p Push) Handle(name string, do func(context.Context, queue.Message) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p.Tokens.Check(r); err != nil {
			p.Log.WarnContext(r.Context(), "push refused", "error", observe.Line(err.Error()))
			w.WriteHeader(http.StatusForbidden)
			return
		}
		d, err := queue.Decode(r)
		if errors.Is(err, queue.ErrMalformed) {
			p.Log.ErrorContext(r.Context(), "push dropped", "error", observe.Line(err.Error()))
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		ctx, invocation := p.Tracer.Begin(r.Context(), p.Log, d.Trace, name, d.UID, d.RunID)
		status := http.StatusNoContent
		err = do(ctx, d.Message)
		if err != nil {
			status = p.status(ctx, d, err)
		}
		invocation.End(ctx, err)
		invocation.Flush(ctx)
		w.WriteHeader(status)
	}
}

func (p Push) status(ctx context.Context, d queue.Delivery, err error) int {
	if errors.Is(err, pipeline.ErrBusy) {
		p.Log.InfoContext(ctx, "another invocation works on it", "delivery", d.Attempt)
		return http.StatusConflict
	}
	p.Log.ErrorContext(ctx, "step failed", "delivery", d.Attempt, "error", observe.Line(err.Error()))
	return http.StatusInternalServerError
}

// New makes the handler of a stage.
func New(step *pipeline.Step, p Push, health *observe.Health) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", p.Handle(step.Stage.Name, step.Handle))
	health.Register(mux)
	return mux
}
