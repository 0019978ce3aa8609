package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	normal "netra/shared/dataset"
	"netra/shared/savings"
	"netra/shared/savings/whatif"
	"netra/shared/usage"
)

// replay is one lever under fixed parameters.
type replay interface {
	Add(c *usage.Call)
}

// simulateExactly replays the log through one lever with the parameters of the
// flags, and prints what it would have done as JSON.
func simulateExactly(ctx context.Context, f simulateFlags, out io.Writer) error {
	prices, err := f.prices()
	if err != nil {
		return err
	}
	switch f.lever {
	case savings.PromptCache:
		r := f.prompt.Replay(prices)
		return f.replay(ctx, r, func() error {
			return printResult(out, r.Result, func(v *whatif.PromptCacheResult) []*float64 { return []*float64{v.CostBefore, v.CostAfter} })
		})
	case savings.ResponseCache:
		r := f.response.Replay(prices)
		return f.replay(ctx, r, func() error {
			return printResult(out, r.Result, func(v *whatif.ResponseCacheResult) []*float64 { return []*float64{v.CostBefore, v.CostAfter} })
		})
	}
	r := whatif.Batch{Tags: splitTags(f.tags)}.Replay(prices)
	return f.replay(ctx, r, func() error {
		return printResult(out, r.Result, func(v *whatif.BatchResult) []*float64 { return []*float64{v.CostBefore, v.CostAfter} })
	})
}

// prices are those of the flags.
func (f *simulateFlags) prices() (*whatif.Prices, error) {
	fixed, err := f.own.fixed()
	if err != nil {
		return nil, err
	}
	book, model, err := f.book()
	if err != nil {
		return nil, err
	}
	return &whatif.Prices{Fixed: fixed, Book: book, Provider: model.Provider, Model: model.Model, Read: f.own.read, Write: f.own.write}, nil
}

// replay sends the log's calls through r in order of time, then calls done.
func (f *simulateFlags) replay(ctx context.Context, r replay, done func() error) error {
	src, file, err := f.openLog()
	if err != nil {
		return err
	}
	defer file.Close()
	sink := func(c *usage.Call) error { r.Add(c); return nil }
	if err := normal.Sorted(ctx, src, sink, normal.Settings{Window: 1 << 20}); err != nil {
		return fmt.Errorf("%s: %w", f.logs[0], err)
	}
	return done()
}

// openLog opens the log. The file is closed by the caller.
func (f *simulateFlags) openLog() (*usage.Reader, *os.File, error) {
	name := f.logs[0]
	mapping, err := usage.ParseMapping(f.mapping)
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	src, err := usage.Open(file, usage.Options{Name: name, Mapping: mapping, PriceModel: f.model})
	if err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return src, file, nil
}

// printResult prints a result with its costs rounded to a billionth of a dollar:
// what lies below is noise of binary fractions.
func printResult[T any](out io.Writer, result func() (T, error), costs func(*T) []*float64) error {
	v, err := result()
	if err != nil {
		return err
	}
	for _, usd := range costs(&v) {
		if usd != nil {
			*usd = math.Round(*usd*1e9) / 1e9
		}
	}
	return printJSON(out, v)
}

func splitTags(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
