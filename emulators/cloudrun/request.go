package cloudrun

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// RoundTrip sends a request to the instance as Cloud Run's front end does.
// What Cloud Run answers itself (429 without a free instance, 503 without a
// ready one, 504 after the timeout) is an answer here too; an error means that
// the instance was cut off while it worked on the request.
func (s *Service) RoundTrip(r *http.Request) (*http.Response, error) {
	held, cancelHold := context.WithTimeout(r.Context(), s.config.Hold)
	defer cancelHold()
	select {
	case s.slots <- struct{}{}:
	case <-held.Done():
		return s.refuse(r, http.StatusTooManyRequests, "no available instance")
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	end := sync.OnceFunc(func() { cancel(nil); <-s.slots })
	response, err := s.forward(ctx, held, cancel, r)
	if err == nil {
		response.Body = &body{response.Body, end}
		return response, nil
	}
	defer end()
	switch {
	case errors.Is(err, errNotReady):
		return s.refuse(r, http.StatusServiceUnavailable, err.Error())
	case errors.Is(context.Cause(ctx), errTimeout):
		return s.refuse(r, http.StatusGatewayTimeout, "upstream request timeout")
	}
	return nil, err
}

var (
	errNotReady = errors.New("no instance became ready")
	errTimeout  = errors.New("the request took too long")
)

// forward waits for a ready instance; the timeout begins only then. An instance
// that ended a moment ago refuses the connection: the request has not begun and
// waits for the next.
func (s *Service) forward(ctx, held context.Context, cancel context.CancelCauseFunc, r *http.Request) (*http.Response, error) {
	for {
		address, err := s.ready(held)
		if err != nil {
			return nil, err
		}
		timer := time.AfterFunc(s.config.Timeout, func() { cancel(errTimeout) })
		response, err := s.transport.RoundTrip(readdress(ctx, r, address))
		if err == nil {
			response.Body = &body{response.Body, func() { timer.Stop() }}
			return response, nil
		}
		timer.Stop()
		if !errors.Is(err, syscall.ECONNREFUSED) || !rewind(r) || !pause(held, 5*time.Millisecond) {
			return nil, err
		}
	}
}

// ready is the address of an instance, as soon as there is one.
func (s *Service) ready(ctx context.Context) (string, error) {
	for {
		s.mu.Lock()
		address, changed := s.address, s.changed
		s.mu.Unlock()
		if address != "" {
			return address, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", errNotReady
		}
	}
}

// readdress is the request for another host; its Host header stays.
func readdress(ctx context.Context, r *http.Request, address string) *http.Request {
	out := r.WithContext(ctx)
	url := *r.URL
	url.Scheme, url.Host = "http", address
	out.URL = &url
	if out.Host == "" {
		out.Host = r.URL.Host
	}
	return out
}

// rewind prepares the body of a request to be sent again.
func rewind(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	if r.GetBody == nil {
		return false
	}
	again, err := r.GetBody()
	r.Body = again
	return err == nil
}

// refuse is an answer of the front end itself.
func (s *Service) refuse(r *http.Request, status int, reason string) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	s.config.Log.Warn("request refused", "function", s.config.Name, "status", status, "reason", reason)
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/plain"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(reason + "\n")), ContentLength: int64(len(reason) + 1),
	}, nil
}

// body ends a request when its answer was read.
type body struct {
	io.ReadCloser
	end func()
}

func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
