// Package process starts programs for the local cloud and makes sure that none
// of them outlives it: each runs in a process group of its own, writes to a log
// file, is stopped by its process id, and dies with the program that started it
// even if that program is killed.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Spec says what to start.
type Spec struct {
	// Name is used in messages.
	Name string
	// Path is the program, Args its arguments, Dir its working directory.
	Path string
	Args []string
	Dir  string
	// Env is the whole environment; nil inherits this program's.
	Env []string
	// Log is the file that standard output and error are appended to.
	Log string
	// Grace is how long Stop waits after SIGTERM before it kills; 5 s if zero.
	Grace time.Duration
}

// Process is a started program.
type Process struct {
	spec    Spec
	command *exec.Cmd
	started time.Time
	done    chan struct{}
	err     error // how it ended; to be read after done is closed
}

// Start starts the program. It returns once the program was executed; whether
// it serves yet is for the caller to find out (WaitReady).
func Start(spec Spec) (*Process, error) {
	if spec.Grace == 0 {
		spec.Grace = 5 * time.Second
	}
	log, err := openLog(spec.Log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	p := &Process{spec: spec, done: make(chan struct{})}
	p.command = exec.Command(spec.Path, spec.Args...)
	p.command.Dir, p.command.Env = spec.Dir, spec.Env
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = attributes()
	started := make(chan error)
	go p.run(log, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	return p, nil
}

// run starts the program and waits for its end on one operating system thread:
// Linux delivers the death signal when the thread that forked ends, not when
// its process does (see PR_SET_PDEATHSIG in prctl(2)).
func (p *Process) run(log *os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer log.Close()
	p.started = time.Now()
	err := p.command.Start()
	if err != nil {
		started <- err
		return
	}
	release := dieWithParent(p.command.Process.Pid)
	started <- nil
	p.err = p.command.Wait()
	release()
	close(p.done)
}

func openLog(path string) (*os.File, error) {
	if path == "" {
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}

// Name is the name of the program for messages.
func (p *Process) Name() string { return p.spec.Name }

// PID is the process id, which is the id of its process group too.
func (p *Process) PID() int { return p.command.Process.Pid }

// Started is when the program was executed.
func (p *Process) Started() time.Time { return p.started }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the program ended, nil for exit code 0; only valid after Done.
func (p *Process) Err() error { return p.err }

// Stop asks the process group to end (SIGTERM) and kills it after the grace
// time. It returns when the program has ended; stopping twice is fine.
func (p *Process) Stop() error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(p.spec.Grace):
		return p.Kill()
	}
}

// Kill ends the process group at once (SIGKILL) and waits for the end.
func (p *Process) Kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// signal reaches the whole group, but only while the program lives: afterwards
// its id may belong to somebody else.
func (p *Process) signal(s syscall.Signal) error {
	select {
	case <-p.done:
		return nil
	default:
	}
	err := syscall.Kill(-p.PID(), s)
	if err == nil || errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return fmt.Errorf("signal %s (process %d): %w", p.spec.Name, p.PID(), err)
}

// WaitReady calls probe every few milliseconds until it succeeds. It fails when
// the context ends, the program ends, or the timeout passes, and then quotes
// the end of the program's log.
func (p *Process) WaitReady(ctx context.Context, timeout time.Duration, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		last := probe(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended before it was ready (%v); its log ends:\n%s", p.spec.Name, p.err, p.LogTail(2000))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v (%v): %w; its log ends:\n%s",
				p.spec.Name, time.Since(p.started).Round(time.Millisecond), last, ctx.Err(), p.LogTail(2000))
		case <-tick.C:
		}
	}
}
