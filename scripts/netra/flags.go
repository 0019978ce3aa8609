package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// errUsage marks an error whose cure is the usage text: exit code 2.
var errUsage = errors.New("usage")

// helpError is the wish to see the flags of a command.
type helpError struct{ flags *flag.FlagSet }

func (helpError) Error() string { return flag.ErrHelp.Error() }

// write prints what the command is for, how it is called and its flags.
func (e helpError) write(out io.Writer, c command) {
	fmt.Fprintf(out, "%s\n\nusage: %s\n\n", c.about, c.usage)
	e.flags.SetOutput(out)
	e.flags.PrintDefaults()
}

// newFlags makes the flags of a command. They print nothing by themselves.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// parseAnywhere parses flags that may stand before, between and after the
// arguments, and returns these. Its errors are errUsage or helpError.
func parseAnywhere(flags *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		err := flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, helpError{flags}
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if flags.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
}
