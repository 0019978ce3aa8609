// Command netra is Netra from the terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// stdio is what a command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// command is one verb of the program. run gets the arguments after the verb.
type command struct {
	name, usage string
	run         func(ctx context.Context, args []string, std stdio) error
}

// commands is the table of verbs, in the order in which help shows them.
func commands() []command {
	return []command{
		{"simulate", "netra simulate LOG [--lever NAME] [--price IN,OUT] [--model PROVIDER/MODEL] [--json]   replay the log under another policy", simulate},
		{"analyze", analyzeUsage, analyze},
		{"dev", devUsage, dev},
		{"inspect", "netra inspect LOG [--json] [--model M] [--mapping mapping.json]   what a usage log holds: format, calls, tokens, models, coverage", inspect},
		{"price", "netra price [--prices own.json] < bodies.jsonl   price response bodies: {provider, api_flavor, model, time, body} a line", price},
	}
}

// errUsage marks an error whose cure is the usage text: exit code 2.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(realMain(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

func realMain(ctx context.Context, args []string, std stdio) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		help(std.out)
		return 0
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return exitCode(c.run(ctx, args[1:], std), c, std.err)
		}
	}
	fmt.Fprintf(std.err, "netra: no command %q; netra help lists them\n", args[0])
	return 2
}

func exitCode(err error, c command, out io.Writer) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(out, "netra %s: %v\nusage: %s\n", c.name, err, c.usage)
		return 2
	default:
		fmt.Fprintf(out, "netra %s: %v\n", c.name, err)
		return 1
	}
}

func help(out io.Writer) {
	fmt.Fprintln(out, "Netra finds what you can save on your LLM bill, from your own usage log.")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %s\n", c.usage)
	}
}
