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
	"strings"
	"time"
)

// Tools is what a deployment asks of the command line.
type Tools interface {
	// Output runs a command and returns what it prints, without the line end.
	Output(ctx context.Context, name string, args ...string) (string, error)
	// Feed runs a command that reads input. The input may be a secret: it is not logged.
	Feed(ctx context.Context, input, name string, args ...string) error
	// Stream runs a command and shows what it prints.
	Stream(ctx context.Context, name string, args ...string) error
}

// Runner is the real Tools.
type Runner struct {
	// Dir is the folder that relative paths are in; "" is the current one.
	Dir string
	// Env is the environment, as os.Environ gives it; nil is this process's own.
	Env []string
	// Log gets a line for each command before it runs, and what Stream prints.
	Log io.Writer
}

// Failure is a command that did not end well.
type Failure struct {
	// Command is the command line.
	Command string
	// Stderr is the end of what it said.
	Stderr string
	// Err is why it did not end well.
	Err error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s: %v: %s", f.Command, f.Err, lastLines(f.Stderr, 4))
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
func NotFound(err error) bool {
	var f *Failure
	return errors.As(err, &f) && (strings.Contains(f.Stderr, "NOT_FOUND") || strings.Contains(f.Stderr, "not found") || strings.Contains(f.Stderr, "404"))
}

// Output implements Tools.
func (r Runner) Output(ctx context.Context, name string, args ...string) (string, error) {
	var out bytes.Buffer
	err := r.run(ctx, nil, &out, name, args)
	return strings.TrimRight(out.String(), "\n"), err
}

// Feed implements Tools.
func (r Runner) Feed(ctx context.Context, input, name string, args ...string) error {
	return r.run(ctx, strings.NewReader(input), io.Discard, name, args)
}

// Stream implements Tools.
func (r Runner) Stream(ctx context.Context, name string, args ...string) error {
	return r.run(ctx, nil, r.Log, name, args)
}

func (r Runner) run(ctx context.Context, in io.Reader, out io.Writer, name string, args []string) error {
	line := strings.Join(append([]string{name}, args...), " ")
	fmt.Fprintf(r.Log, "    $ %s\n", line)
	path, err := r.find(name)
	if err != nil {
		return err
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = r.Dir, r.Env, in, out, &stderr
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return &Failure{Command: line, Stderr: stderr.String(), Err: err}
	}
	return nil
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

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
