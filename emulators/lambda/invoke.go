package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// invocation is one event on its way through the function.
type invocation struct {
	id     string
	event  []byte
	result chan result
}

// result is the answer to an invocation, or why there is none.
type result struct {
	response *http.Response
	err      error
}

// finish gives the result unless there is one already.
func (i *invocation) finish(r result) {
	select {
	case i.result <- r:
	default:
	}
}

var (
	errTimeout = errors.New("task timed out")
	errExit    = errors.New("runtime exited without an answer")
	errSilent  = errors.New("the runtime asked for the next invocation without an answer to this one")
)

// RoundTrip makes an invocation of a request. Lambda's own answers are answers
// here too: 413 above 6 MB, 429 at the reserved concurrency, 502 when the
// function failed or died, 504 when it took too long.
func (f *Function) RoundTrip(r *http.Request) (*http.Response, error) {
	id := newID()
	event, err := newEvent(r, id, time.Now())
	if errors.Is(err, errTooLarge) {
		return refuse(r, http.StatusRequestEntityTooLarge, err), nil
	}
	if err != nil {
		return nil, err
	}
	held, cancel := context.WithTimeout(r.Context(), f.config.Hold)
	defer cancel()
	select {
	case f.slots <- struct{}{}:
	case <-held.Done():
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return refuse(r, http.StatusTooManyRequests, errors.New("rate exceeded")), nil
	}
	i := &invocation{id: id, event: event, result: make(chan result, 1)}
	// Lambda goes on with an invocation whose caller has left.
	ctx := context.WithoutCancel(r.Context())
	f.work.Go(func() { f.run(ctx, i) })
	select {
	case got := <-i.result:
		return f.answer(r, got)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (f *Function) answer(r *http.Request, got result) (*http.Response, error) {
	if got.err == nil {
		got.response.Request = r
		return got.response, nil
	}
	f.config.Log.Warn("invocation failed", "function", f.config.Name, "error", got.err)
	if errors.Is(got.err, errTimeout) {
		return refuse(r, http.StatusGatewayTimeout, errTimeout), nil
	}
	return refuse(r, http.StatusBadGateway, errors.New("internal server error")), nil
}

// run gives the invocation to a process. It holds the slot until the process
// asks for more work, which is when Lambda counts the invocation as over.
func (f *Function) run(ctx context.Context, i *invocation) {
	defer func() { <-f.slots }()
	e, err := f.take(ctx)
	if err != nil {
		i.finish(result{err: err})
		return
	}
	if e.invoke(i) {
		f.keep(e)
		return
	}
	f.drop(e)
}

// take is an idle process, or a new one.
func (f *Function) take(ctx context.Context) (*environment, error) {
	for {
		f.mu.Lock()
		if len(f.idle) == 0 {
			f.mu.Unlock()
			return f.launch(ctx)
		}
		last := len(f.idle) - 1
		e := f.idle[last]
		f.idle = f.idle[:last]
		f.mu.Unlock()
		select {
		case <-e.process.Done(): // it died while it had nothing to do
			f.drop(e)
		default:
			return e, nil
		}
	}
}

func (f *Function) keep(e *environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, alive := f.all[e]; alive {
		f.idle = append(f.idle, e)
	}
}

func (f *Function) drop(e *environment) {
	f.mu.Lock()
	delete(f.all, e)
	f.idle = slices.DeleteFunc(f.idle, func(other *environment) bool { return other == e })
	f.mu.Unlock()
	e.close()
}

func refuse(r *http.Request, status int, reason error) *http.Response {
	body := fmt.Sprintf("{\"Message\":%q}", reason)
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
