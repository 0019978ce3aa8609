// Package tool runs the command line tools that a deployment needs (gcloud,
// terraform) and turns their failures into errors that say what to do.
package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Tools is what a deployment asks of the command line.
type Tools interface {
	// Output runs a command and returns what it prints, without the line end.
	Output(ctx context.Context, name string, args ...string) (string, error)
	// Feed runs a command that reads input. The input may be a secret: it is not logged.
	Feed(ctx context.Context, input, name string, args ...string) error
	// Stream runs a command and shows what it prints and says.
	Stream(ctx context.Context, name string, args ...string) error
}

// Runner is the real Tools.
type Runner struct {
	// Dir is the folder that relative paths are in; "" is the current one.
	Dir string
	// Env is the environment, as os.Environ gives it; nil is this process's own.
	Env []string
	// Log gets a line for each command before it runs, and what Stream shows.
	Log io.Writer
}

// Failure is a command that did not end well.
type Failure struct {
	// Command is the command line.
	Command string
	// Stderr is what it said.
	Stderr string
	// Err is why it did not end well.
	Err error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s: %v: %s", f.Command, f.Err, gist(f.Stderr))
}

// Said reports whether the tool said one of the texts, anywhere in what it said.
func Said(err error, texts ...string) bool {
	var f *Failure
	return errors.As(err, &f) && slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(f.Stderr, t) })
}

func (f *Failure) Unwrap() error { return f.Err }

var permission = regexp.MustCompile(`[Pp]ermission '?"?([a-z]+\.[A-Za-z.]+)`)

// Permission returns the permission that the caller lacks, if the failure names
// one.
func (f *Failure) Permission() string {
	if m := permission.FindStringSubmatch(f.Stderr); m != nil {
		return m[1]
	}
	return ""
}

// Missing returns the permission that err says the caller lacks, or "".
func Missing(err error) string {
	var f *Failure
	if errors.As(err, &f) {
		return f.Permission()
	}
	return ""
}

// NotFound reports whether err says that the thing asked for does not exist.
func NotFound(err error) bool { return Said(err, "NOT_FOUND", "not found", "404") }

// Output implements Tools.
func (r Runner) Output(ctx context.Context, name string, args ...string) (string, error) {
	var out bytes.Buffer
	err := r.run(ctx, streams{out: &out, says: io.Discard}, name, args)
	return strings.TrimRight(out.String(), "\n"), err
}

// Feed implements Tools.
func (r Runner) Feed(ctx context.Context, input, name string, args ...string) error {
	return r.run(ctx, streams{in: strings.NewReader(input), out: io.Discard, says: io.Discard}, name, args)
}

// Stream implements Tools.
func (r Runner) Stream(ctx context.Context, name string, args ...string) error {
	log := &together{to: r.Log}
	return r.run(ctx, streams{out: log, says: log}, name, args)
}

// streams are a command's input, and who gets what it prints and what it says.
type streams struct {
	in        io.Reader
	out, says io.Writer
}

// together lets a command's two outputs write to one place.
type together struct {
	mu sync.Mutex
	to io.Writer
}

func (t *together) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.to.Write(p)
}

func (r Runner) run(ctx context.Context, s streams, name string, args []string) error {
	line := strings.Join(append([]string{name}, args...), " ")
	fmt.Fprintf(r.Log, "    $ %s\n", line)
	path, err := r.find(name)
	if err != nil {
		return err
	}
	var stderr bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = r.Dir, r.Env, s.in, s.out, io.MultiWriter(&stderr, s.says)
	if err := finish(ctx, cmd); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return &Failure{Command: line, Stderr: stderr.String(), Err: err}
	}
	return nil
}

const (
	// grace is how long an interrupted command may take to end: Terraform waits
	// for what it is creating, and writes it into its state.
	grace = 10 * time.Minute
	// left is how long what the command leaves behind, such as a browser, is
	// listened to.
	left = 10 * time.Second
)

// finish runs the command to its end. The end of the context interrupts it.
func finish(ctx context.Context, cmd *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cmd.WaitDelay = left
	alone(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	stop := context.AfterFunc(ctx, func() {
		_ = interrupt(cmd) // it has ended by itself
		select {
		case <-ended:
		case <-time.After(grace):
			_ = cmd.Process.Kill()
		}
	})
	defer stop()
	err := cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // it ended well, and left something behind
	}
	return err
}

// find looks the tool up in the runner's own PATH, not in this process's.
func (r Runner) find(name string) (string, error) {
	if r.Env == nil || strings.ContainsRune(name, '/') {
		return exec.LookPath(name)
	}
	for _, entry := range r.Env {
		list, ok := strings.CutPrefix(entry, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range strings.Split(list, ":") {
			if path, err := exec.LookPath(dir + "/" + name); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("%s is not installed: %w", name, exec.ErrNotFound)
}

// gist is the part of what a tool said that names the error: Terraform follows
// its "Error:" lines with the place in the configuration.
func gist(text string) string {
	const most = 4
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var named []string
	for _, l := range lines {
		if at := strings.TrimLeft(l, "\u2502 "); strings.HasPrefix(at, "Error: ") || strings.HasPrefix(at, "ERROR: ") {
			named = append(named, at)
		}
	}
	if len(named) == 0 {
		named = lines[max(0, len(lines)-most):]
	}
	return strings.Join(named[:min(most, len(named))], "\n")
}
