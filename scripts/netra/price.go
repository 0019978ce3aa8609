package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/shopspring/decimal"

	"netra/shared/pricing"
)

// maxBody is the longest line that price reads; a response body is far smaller.
const maxBody = 16 << 20

// priceLine is one line of input: a response body and where it came from.
type priceLine struct {
	Provider  string          `json:"provider"`
	APIFlavor string          `json:"api_flavor"`
	Model     string          `json:"model"`
	Time      json.RawMessage `json:"time"`
	Body      json.RawMessage `json:"body"`
}

// pricedLine is one line of output, its amounts exact decimals in USD.
type pricedLine struct {
	Usage  pricing.Usage `json:"usage"`
	Input  json.Number   `json:"input_cost_usd"`
	Output json.Number   `json:"output_cost_usd"`
	Total  json.Number   `json:"total_cost_usd"`
}

// price reads response bodies from standard input, one JSON object a line, and
// writes for each what it used and costs, or why that cannot be said.
func price(ctx context.Context, args []string, std stdio) error {
	flags := newFlags("price")
	own := flags.String("prices", "", "JSON file of your own prices")
	if rest, err := parseAnywhere(flags, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return fmt.Errorf("%w: bodies are read from the standard input, not from %q", errUsage, rest[0])
	}
	terms, err := ownTerms{file: *own}.terms()
	if err != nil {
		return err
	}
	book, err := bookOf(terms)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(std.out)
	if err := priceAll(ctx, book, bufio.NewReaderSize(std.in, 1<<16), out); err != nil {
		return err
	}
	return out.Flush()
}

func priceAll(ctx context.Context, book *pricing.Book, in *bufio.Reader, out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for ctx.Err() == nil {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return fmt.Errorf("read standard input: %w", err)
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := encoder.Encode(answer(book, line, err)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// answer returns the output for one line: its price, or {"error": why}.
func answer(book *pricing.Book, line []byte, err error) any {
	var priced pricedLine
	if err == nil {
		priced, err = priceOne(book, line)
	}
	if err != nil {
		return struct {
			Error string `json:"error"`
		}{err.Error()}
	}
	return priced
}

func priceOne(book *pricing.Book, line []byte) (pricedLine, error) {
	var in priceLine
	if err := json.Unmarshal(bytes.TrimPrefix(line, byteOrderMark()), &in); err != nil {
		return pricedLine{}, fmt.Errorf("not a JSON object {provider, api_flavor, model, time, body}: %w", err)
	}
	if len(in.Body) == 0 {
		return pricedLine{}, errors.New("body is missing")
	}
	in.Body = unquoted(in.Body)
	at, err := parseTime(in.Time)
	if err != nil {
		return pricedLine{}, err
	}
	body, err := book.ExtractUsage(in.Provider, in.APIFlavor, in.Body)
	if err != nil {
		return pricedLine{}, err
	}
	if at == 0 {
		at = body.Created
	}
	ref, err := servedModel(book, body, in.Model)
	if err != nil {
		return pricedLine{}, err
	}
	cost, err := book.Price(ref, at, body.Tier, body.Usage)
	if err != nil {
		return pricedLine{}, err
	}
	return pricedLine{body.Usage.NonZero(), number(cost.Input), number(cost.Output), number(cost.Total)}, nil
}

// byteOrderMark is what Windows programs write in front of the first line.
func byteOrderMark() []byte { return []byte("\xef\xbb\xbf") }

// unquoted returns the JSON that a string holds, as loggers keep bodies, or body itself.
func unquoted(body json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(body, &text) == nil {
		return json.RawMessage(text)
	}
	return body
}

// servedModel resolves the model that the body names, or else the one that the
// line names: the served model is billed, not the one asked for.
func servedModel(book *pricing.Book, body pricing.Body, asked string) (pricing.Ref, error) {
	for _, name := range []string{body.Model, asked} {
		if ref, ok := book.Resolve(body.Provider, name); ok {
			return ref, nil
		}
	}
	if body.Model == "" && asked == "" {
		return pricing.Ref{}, errors.New("neither the body nor the line names a model")
	}
	return pricing.Ref{}, fmt.Errorf("unpriced: the price book has no %q of %s", cmp.Or(body.Model, asked), body.Provider)
}

func number(d decimal.Decimal) json.Number { return json.Number(d.String()) }

// parseTime reads an RFC 3339 time, a date, or Unix seconds, milli-, micro- or
// nanoseconds, as microseconds since the epoch; 0 if there is none.
func parseTime(raw json.RawMessage) (int64, error) {
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		return 0, nil
	}
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil {
		for range 3 { // thousandths of them, thousandths of those, ...
			if seconds > 1e11 {
				seconds /= 1000
			}
		}
		if seconds <= 0 || seconds > 1e11 {
			return 0, fmt.Errorf("time %s is not a Unix time in seconds, milli-, micro- or nanoseconds", raw)
		}
		return int64(seconds * 1e6), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return 0, fmt.Errorf("time %s is neither text nor a number", raw)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("time %q is not an RFC 3339 time such as 2025-06-10T00:00:00Z", text)
}

var errLongLine = fmt.Errorf("the line is longer than %d MiB", maxBody>>20)

// readLine returns the next line without its end. A line over maxBody is skipped
// to its end and comes back as errLongLine.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxBody {
			long, line = true, nil
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) == 0 && !long:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case long:
			return nil, errLongLine
		}
		return line, nil
	}
}
