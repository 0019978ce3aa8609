// Package cloudrun runs a function as Cloud Run runs a service: a program that
// is given PORT, behind a URL that stays when the program is killed and started
// again. A request that comes while no instance is ready is held until one is;
// no more requests are in flight than max instances times concurrency; a
// request that takes longer than the timeout is answered 504; a program that
// ends is started again. One process stands for all instances of the function.
package cloudrun

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// Config describes a service.
type Config struct {
	// Name is the function's; Program and Args start it in Dir.
	Name, Program string
	Args          []string
	Dir           string
	// Env is the whole environment but PORT.
	Env []string
	// LogDir takes the file Name.log.
	LogDir string
	// Port is that of the URL, a free one if 0.
	Port int
	// InFlight bounds the requests under way, 1 if 0.
	InFlight int
	// Timeout bounds a request, 5 min if 0, as Cloud Run's.
	Timeout time.Duration
	// Hold is how long a request waits for an instance, 10 s if 0, as Cloud Run's:
	// https://cloud.google.com/run/docs/about-instance-autoscaling
	Hold time.Duration
	// StartTimeout is how long an instance may take to listen, 4 min if 0.
	StartTimeout time.Duration
	// RestartAfter is the pause before a program that ended is started again.
	RestartAfter time.Duration
	// Log takes what happens to the instances; silent if nil.
	Log *slog.Logger
}

// Service is one function with its URL. It is an http.RoundTripper: a request
// given to it goes to the instance, whatever host it names.
type Service struct {
	config    Config
	listener  net.Listener
	front     *http.Server
	transport *http.Transport
	slots     chan struct{}
	supervisor

	mu      sync.Mutex
	address string        // of the ready instance, or ""
	changed chan struct{} // closed when address changes
}

// New takes a URL for the service. Requests are held until Start.
func New(c Config) (*Service, error) {
	c.InFlight = max(c.InFlight, 1)
	c.Timeout = cmp.Or(c.Timeout, 5*time.Minute)
	c.Hold = cmp.Or(c.Hold, 10*time.Second)
	c.StartTimeout = cmp.Or(c.StartTimeout, 4*time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.Port))
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", c.Name, err)
	}
	s := &Service{
		config: c, listener: listener, slots: make(chan struct{}, c.InFlight),
		transport: &http.Transport{MaxIdleConnsPerHost: c.InFlight, DisableCompression: true},
		changed:   make(chan struct{}),
	}
	s.front = &http.Server{Handler: s.proxy(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.front.Serve(listener) }() // ends with Stop
	return s, nil
}

// URL is the address of the service. It does not change.
func (s *Service) URL() string { return "http://" + s.listener.Addr().String() }

// Name is the function's name.
func (s *Service) Name() string { return s.config.Name }

// SetEnv sets the environment of the program; to be called before Start.
func (s *Service) SetEnv(env []string) { s.config.Env = env }

// Memory is the resident set of the instance in bytes, now and at its peak.
func (s *Service) Memory() (now, peak int64, err error) {
	instance := s.current()
	if instance == nil {
		return 0, 0, fmt.Errorf("%s has not been started", s.config.Name)
	}
	return instance.Memory()
}

// CPU is the processor time that the instance has used so far.
func (s *Service) CPU() (time.Duration, error) {
	instance := s.current()
	if instance == nil {
		return 0, fmt.Errorf("%s has not been started", s.config.Name)
	}
	return instance.CPU()
}

// Stop ends the service: no new requests, then the program (SIGTERM, and
// SIGKILL if it stays).
func (s *Service) Stop() error {
	err := errors.Join(s.front.Close(), s.stop())
	s.transport.CloseIdleConnections()
	return err
}

// publish tells waiting requests where the instance is; "" is nowhere.
func (s *Service) publish(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.address = address
	close(s.changed)
	s.changed = make(chan struct{})
}

// proxy serves the service's URL.
func (s *Service) proxy() http.Handler {
	return &httputil.ReverseProxy{
		Transport: s, FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			s.config.Log.Warn("request failed", "function", s.config.Name, "path", r.URL.Path, "error", err)
			http.Error(w, "the instance could not answer", http.StatusServiceUnavailable)
		},
	}
}
