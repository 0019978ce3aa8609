package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"netra/shared/admission"
	"netra/shared/bucket"
	"netra/shared/connector"
	"netra/shared/run"
	"netra/shared/secret"
	"netra/shared/store"
)

// problem is an error for the client. Its detail says what to do and never
// holds an internal message; cause is for the log.
type problem struct {
	kind, detail string
	retryAfter   int // seconds
	cause        error
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.kind + ": " + p.cause.Error()
	}
	return p.kind + ": " + p.detail
}

func (p *problem) Unwrap() error { return p.cause }

func refuse(kind, detail string) error { return &problem{kind: kind, detail: detail} }

// kind is one row of the error table.
type kind struct {
	status int
	title  string
}

// kinds is the table of everything that the API can answer but success.
func kinds() map[string]kind {
	return map[string]kind{
		"bad_request":     {http.StatusBadRequest, "The request cannot be read"},
		"invalid":         {http.StatusUnprocessableEntity, "A field has a value that is not allowed"},
		"unauthenticated": {http.StatusUnauthorized, "Sign in"},
		"no_access":       {http.StatusForbidden, "No access"},
		"plan_too_small":  {http.StatusForbidden, "Your plan does not include this"},
		"not_confirmed":   {http.StatusUnprocessableEntity, "Nothing was erased"},
		"erasing":         {http.StatusConflict, "Your data is being erased"},
		"not_found":       {http.StatusNotFound, "There is no such thing"},
		"not_allowed":     {http.StatusMethodNotAllowed, "This address does not take that method"},
		"too_large":       {http.StatusRequestEntityTooLarge, "Too large"},
		"not_waiting":     {http.StatusConflict, "The run does not wait for data"},
		"ended":           {http.StatusConflict, "The run has ended"},
		"not_ready":       {http.StatusConflict, "The data set is not ready"},
		"already_read":    {http.StatusConflict, "The data set is read already"},
		"key_reused":      {http.StatusUnprocessableEntity, "The idempotency key was used for another request"},
		"queue_full":      {http.StatusTooManyRequests, "All places are taken"},
		"day_full":        {http.StatusTooManyRequests, "No runs left today"},
		"busy":            {http.StatusServiceUnavailable, "Busy"},
		"internal":        {http.StatusInternalServerError, "Something went wrong on our side"},
	}
}

// known turns the domain's errors into problems.
func known(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	as := func(kind, detail string, after int) *problem {
		return &problem{kind: kind, detail: detail, retryAfter: after, cause: err}
	}
	switch {
	case errors.Is(err, admission.ErrQueueFull):
		return as("queue_full", "Your running and queued places are all taken. Wait for a run to end, stop one, or choose a larger plan.", 30)
	case errors.Is(err, admission.ErrDayFull):
		return as("day_full", "Your plan's runs for today are used up. They start again at midnight UTC; a larger plan has more.", 3600)
	case errors.Is(err, run.ErrNotWaiting):
		return as("not_waiting", "The run has not asked for data, or was answered already. Read the run's state.", 0)
	case errors.Is(err, run.ErrEnded):
		return as("ended", "The run has ended. Send a new message to start another.", 0)
	case errors.Is(err, store.ErrNotFound), errors.Is(err, bucket.ErrNotFound):
		return as("not_found", "It does not exist, was deleted, or is not yours.", 0)
	case errors.Is(err, connector.ErrNoName):
		return as("invalid", "Your user id has signs that the name of a secret cannot have, so no credential can be stored for you. Upload an export of the log instead.", 0)
	case errors.Is(err, store.ErrConflict), errors.Is(err, secret.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return as("busy", "Too much happened at once. Try again in a moment.", 2)
	}
	return as("internal", "Try again; if it happens again, tell the operator the time and what you did.", 0)
}

// write answers with a problem document (RFC 9457).
func (p *problem) write(w http.ResponseWriter, r *http.Request) int {
	k := kinds()[p.kind]
	body := map[string]any{
		"type": "urn:netra:error:" + p.kind, "kind": p.kind, "title": k.title,
		"status": k.status, "detail": p.detail, "instance": r.URL.Path,
	}
	if p.retryAfter > 0 {
		body["retry_after_seconds"] = p.retryAfter
		w.Header().Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if k.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="netra"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(k.status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone; nobody is left to tell
	return k.status
}
