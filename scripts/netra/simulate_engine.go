package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	normal "netra/shared/dataset"
	"netra/shared/savings"
)

// simulateLever runs the engine with one lever and prints its proposal as JSON.
func simulateLever(ctx context.Context, f simulateFlags, out io.Writer) error {
	a, err := f.analyse(ctx, savings.Options{Levers: []string{f.lever}})
	if err != nil {
		return err
	}
	for _, p := range a.Proposals {
		if p.Lever == f.lever {
			return printJSON(out, p)
		}
	}
	return fmt.Errorf("the engine has no proposal for %s", f.lever)
}

// analyse normalises the log into a temporary file and runs the engine on it.
func (f *simulateFlags) analyse(ctx context.Context, opts savings.Options) (*savings.Analysis, error) {
	book, model, err := f.book()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "netra-")
	if err != nil {
		return nil, fmt.Errorf("make room for the data set: %w", err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "calls.parquet")
	if err := f.normalise(ctx, name); err != nil {
		return nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data, err := normal.Open(file, info.Size())
	if err != nil {
		return nil, err
	}
	terms, err := f.own.terms()
	if err != nil {
		return nil, err
	}
	if terms != nil {
		opts.Offers = terms.Offers
	}
	opts.PriceModel, opts.BatchTags = model, splitTags(f.tags)
	opts.ResponseCacheTTL, opts.NearSimilarity = f.ttl, f.near
	return savings.Analyse(ctx, data, book, opts)
}

// normalise writes the data set of a log to a file.
func (f *simulateFlags) normalise(ctx context.Context, name string) error {
	var file *os.File
	closeLog := func() {
		if file != nil {
			file.Close()
		}
	}
	defer func() { closeLog() }()
	open := func(context.Context) (normal.Source, error) {
		closeLog()
		reader, opened, err := f.openLog()
		if err != nil {
			return nil, err
		}
		file = opened
		return reader, nil
	}
	create := func(context.Context) (io.WriteCloser, error) { return os.Create(name) }
	if _, err := normal.Write(ctx, open, create, normal.Settings{}); err != nil {
		return fmt.Errorf("%s: %w", f.logs[0], err)
	}
	return nil
}

// simulateAll runs the stages of the pipeline in this process and writes the
// report and the files to apply.
func simulateAll(ctx context.Context, f simulateFlags, std stdio) error {
	terms, err := f.own.terms()
	if err != nil {
		return err
	}
	show := func(text string) { fmt.Fprintln(std.err, text) }
	artifacts, err := inProcess(ctx, oneRun{f.logs[0], f.goal, f.labels, f.priceModel(), f.mapping, terms}, show)
	if err != nil {
		return err
	}
	files := make(map[string][]byte, len(artifacts))
	for name, a := range artifacts {
		files[name] = a.Body
	}
	if err := writeFiles(f.out, files); err != nil {
		return err
	}
	if old := leftOver(f.out, files); len(old) > 0 {
		fmt.Fprintf(std.err, "%s also holds files that this run did not write: %s\n", f.out, strings.Join(old, ", "))
	}
	if f.json {
		_, err := std.out.Write(files["report.json"])
		return err
	}
	fmt.Fprintf(std.out, "%d files in %s; start with %s\n", len(files), f.out, filepath.Join(f.out, "report.html"))
	return nil
}

// leftOver lists files of the output folder that are not of this run: settings of
// an earlier plan must not be taken for those of this one.
func leftOver(dir string, files map[string][]byte) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // it was just written to; the note is a help only
	}
	var old []string
	for _, e := range entries {
		if _, ours := files[e.Name()]; !ours && !e.IsDir() {
			old = append(old, e.Name())
		}
	}
	return old
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}
