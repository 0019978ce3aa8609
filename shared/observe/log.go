// Package observe makes what operators see: structured logs for Cloud Logging
// and traces from a request through every stage of its run.
package observe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes one JSON object a line in the form that Cloud Logging reads:
// https://cloud.google.com/logging/docs/structured-logging
// level is debug, info, warn or error.
func NewLogger(w io.Writer, level, project, function string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: cloudNames})
	return slog.New(contextHandler{h, project}).With("function", function)
}

func cloudNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.MessageKey:
		a.Key = "message"
	case slog.LevelKey:
		a.Key = "severity"
		if level, ok := a.Value.Any().(slog.Level); ok && level == slog.LevelWarn {
			a.Value = slog.StringValue("WARNING")
		}
	}
	return a
}

type fieldsKey struct{}

// fields is of whom and of what the lines of one request speak.
type fields struct {
	mu       sync.Mutex
	uid, run string
}

func (f *fields) attributes() (all []slog.Attr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uid != "" {
		all = append(all, slog.String("user", HashUser(f.uid)))
	}
	if f.run != "" {
		all = append(all, slog.String("run_id", f.run))
	}
	return all
}

// With returns a context whose log lines carry the run and its user, and may be
// told more of both by Tell. The user is hashed: logs hold no personal data.
func With(ctx context.Context, uid, runID string) context.Context {
	return context.WithValue(ctx, fieldsKey{}, &fields{uid: uid, run: runID})
}

// Tell fills in what was not known when With made the context: lines of the
// whole request carry it from then on. It does nothing without With.
func Tell(ctx context.Context, uid, runID string) {
	f, ok := ctx.Value(fieldsKey{}).(*fields)
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if uid != "" {
		f.uid = uid
	}
	if runID != "" {
		f.run = runID
	}
}

// HashUser is the form in which a uid appears in logs and metrics.
func HashUser(uid string) string {
	sum := sha256.Sum256([]byte("netra-user:" + uid))
	return hex.EncodeToString(sum[:6])
}

// anonymous puts the hash of the context's user in place of the uid: errors of the
// database, the bucket and Secret Manager name documents, objects and secrets by it.
func anonymous(ctx context.Context, text string) string {
	f, ok := ctx.Value(fieldsKey{}).(*fields)
	if !ok {
		return text
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uid == "" || !strings.Contains(text, f.uid) {
		return text
	}
	whole := regexp.MustCompile(`\b` + regexp.QuoteMeta(f.uid) + `\b`)
	return whole.ReplaceAllString(text, HashUser(f.uid))
}

// contextHandler adds what the context knows to every line, and keeps uids out.
type contextHandler struct {
	slog.Handler
	project string
}

func (h contextHandler) Handle(ctx context.Context, told slog.Record) error {
	r := slog.NewRecord(told.Time, told.Level, told.Message, told.PC)
	told.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(err.Error())
		}
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(anonymous(ctx, a.Value.String()))
		}
		r.AddAttrs(a)
		return true
	})
	if f, ok := ctx.Value(fieldsKey{}).(*fields); ok {
		r.AddAttrs(f.attributes()...)
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(
			slog.String("logging.googleapis.com/trace", fmt.Sprintf("projects/%s/traces/%s", h.project, span.TraceID())),
			slog.String("logging.googleapis.com/spanId", span.SpanID().String()),
			slog.Bool("logging.googleapis.com/trace_sampled", span.IsSampled()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs), h.project}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name), h.project}
}

// maxLine bounds what Line keeps, in bytes.
const maxLine = 200

// Line makes text from outside safe for one log line of bounded length.
func Line(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) <= maxLine {
		return s
	}
	return strings.ToValidUTF8(s[:maxLine], "") + "..."
}
