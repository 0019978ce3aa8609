package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"netra/shared/usage"
)

// mappingFlag adds the flag that names a file with a column mapping.
func mappingFlag(flags *flag.FlagSet) *string {
	return flags.String("mapping", "", "JSON file that says which column holds what, for a log of unknown format; inspect proposes one")
}

// readMapping reads the file, if one is named, and checks it.
func readMapping(name string) (json.RawMessage, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	if _, err := usage.ParseMapping(text); err != nil {
		return nil, fmt.Errorf("read the mapping %s: %w", name, err)
	}
	return text, nil
}

// mappingFile is where the commands that explain prints put a proposed mapping.
const mappingFile = "mapping.json"

// explain prints the proposed mapping of a log of unknown format as shell commands
// that save it and run the verb again with it.
func explain(err error, out io.Writer, verb string, args []string) error {
	var refused *usage.Error
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Proposal != nil {
		text, encErr := json.MarshalIndent(refused.Proposal, "", "  ")
		if encErr != nil {
			return errors.Join(err, encErr)
		}
		fmt.Fprintf(out, "Netra proposes which column holds what. Save it as %[1]s, correct it, and give it with --mapping %[1]s to inspect, simulate and analyze:\n\ncat > %[1]s <<'END'\n%[2]s\nEND\n%[3]s\n\n",
			mappingFile, text, again(verb, args))
	}
	return fmt.Errorf("%s: %w", refused.Kind, err)
}

// again is the command line with which the verb takes the mapping.
func again(verb string, args []string) string {
	line := []string{quoted(os.Args[0]), verb, "--mapping", mappingFile}
	for _, a := range args {
		line = append(line, quoted(a))
	}
	return strings.Join(line, " ")
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// quoted is a word as a POSIX shell takes it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
