package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/savings/whatif"
)

// simulateFlags are the flags of `netra simulate` but for the routing lever, which
// has its own.
type simulateFlags struct {
	lever    string
	own      ownTerms
	model    string
	goal     string
	labels   string
	out      string
	json     bool
	tags     string
	near     float64
	prompt   whatif.PromptCache
	response whatif.ResponseCache
	ttl      time.Duration
	logs     []string
	// mapping reads a log of unknown format; nil for any other.
	mapping json.RawMessage
}

// optionalFloat is a flag that knows whether it was given.
type optionalFloat struct{ value **float64 }

func (f optionalFloat) String() string { return "" }

func (f optionalFloat) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return fmt.Errorf("want a number of at least 0, not %q", text)
	}
	*f.value = &v
	return nil
}

// simulate runs the engine on a log: all of it, or one lever with its parameters.
func simulate(ctx context.Context, args []string, std stdio) error {
	if leverOf(args) == savings.Routing {
		return simulateRouting(ctx, args, std)
	}
	f, err := parseSimulate(args)
	if err != nil {
		return err
	}
	log, remove, err := gather(f.logs)
	if err != nil {
		return err
	}
	defer remove()
	f.logs = []string{log}
	if err := f.readable(std.err, args); err != nil {
		return err
	}
	switch f.lever {
	case "":
		return simulateAll(ctx, f, std)
	case savings.PromptCache, savings.ResponseCache, savings.BatchTier:
		return simulateExactly(ctx, f, std.out)
	}
	return simulateLever(ctx, f, std.out)
}

// readable opens the log once, so that one that cannot be read is told as an
// error, with the mapping that may help, and not as a report about no log.
func (f *simulateFlags) readable(out io.Writer, args []string) error {
	src, file, err := f.openLog()
	if err != nil {
		return explain(err, out, "simulate", args)
	}
	src.Close()
	return file.Close()
}

// leverOf finds the lever among arguments that are in any order.
func leverOf(args []string) string {
	for i, a := range args {
		name, value, inline := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !strings.HasPrefix(a, "-") || name != "lever" {
			continue
		}
		if inline {
			return value
		}
		if i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// parseSimulate reads flags and logs in any order.
func parseSimulate(args []string) (simulateFlags, error) {
	var f simulateFlags
	set := newFlags("simulate")
	set.StringVar(&f.lever, "lever", "", "one lever; all without it")
	set.StringVar(&f.own.price, "price", "", "USD per million input,output tokens of every call")
	set.StringVar(&f.model, "model", "", "provider/model to price calls with that name none")
	set.StringVar(&f.goal, "goal", "cut our LLM cost", "what the report is for, in words")
	set.StringVar(&f.own.file, "prices", "", "JSON file of your own prices and offers")
	set.StringVar(&f.labels, "labels", "", labelsUsage)
	set.StringVar(&f.out, "out", "out", "folder for report and files")
	set.BoolVar(&f.json, "json", false, "print JSON")
	set.StringVar(&f.tags, "tags", "", "tags that may wait, with commas")
	set.Float64Var(&f.near, "similarity", 0, "similarity of near repeats, 0.8 to 0.92")
	set.DurationVar(&f.ttl, "ttl", 0, "lifetime; 0 is unlimited")
	set.BoolVar(&f.prompt.NoRefresh, "no-refresh", false, "a read does not renew a block")
	set.Int64Var(&f.prompt.MinPrefix, "min-prefix", 0, "shortest hit in tokens")
	set.Int64Var(&f.prompt.CapacityTokens, "capacity-tokens", 0, "size of the prompt cache; 0 is unlimited")
	set.IntVar(&f.response.Capacity, "capacity", 0, "number of answers kept; 0 is unlimited")
	set.Var(optionalFloat{&f.own.read}, "read", "price of a cache read over input")
	set.Var(optionalFloat{&f.own.write}, "write", "price of a cache write over input")
	mapping := mappingFlag(set)
	var err error
	if f.logs, err = parseAnywhere(set, args); err != nil {
		return f, err
	}
	if f.mapping, err = readMapping(*mapping); err != nil {
		return f, err
	}
	var given []string
	set.Visit(func(g *flag.Flag) { given = append(given, g.Name) })
	if err := f.validate(given); err != nil {
		return f, fmt.Errorf("%w: %w", errUsage, err)
	}
	return f, nil
}

// needsLever are the flags that one lever's replay takes and the stages do not:
// there, the goal's words say them.
func needsLever() []string {
	return []string{"ttl", "no-refresh", "min-prefix", "capacity-tokens", "capacity", "tags", "similarity"}
}

func (f *simulateFlags) validate(given []string) error {
	i := slices.IndexFunc(given, func(name string) bool { return slices.Contains(needsLever(), name) })
	f.prompt.TTL, f.response.TTL = f.ttl, f.ttl
	switch {
	case len(f.logs) == 0:
		return errors.New("name one log or more")
	case f.lever != "" && !slices.Contains(savings.Levers(), f.lever):
		return fmt.Errorf("unknown lever %q: use one of %s", f.lever, strings.Join(savings.Levers(), ", "))
	case f.ttl < 0 || f.prompt.MinPrefix < 0 || f.prompt.CapacityTokens < 0 || f.response.Capacity < 0:
		return fmt.Errorf("lifetimes, sizes and capacities must not be negative")
	case f.lever != "" && f.labels != "":
		return fmt.Errorf("--labels is for all levers together; alone, netra simulate LABELS --lever routing studies them")
	case f.lever == "" && i >= 0:
		return fmt.Errorf("--%s needs --lever: without one all levers are replayed, and --goal says what you want of them", given[i])
	}
	return nil
}

// book is the price book with the user's own prices, and the model that calls
// without one are priced as.
func (f *simulateFlags) book() (*pricing.Book, savings.Model, error) {
	terms, err := f.own.terms()
	if err != nil {
		return nil, savings.Model{}, err
	}
	book, err := bookOf(terms)
	provider, model, ok := strings.Cut(f.priceModel(), "/")
	if !ok {
		provider, model = "", f.priceModel()
	}
	return book, savings.Model{Provider: provider, Model: model}, err
}

// priceModel names the model of calls that name none.
func (f *simulateFlags) priceModel() string {
	if f.model == "" && f.own.price != "" {
		return pricing.UnnamedModel
	}
	return f.model
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
