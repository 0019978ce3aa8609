// Command prices makes the embedded price book from a data.v2.json of
// pydantic/genai-prices (MIT): it checks every row, drops what Netra does not
// use (descriptions, addresses, comments) and writes the rest compressed.
//
//	go run ./scripts/prices -in data.v2.json [-as-of 2026-08-03] [-out shared/pricing/prices.json.gz]
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"netra/shared/pricing"
)

func main() {
	if err := realMain(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "prices:", err)
		os.Exit(1)
	}
}

func realMain(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("prices", flag.ContinueOnError)
	in := flags.String("in", "", "data.v2.json of genai-prices")
	to := flags.String("out", filepath.Join("shared", "pricing", "prices.json.gz"), "the book to write")
	asOf := flags.String("as-of", time.Now().UTC().Format(time.DateOnly), "day on which the prices were checked, YYYY-MM-DD")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *in == "" {
		return fmt.Errorf("name the file to read: make prices FILE=path/to/data.v2.json")
	}
	data, err := os.ReadFile(*in)
	if err != nil {
		return err
	}
	book, err := compact(data, *asOf)
	if err != nil {
		return fmt.Errorf("%s: %w", *in, err)
	}
	checked, err := pricing.Load(bytes.NewReader(book))
	if err != nil {
		return fmt.Errorf("%s: %w", *in, err)
	}
	if err := write(*to, book); err != nil {
		return err
	}
	report(out, checked)
	return nil
}

// compact returns the book as JSON: only the fields that pricing.Load reads.
func compact(data []byte, asOf string) ([]byte, error) {
	var providers []map[string]json.RawMessage
	if err := json.Unmarshal(data, &providers); err != nil {
		return nil, fmt.Errorf("want a JSON list of providers: %w", err)
	}
	for _, provider := range providers {
		var models []map[string]json.RawMessage
		if err := json.Unmarshal(provider["models"], &models); err != nil {
			return nil, fmt.Errorf("models of %s: %w", provider["id"], err)
		}
		for _, model := range models {
			keep(model, "id", "match", "prices", "context_window", "deprecated")
		}
		raw, err := json.Marshal(models)
		if err != nil {
			return nil, err
		}
		provider["models"] = raw
		keep(provider, "id", "api_pattern", "model_match", "provider_match", "fallback_model_providers", "extractors", "models")
	}
	return json.Marshal(map[string]any{
		"as_of":     asOf,
		"source":    "pydantic/genai-prices data.v2.json (MIT)",
		"providers": providers,
	})
}

func keep(object map[string]json.RawMessage, keys ...string) {
	kept := make(map[string]json.RawMessage, len(keys))
	for _, key := range keys {
		if value, ok := object[key]; ok {
			kept[key] = value
		}
	}
	clear(object)
	for key, value := range kept {
		object[key] = value
	}
}

func write(path string, book []byte) error {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(book); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, packed.Bytes(), 0o644)
}

// report says what the book holds and names every row that was left out.
func report(out io.Writer, book *pricing.Book) {
	providers, models := book.Size()
	fmt.Fprintf(out, "%d providers, %d models, prices as of %s\n", providers, models, book.AsOf.Format(time.DateOnly))
	for _, broken := range book.Broken {
		fmt.Fprintf(out, "left out %s: %s\n", broken.Ref, broken.Reason)
	}
}
