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
	name string
	// about says what it is for, usage how it is called.
	about, usage string
	run          func(ctx context.Context, args []string, std stdio) error
}

// commands is the table of verbs, in the order in which help shows them.
func commands() []command {
	return []command{
		{"analyze", "find what a log can save: through a local cloud, or a deployed one with --api", "netra analyze [LOG...] [flags]", analyze},
		{"simulate", "replay a log in this process, without a cloud or Java; with --lever, one lever with its parameters", "netra simulate LOG... [flags]", simulate},
		{"inspect", "what a usage log holds: format, calls, tokens, models, coverage", "netra inspect LOG... [flags]", inspect},
		{"price", "what recorded responses cost: {provider, api_flavor, model, time, body} a line", "netra price [flags] < bodies.jsonl", price},
		{"dev", "start the local cloud with the web console and keep serving", "netra dev [flags]", dev},
	}
}

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
			return exitCode(c.run(ctx, args[1:], std), c, std)
		}
	}
	fmt.Fprintf(std.err, "netra: no command %q; netra help lists them\n", args[0])
	return 2
}

func exitCode(err error, c command, std stdio) int {
	var wanted helpError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wanted):
		wanted.write(std.out, c)
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(std.err, "netra %s: %v\nusage: %s (netra %s --help lists the flags)\n", c.name, err, c.usage, c.name)
		return 2
	default:
		fmt.Fprintf(std.err, "netra %s: %v\n", c.name, err)
		return 1
	}
}

func help(out io.Writer) {
	fmt.Fprintln(out, "Netra finds what you can save on your LLM bill, from your own usage log.")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-34s  %s\n", c.usage, c.about)
	}
	fmt.Fprintln(out, "netra COMMAND --help lists a command's flags.")
}
