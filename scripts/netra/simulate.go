package main

import (
	"context"
	"encoding/json"
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
	lever     string
	price     string
	model     string
	goal      string
	ownPrices string
	out       string
	json      bool
	tags      string
	prompt    whatif.PromptCache
	response  whatif.ResponseCache
	ttl       time.Duration
	read      optionalFloat
	write     optionalFloat
	logs      []string
}

// optionalFloat is a flag that knows whether it was given.
type optionalFloat struct{ value *float64 }

func (f *optionalFloat) String() string { return "" }

func (f *optionalFloat) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return fmt.Errorf("want a number of at least 0, not %q", text)
	}
	f.value = &v
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
	switch f.lever {
	case "":
		return simulateAll(ctx, f, std)
	case savings.PromptCache, savings.ResponseCache, savings.BatchTier:
		return simulateExactly(ctx, f, std.out)
	}
	return simulateLever(ctx, f, std.out)
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
	set.StringVar(&f.price, "price", "", "USD per million input,output tokens")
	set.StringVar(&f.model, "model", "", "provider/model to price calls with that name none")
	set.StringVar(&f.goal, "goal", "cut our LLM cost", "what the report is for, in words")
	set.StringVar(&f.ownPrices, "prices", "", "JSON file of your own prices")
	set.StringVar(&f.out, "out", "out", "folder for report and files")
	set.BoolVar(&f.json, "json", false, "print JSON")
	set.StringVar(&f.tags, "tags", "", "tags that may wait, with commas")
	set.DurationVar(&f.ttl, "ttl", 0, "lifetime; 0 is unlimited")
	set.BoolVar(&f.prompt.NoRefresh, "no-refresh", false, "a read does not renew a block")
	set.Int64Var(&f.prompt.MinPrefix, "min-prefix", 0, "shortest hit in tokens")
	set.Int64Var(&f.prompt.CapacityTokens, "capacity-tokens", 0, "size of the prompt cache; 0 is unlimited")
	set.IntVar(&f.response.Capacity, "capacity", 0, "number of answers kept; 0 is unlimited")
	set.Var(&f.read, "read", "price of a cache read over input")
	set.Var(&f.write, "write", "price of a cache write over input")
	var err error
	if f.logs, err = parseAnywhere(set, args); err != nil {
		return f, err
	}
	if err := f.validate(); err != nil {
		return f, fmt.Errorf("%w: %w", errUsage, err)
	}
	return f, nil
}

func (f *simulateFlags) validate() error {
	f.prompt.TTL, f.response.TTL = f.ttl, f.ttl
	switch {
	case len(f.logs) != 1:
		return fmt.Errorf("name one log, not %d", len(f.logs))
	case f.lever != "" && !slices.Contains(savings.Levers(), f.lever):
		return fmt.Errorf("unknown lever %q: use one of %s", f.lever, strings.Join(savings.Levers(), ", "))
	case f.ttl < 0 || f.prompt.MinPrefix < 0 || f.prompt.CapacityTokens < 0 || f.response.Capacity < 0:
		return fmt.Errorf("lifetimes, sizes and capacities must not be negative")
	}
	return nil
}

// fixedPrice reads "3,15", USD per million tokens; nil without the flag.
func (f *simulateFlags) fixedPrice() (*whatif.Fixed, error) {
	if f.price == "" {
		return nil, nil
	}
	in, out, ok := strings.Cut(f.price, ",")
	input, errIn := strconv.ParseFloat(strings.TrimSpace(in), 64)
	output, errOut := strconv.ParseFloat(strings.TrimSpace(out), 64)
	if !ok || errIn != nil || errOut != nil || !(input >= 0 && output >= 0) || math.IsInf(input+output, 0) {
		return nil, fmt.Errorf("%w: --price %q: want input,output in USD per million tokens, as in 3,15", errUsage, f.price)
	}
	return &whatif.Fixed{Input: input / 1e6, Output: output / 1e6}, nil
}

// book is the price book, with the user's own prices and --price in it.
func (f *simulateFlags) book() (*pricing.Book, savings.Model, error) {
	book, err := bookWith(f.ownPrices)
	if err != nil {
		return nil, savings.Model{}, err
	}
	provider, model, ok := strings.Cut(f.model, "/")
	if !ok {
		provider, model = "", f.model
	}
	fixed, err := f.fixedPrice()
	if err != nil || fixed == nil {
		return book, savings.Model{Provider: provider, Model: model}, err
	}
	own := pricing.OwnPrice{Input: fixed.Input * 1e6, Output: fixed.Output * 1e6}
	own.CacheRead, own.CacheWrite5m = ratioOf(own.Input, f.read.value, 0.1), ratioOf(own.Input, f.write.value, 1.25)
	own.CacheWrite1h = ratioOf(own.Input, nil, 2)
	return book.With(pricing.OwnPrices{pricedLog: own}), savings.Model{Provider: "own", Model: pricedLog}, nil
}

// pricedLog is the name of the model that --price stands for.
const pricedLog = "the log's model"

func ratioOf(input float64, ratio *float64, otherwise float64) *float64 {
	v := otherwise * input
	if ratio != nil {
		v = *ratio * input
	}
	return &v
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
