package cloudrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"netra/emulators/process"
)

// supervisor is what a service knows of its instance.
type supervisor struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when the supervision has ended; nil before it began

	state    sync.Mutex
	instance *process.Process
	starts   []time.Duration
	stopping bool
}

// Start starts the first instance, waits until it listens and keeps the
// service running until Stop.
func (s *Service) Start(ctx context.Context) error {
	if err := s.launch(ctx); err != nil {
		return err
	}
	supervised, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel, s.ended = cancel, make(chan struct{})
	go s.supervise(supervised)
	return nil
}

// launch starts an instance on a fresh port and waits until it listens, which
// is Cloud Run's standard startup probe.
func (s *Service) launch(ctx context.Context) error {
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	instance, err := s.execute(port)
	if err != nil {
		return err
	}
	var dialer net.Dialer
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	err = instance.WaitReady(ctx, s.config.StartTimeout, func(ctx context.Context) error {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	if err != nil {
		return errors.Join(err, instance.Kill())
	}
	s.state.Lock()
	s.starts = append(s.starts, time.Since(instance.Started()))
	s.state.Unlock()
	s.publish(address)
	return nil
}

// execute starts the program unless the service is being stopped: Stop must
// not miss an instance.
func (s *Service) execute(port int) (*process.Process, error) {
	s.state.Lock()
	defer s.state.Unlock()
	if s.stopping {
		return nil, fmt.Errorf("%s is being stopped", s.config.Name)
	}
	env := append([]string{"PORT=" + strconv.Itoa(port)}, s.config.Env...)
	instance, err := process.Start(process.Spec{
		Name: s.config.Name, Path: s.config.Program, Args: s.config.Args, Dir: s.config.Dir, Env: env,
		Log: filepath.Join(s.config.LogDir, s.config.Name+".log"),
	})
	if err == nil {
		s.instance = instance
	}
	return instance, err
}

// supervise starts the program again whenever it ends, later each time that it
// does not even come up.
func (s *Service) supervise(ctx context.Context) {
	defer close(s.ended)
	for {
		instance := s.current()
		select {
		case <-ctx.Done():
			return
		case <-instance.Done():
		}
		s.publish("")
		s.transport.CloseIdleConnections()
		s.config.Log.Info("instance ended, starting another", "function", s.config.Name, "reason", instance.Err())
		if !s.relaunch(ctx) {
			return
		}
	}
}

// relaunch tries until an instance listens; false if the context ended first.
func (s *Service) relaunch(ctx context.Context) bool {
	for wait := s.config.RestartAfter; pause(ctx, wait); {
		err := s.launch(ctx)
		if err == nil {
			return true
		}
		wait = min(2*wait+100*time.Millisecond, 5*time.Second)
		s.config.Log.Error("instance does not start", "function", s.config.Name, "error", err)
	}
	return false
}

func (s *supervisor) current() *process.Process {
	s.state.Lock()
	defer s.state.Unlock()
	return s.instance
}

// Kill ends the instance with SIGKILL; another one is started.
func (s *Service) Kill() error {
	if instance := s.current(); instance != nil {
		return instance.Kill()
	}
	return nil
}

// Restart stops the instance in order (SIGTERM) and waits for the next one.
func (s *Service) Restart(ctx context.Context) error {
	before, instance := len(s.Starts()), s.current()
	if instance == nil {
		return s.Start(ctx)
	}
	if err := instance.Stop(); err != nil {
		return err
	}
	for len(s.Starts()) == before {
		if !pause(ctx, 5*time.Millisecond) {
			return fmt.Errorf("restart %s: %w", s.config.Name, ctx.Err())
		}
	}
	return nil
}

// Starts are the times from executing the program to its listening, one for
// each start so far.
func (s *Service) Starts() []time.Duration {
	s.state.Lock()
	defer s.state.Unlock()
	return append([]time.Duration(nil), s.starts...)
}

// stop ends the supervision and the instance.
func (s *supervisor) stop() error {
	s.state.Lock()
	s.stopping = true
	instance := s.instance
	s.state.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
	var err error
	if instance != nil {
		err = instance.Stop()
	}
	if s.ended != nil {
		<-s.ended
	}
	return err
}

// pause waits; it is false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
