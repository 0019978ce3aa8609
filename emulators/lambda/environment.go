package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"netra/emulators/process"
)

// environment is one process of the function and its Runtime API.
type environment struct {
	config   *Config
	process  *process.Process
	server   *http.Server
	asked    chan struct{}    // the process asks for work
	work     chan *invocation // and gets it
	deadline time.Time
	initErr  chan error

	mu      sync.Mutex
	current *invocation
}

// launch makes a cold start and waits until the process asks for work.
func (f *Function) launch(ctx context.Context) (*environment, error) {
	e := &environment{config: &f.config, asked: make(chan struct{}, 1), work: make(chan *invocation), initErr: make(chan error, 1)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the runtime of %s: %w", f.config.Name, err)
	}
	e.server = &http.Server{Handler: e.routes(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = e.server.Serve(listener) }() // ends with close
	if err := f.execute(e, listener.Addr().String()); err != nil {
		return nil, errors.Join(err, e.server.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, f.config.InitTimeout)
	defer cancel()
	select {
	case <-e.asked:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.starts = append(f.starts, time.Since(e.process.Started()))
		return e, nil
	case err = <-e.initErr:
	case <-e.process.Done():
		err = fmt.Errorf("%s ended before it asked for work (%v); its log ends:\n%s", f.config.Name, e.process.Err(), e.process.LogTail(2000))
	case <-ctx.Done():
		err = fmt.Errorf("%s did not ask for work: %w; its log ends:\n%s", f.config.Name, ctx.Err(), e.process.LogTail(2000))
	}
	f.drop(e)
	return nil, err
}

// execute starts the process unless the function is being stopped.
func (f *Function) execute(e *environment, api string) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopping {
		return fmt.Errorf("%s is being stopped", f.config.Name)
	}
	// AWS_EXECUTION_ENV is left out: by it a function knows that it is on AWS
	// itself, where it refuses to work on emulators.
	env := append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + api, "AWS_LAMBDA_FUNCTION_NAME=" + f.config.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(f.config.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "AWS_REGION=" + region, "_HANDLER=bootstrap",
	}, f.config.Env...)
	e.process, err = process.Start(process.Spec{
		Name: f.config.Name, Path: f.config.Program, Env: env, Log: filepath.Join(f.config.LogDir, f.config.Name+".log"),
	})
	if err == nil {
		f.all[e] = struct{}{}
	}
	return err
}

// close ends the process and its Runtime API.
func (e *environment) close() {
	_ = e.process.Kill() // it may have ended already
	_ = e.server.Close()
}

// invoke gives the process an invocation and waits until it asks for the next.
// It is false if the process is of no more use.
func (e *environment) invoke(i *invocation) bool {
	e.mu.Lock()
	e.current, e.deadline = i, time.Now().Add(e.config.Timeout)
	e.mu.Unlock()
	timer := time.NewTimer(e.config.Timeout)
	defer timer.Stop()
	select {
	case e.work <- i:
	case <-e.process.Done():
		i.finish(result{err: errExit})
		return false
	}
	select {
	case <-e.asked:
		i.finish(result{err: errSilent})
		return true
	case <-e.process.Done():
		i.finish(result{err: fmt.Errorf("%w: %v", errExit, e.process.Err())})
	case <-timer.C:
		i.finish(result{err: fmt.Errorf("%w after %v", errTimeout, e.config.Timeout)})
	}
	return false
}

func (e *environment) routes() http.Handler {
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", e.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", e.respond)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", e.fail)
	mux.HandleFunc("POST "+base+"init/error", e.failInit)
	return mux
}

// next answers when there is work.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	select {
	case e.asked <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	select {
	case <-r.Context().Done():
	case i := <-e.work:
		e.mu.Lock()
		deadline := e.deadline
		e.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+region+":"+account+":function:"+e.config.Name)
		h.Set("Lambda-Runtime-Trace-Id", traceID(time.Now()))
		_, _ = w.Write(i.event) // the process is gone if this fails
	}
}

// invocation is the one that a call speaks of, nil with an answer if it is not
// the current one.
func (e *environment) invocation(w http.ResponseWriter, r *http.Request) *invocation {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == nil || e.current.id != r.PathValue("id") {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return nil
	}
	return e.current
}

// respond takes the answer, which streams to the caller as it comes.
func (e *environment) respond(w http.ResponseWriter, r *http.Request) {
	i := e.invocation(w, r)
	if i == nil {
		return
	}
	response, copyBody, err := readResponse(r)
	i.finish(result{response, err})
	if err == nil {
		copyBody()
	}
	w.WriteHeader(http.StatusAccepted)
}

func (e *environment) fail(w http.ResponseWriter, r *http.Request) {
	i := e.invocation(w, r)
	if i == nil {
		return
	}
	i.finish(result{err: reported(r)})
	w.WriteHeader(http.StatusAccepted)
}

func (e *environment) failInit(w http.ResponseWriter, r *http.Request) {
	select {
	case e.initErr <- fmt.Errorf("%s failed to start: %w", e.config.Name, reported(r)):
	default:
	}
	w.WriteHeader(http.StatusAccepted)
}

// reported is the error that the process tells of.
func reported(r *http.Request) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return err
	}
	return fmt.Errorf("the function reports %s", text)
}
