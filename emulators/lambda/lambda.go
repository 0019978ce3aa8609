// Package lambda runs a function's bootstrap program as AWS Lambda behind a
// Function URL does: one process per invocation at a time, started cold when no
// idle one is left, never more than the reserved concurrency, killed at the
// timeout, and fed through a Runtime API of its own
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
//
// Not there: freezing between invocations, extensions, layers, logs to
// CloudWatch, the memory limit, and any way to invoke but the Function URL.
package lambda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// Config describes a function.
type Config struct {
	// Name is the function's; Program is its bootstrap.
	Name, Program string
	// Env is the whole environment but Lambda's own variables.
	Env []string
	// LogDir takes the file Name.log.
	LogDir string
	// Port is that of the URL, a free one if 0.
	Port int
	// Concurrency is the reserved concurrency: the most processes, 1 if 0.
	Concurrency int
	// MemoryMB is told to the program, 1024 if 0.
	MemoryMB int
	// Timeout bounds an invocation, 3 s if 0, as Lambda's.
	Timeout time.Duration
	// InitTimeout bounds a cold start, 10 s if 0, as Lambda's.
	InitTimeout time.Duration
	// Hold is how long a request waits for a free process before it is refused
	// with 429, 1 s if 0. Lambda refuses at once, but is less eager to reuse.
	Hold time.Duration
	// Log takes what happens; silent if nil.
	Log *slog.Logger
}

// Function is one function with its URL. It is an http.RoundTripper: a request
// given to it becomes an invocation, whatever host it names.
type Function struct {
	config   Config
	listener net.Listener
	front    *http.Server
	slots    chan struct{}
	work     sync.WaitGroup

	mu       sync.Mutex
	all      map[*environment]struct{}
	idle     []*environment
	starts   []time.Duration
	stopping bool
}

// New takes a URL for the function.
func New(c Config) (*Function, error) {
	c.Concurrency = max(c.Concurrency, 1)
	c.MemoryMB = cmp.Or(c.MemoryMB, 1024)
	c.Timeout = cmp.Or(c.Timeout, 3*time.Second)
	c.InitTimeout = cmp.Or(c.InitTimeout, 10*time.Second)
	c.Hold = cmp.Or(c.Hold, time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.Port))
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", c.Name, err)
	}
	f := &Function{config: c, listener: listener, slots: make(chan struct{}, c.Concurrency), all: map[*environment]struct{}{}}
	f.front = &http.Server{Handler: f.proxy(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = f.front.Serve(listener) }() // ends with Stop
	return f, nil
}

// URL is the Function URL.
func (f *Function) URL() string { return "http://" + f.listener.Addr().String() }

// Name is the function's name.
func (f *Function) Name() string { return f.config.Name }

// SetEnv sets the environment of the program; to be called before Start.
func (f *Function) SetEnv(env []string) { f.config.Env = env }

// Start starts the first process, so that a program that cannot start is told
// of now and not at the first request.
func (f *Function) Start(ctx context.Context) error {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.slots }()
	e, err := f.launch(ctx)
	if err != nil {
		return err
	}
	f.keep(e)
	return nil
}

// Starts are the times from executing the program to its first request for
// work, one for each cold start so far.
func (f *Function) Starts() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.starts...)
}

// PIDs are the processes that run now.
func (f *Function) PIDs() (all []int) {
	for _, e := range f.environments() {
		all = append(all, e.process.PID())
	}
	return all
}

// Memory is the largest resident set among the processes in bytes, now and at
// its peak; zero without a process.
func (f *Function) Memory() (now, peak int64, err error) {
	for _, e := range f.environments() {
		n, p, failed := e.process.Memory()
		now, peak, err = max(now, n), max(peak, p), errors.Join(err, failed)
	}
	return now, peak, err
}

// CPU is the processor time that the living processes have used so far.
func (f *Function) CPU() (sum time.Duration, err error) {
	for _, e := range f.environments() {
		used, failed := e.process.CPU()
		sum, err = sum+used, errors.Join(err, failed)
	}
	return sum, err
}

func (f *Function) environments() (all []*environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for e := range f.all {
		all = append(all, e)
	}
	return all
}

// Kill ends all processes with SIGKILL; the next request starts cold.
func (f *Function) Kill() error {
	var errs []error
	for _, e := range f.environments() {
		errs = append(errs, e.process.Kill())
		f.drop(e)
	}
	return errors.Join(errs...)
}

// Restart ends all processes and starts a new one.
func (f *Function) Restart(ctx context.Context) error {
	return errors.Join(f.Kill(), f.Start(ctx))
}

// Stop ends the URL and all processes.
func (f *Function) Stop() error {
	f.mu.Lock()
	f.stopping = true
	f.mu.Unlock()
	err := errors.Join(f.front.Close(), f.Kill())
	f.work.Wait()
	return err
}

// proxy serves the Function URL.
func (f *Function) proxy() http.Handler {
	return &httputil.ReverseProxy{
		Transport: f, FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			f.config.Log.Warn("request failed", "function", f.config.Name, "path", r.URL.Path, "error", err)
			http.Error(w, "Internal Server Error", http.StatusBadGateway)
		},
	}
}
