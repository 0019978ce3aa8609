package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"netra/scripts/internal/tool"
)

// step is one part of the way. Its run looks what is done already and does the
// rest, so that it may be called again at any time.
type step struct {
	name string
	// does is one line for the user.
	does string
	run  func(ctx context.Context) error
}

// problem is an error with its cure.
type problem struct {
	what string
	mend string
	err  error
}

func (p *problem) Error() string {
	if p.err == nil {
		return p.what
	}
	return p.what + ": " + p.err.Error()
}

func (p *problem) Unwrap() error { return p.err }

// fail makes a problem; mend says what the user can do.
func fail(err error, what, mend string, args ...any) error {
	return &problem{what: what, mend: fmt.Sprintf(mend, args...), err: err}
}

// errDeclined ends the program without an error message.
var errDeclined = errors.New("declined")

// walk takes the steps in order and stops at the first that fails.
func (d *demo) walk(ctx context.Context, steps []step) error {
	for i, s := range steps {
		fmt.Fprintf(d.out, "[%d/%d] %s: %s\n", i+1, len(steps), s.name, s.does)
		err := s.run(ctx)
		if err == nil && ctx.Err() != nil {
			err = ctx.Err()
		}
		if err != nil {
			d.explain(ctx, s, err)
			return err
		}
	}
	return nil
}

// explain tells what failed, how to mend it, and that nothing is lost.
func (d *demo) explain(ctx context.Context, s step, err error) {
	switch {
	case errors.Is(err, errDeclined):
		fmt.Fprintln(d.out, "Nothing was created or removed.")
		return
	case ctx.Err() != nil:
		fmt.Fprintf(d.out, "\nInterrupted at %s.\n", s.name)
	default:
		fmt.Fprintf(d.out, "\nFAILED at %s: %v\n", s.name, err)
		fmt.Fprintf(d.out, "How to mend it: %s\n", cure(err, d.project))
	}
	fmt.Fprintln(d.out, "Then run the same command again: it goes on where it stopped.")
}

// cure finds the best advice in an error: a missing permission first, then what
// the step knows.
func cure(err error, project string) string {
	if permission := tool.Missing(err); permission != "" {
		return permissionCure(permission, project)
	}
	var p *problem
	if errors.As(err, &p) {
		return p.mend
	}
	return "read the message above."
}

// say prints one line below the step's own.
func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out, "      "+format+"\n", args...)
}

// confirm asks a yes-or-no question; -yes answers it, and so does -dry-run.
func (d *demo) confirm(question string) bool {
	if d.yes || d.dryRun {
		return true
	}
	answer := strings.ToLower(d.ask(question + " [y/N] "))
	return answer == "y" || answer == "yes"
}

// ask reads one line; "" at the end of the input.
func (d *demo) ask(question string) string {
	fmt.Fprint(d.out, question)
	if d.lines == nil {
		d.lines = bufio.NewScanner(d.in)
	}
	if !d.lines.Scan() {
		return ""
	}
	return strings.TrimSpace(d.lines.Text())
}
