package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/savings/whatif"
	"netra/shared/usage"
)

// ownTerms are the prices that the command line gives: those of a file, and one
// price for every call as "3,15" (USD per million input and output tokens).
type ownTerms struct {
	price, file string
	// read and write replace 0.1 and 1.25 as the price of a cache read and of a
	// 5-minute write over that of input; nil keeps them.
	read, write *float64
}

// fixed is the price for every call, nil without one.
func (o ownTerms) fixed() (*whatif.Fixed, error) {
	if o.price == "" {
		return nil, nil
	}
	in, out, ok := strings.Cut(o.price, ",")
	input, errIn := strconv.ParseFloat(strings.TrimSpace(in), 64)
	output, errOut := strconv.ParseFloat(strings.TrimSpace(out), 64)
	if !ok || errIn != nil || errOut != nil || !(input >= 0 && output >= 0) || math.IsInf(input+output, 0) {
		return nil, fmt.Errorf("%w: --price %q: want input,output in USD per million tokens, as in 3,15", errUsage, o.price)
	}
	return &whatif.Fixed{Input: input / 1e6, Output: output / 1e6}, nil
}

// terms are the file's with the price for every call; nil without either.
func (o ownTerms) terms() (*savings.Terms, error) {
	fixed, err := o.fixed()
	if err != nil || fixed == nil && o.file == "" {
		return nil, err
	}
	terms := savings.Terms{}
	if o.file != "" {
		if terms, err = termsOfFile(o.file); err != nil {
			return nil, err
		}
	}
	if fixed != nil {
		terms = terms.And(savings.Terms{Prices: pricing.OwnPrices{pricing.EveryModel: o.everyCall(fixed)}})
	}
	return &terms, nil
}

// everyCall is the fixed price with the usual rules of caches and batches: reads
// at a tenth, writes at a quarter more (for an hour at twice), batches at half.
func (o ownTerms) everyCall(fixed *whatif.Fixed) pricing.OwnPrice {
	own := pricing.OwnPrice{Input: perMillion(fixed.Input), Output: perMillion(fixed.Output), Tiers: map[usage.Tier]float64{usage.Batch: 0.5}}
	own.CacheRead, own.CacheWrite5m = ratioOf(own.Input, o.read, 0.1), ratioOf(own.Input, o.write, 1.25)
	own.CacheWrite1h = ratioOf(own.Input, nil, 2)
	return own
}

// perMillion undoes the division without its rounding.
func perMillion(usd float64) float64 { return math.Round(usd*1e15) / 1e9 }

func ratioOf(input float64, ratio *float64, otherwise float64) *float64 {
	if ratio != nil {
		otherwise = *ratio
	}
	v := math.Round(otherwise*input*1e9) / 1e9
	return &v
}

func termsOfFile(path string) (savings.Terms, error) {
	file, err := os.Open(path)
	if err != nil {
		return savings.Terms{}, err
	}
	defer file.Close()
	terms, err := savings.ReadTerms(file)
	if err != nil {
		return savings.Terms{}, fmt.Errorf("%s: %w", path, err)
	}
	return terms, nil
}

// bookOf is the price book with the terms in it.
func bookOf(terms *savings.Terms) (*pricing.Book, error) {
	book, err := pricing.Embedded()
	if err != nil || terms == nil {
		return book, err
	}
	return book.With(terms.Prices), nil
}

// upload hands the terms over as a data set beside the log, and returns its id, ""
// without any.
func (o ownTerms) upload(ctx context.Context, api *client) (id string, err error) {
	terms, err := o.terms()
	if err != nil || terms == nil {
		return "", err
	}
	raw, err := document(terms)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "netra-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := filepath.Join(dir, "prices.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		return "", err
	}
	d, err := api.upload(ctx, name, nil)
	return d.ID, err
}

// document is the terms as the data set that the stages read.
func document(terms *savings.Terms) ([]byte, error) {
	raw, err := json.Marshal(terms)
	if err != nil {
		return nil, fmt.Errorf("encode your prices: %w", err)
	}
	return raw, nil
}
