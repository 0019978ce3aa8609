// Package api is the HTTP edge. An endpoint is one function from a call to a
// reply or an error; everything about HTTP is in this file, problem.go and
// idempotency.go. openapi.json describes every route, and a test compares.
package api

import (
	"bytes"
	"context"
	_ "embed" // openapi.json
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"netra/shared/access"
	"netra/shared/bucket"
	"netra/shared/erase"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/store"
	"netra/shared/usage"
)

//go:embed openapi.json
var openAPI []byte

// maxBody bounds a JSON request body.
const maxBody = 512 << 10

// Tokens checks ID tokens.
type Tokens interface {
	// UserOf returns the uid of a valid token. Its error is for the log only, but
	// for an *access.Refusal of somebody who may not come in.
	UserOf(ctx context.Context, token string) (uid string, err error)
}

// Deps are what the API stands on.
type Deps struct {
	Desk   *pipeline.Desk
	Fleet  store.Fleet
	Bucket *bucket.Bucket
	Tokens Tokens
	// Credentials keeps what users store for the sources of their logs.
	Credentials Credentials
	// Eraser deletes runs, data sets, and everything of a user.
	Eraser *erase.Eraser
	// Uploads takes part uploads where the bucket is a local folder; nil elsewhere.
	Uploads http.Handler
	// Origins are the web consoles that may call from a browser.
	Origins []string
	// Preview looks into the first part of a log. Its error is a *usage.Error for
	// a log that cannot be used.
	Preview func(r io.Reader, options usage.Options) (Preview, error)
	Health  *observe.Health
	Tracer  *observe.Tracer
	Log     *slog.Logger
	Now     func() time.Time
}

// Preview is what was found in a log: its format and a JSON document of the rest.
type Preview struct {
	Format   string
	Document any
}

// call is one authenticated request.
type call struct {
	user store.User
	req  *http.Request
	body []byte
	// known is the user's profile once it was read.
	known *store.Profile
}

// reply is a successful answer. A nil body has no content.
type reply struct {
	status int
	body   any
	// raw, if not nil, is sent as it is with its media type.
	raw       []byte
	mediaType string
}

type endpoint func(ctx context.Context, c *call) (reply, error)

// route is one row of the API's table.
type route struct {
	method, path string
	do           endpoint
}

type server struct {
	Deps
}

func (s *server) routes() []route {
	return []route{
		{"GET", "/api/account", s.account},
		{"DELETE", "/api/account", s.eraseAccount},
		{"GET", "/api/sources", s.listSources},
		{"PUT", "/api/sources/{source}/credential", s.putCredential},
		{"DELETE", "/api/sources/{source}/credential", s.deleteCredential},
		{"GET", "/api/threads", s.listThreads},
		{"POST", "/api/threads", s.createThread},
		{"GET", "/api/threads/{thread}", s.readThread},
		{"PATCH", "/api/threads/{thread}", s.renameThread},
		{"DELETE", "/api/threads/{thread}", s.deleteThread},
		{"POST", "/api/threads/{thread}/messages", s.postMessage},
		{"GET", "/api/runs", s.listRuns},
		{"GET", "/api/runs/{run}", s.readRun},
		{"GET", "/api/runs/{run}/events", s.readEvents},
		{"POST", "/api/runs/{run}/data", s.giveData},
		{"POST", "/api/runs/{run}/continue", s.continueRun},
		{"POST", "/api/runs/{run}/cancel", s.cancelRun},
		{"GET", "/api/runs/{run}/artifacts/{name}", s.readArtifact},
		{"GET", "/api/datasets", s.listDatasets},
		{"POST", "/api/datasets", s.createDataset},
		{"POST", "/api/datasets/sample", s.sampleDataset},
		{"GET", "/api/datasets/{dataset}", s.readDataset},
		{"DELETE", "/api/datasets/{dataset}", s.deleteDataset},
		{"POST", "/api/datasets/{dataset}/complete", s.completeDataset},
	}
}

// New makes the handler of the API.
func New(deps Deps) http.Handler {
	s := &server{deps}
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.method+" "+r.path, s.serve(r.do))
	}
	mux.HandleFunc("GET /api/metrics", s.metrics)
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(openAPI)
	})
	deps.Health.Register(mux)
	if deps.Uploads != nil {
		mux.Handle("PUT /upload/{part}", deps.Uploads)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { unrouted(mux, w, r) })
	return s.crossOrigin(mux)
}

// unrouted answers a request that no route takes: the address is unknown, or
// takes other methods.
func unrouted(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		(&problem{kind: "not_found", detail: "See /api/openapi.json for what there is."}).write(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	(&problem{kind: "not_allowed", detail: "This address takes " + strings.Join(allowed, ", ") + "."}).write(w, r)
}

// serve gives an endpoint its HTTP: sign-in, body, answer, errors, logs.
func (s *server) serve(do endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, invocation := s.Tracer.Begin(r.Context(), s.Log, r.Header.Get("traceparent"), r.Pattern, "", r.PathValue("run"))
		r = r.WithContext(ctx)
		out, err := s.answer(r, do)
		failure := err
		if err != nil {
			failure = s.fail(w, r, err)
		} else if err := out.write(w); err != nil {
			s.Log.WarnContext(ctx, "answer not delivered", "error", err)
		}
		invocation.End(ctx, failure)
		if r.Method != http.MethodGet { // the spans of reading go along with others
			_ = http.NewResponseController(w).Flush() // the caller has its answer before the spans go
			invocation.Flush(ctx)
		}
	}
}

func (s *server) answer(r *http.Request, do endpoint) (reply, error) {
	user, err := s.signIn(r)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return reply{}, &problem{kind: "bad_request", detail: "The body was cut off. Send it again.", cause: err}
	}
	if len(body) > maxBody {
		return reply{}, refuse("too_large", fmt.Sprintf("A request body has at most %d bytes. Upload logs as data sets.", maxBody))
	}
	ctx := r.Context()
	observe.Tell(ctx, user.UID(), "")
	c := &call{user: user, req: r, body: body}
	if err := c.mayBegin(ctx); err != nil {
		return reply{}, err
	}
	out, err := do(ctx, c)
	if errors.Is(err, store.ErrConflict) {
		return out, s.answeredMeanwhile(ctx, c, err)
	}
	return out, err
}

func (s *server) signIn(r *http.Request) (store.User, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil, refuse("unauthenticated", "Send a Firebase ID token as 'Authorization: Bearer TOKEN'.")
	}
	uid, err := s.Tokens.UserOf(r.Context(), token)
	if refusal := (*access.Refusal)(nil); errors.As(err, &refusal) {
		return nil, refuse("no_access", refusal.Detail)
	}
	if err != nil {
		return nil, &problem{kind: "unauthenticated", detail: "The token is not valid or has expired. Sign in again.", cause: err}
	}
	user, err := s.Fleet.User(uid)
	if err != nil {
		return nil, &problem{kind: "unauthenticated", detail: "This account cannot be used here.", cause: err}
	}
	return user, nil
}

// fail answers with a problem, or with the answer of an earlier request. It
// returns the error if it is the server's own.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) error {
	if done := (*replay)(nil); errors.As(err, &done) {
		_ = done.write(w)
		return nil
	}
	p := known(err)
	if status := p.write(w, r); status < http.StatusInternalServerError {
		return nil
	}
	s.Log.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "kind", p.kind, "error", observe.Line(err.Error()))
	return err
}

func (out reply) write(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if out.raw != nil {
		h.Set("Content-Type", out.mediaType)
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
		w.WriteHeader(out.status)
		_, err := w.Write(out.raw)
		return err
	}
	if out.body == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	body, err := json.Marshal(out.body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return fmt.Errorf("encode the answer: %w", err)
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(out.status)
	_, err = w.Write(append(body, '\n'))
	return err
}

// strictly decodes one JSON value with no field that into lacks and nothing after it.
func strictly(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// decode reads the JSON body strictly.
func (c *call) decode(into any) error {
	if err := strictly(c.body, into); err != nil {
		return &problem{kind: "bad_request", detail: "The body is not the JSON that /api/openapi.json describes: " + observe.Line(err.Error()), cause: err}
	}
	return nil
}

// crossOrigin lets the web consoles call from their own origin, and nobody else.
func (s *server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(s.Origins, origin) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Traceparent")
			h.Set("Access-Control-Expose-Headers", "Retry-After")
			h.Set("Access-Control-Max-Age", "3600")
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
