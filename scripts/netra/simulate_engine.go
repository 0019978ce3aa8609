package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	normal "netra/shared/dataset"
	"netra/shared/report"
	"netra/shared/savings"
	"netra/shared/usage"
)

// simulateLever runs the engine with one lever and prints its proposal as JSON.
func simulateLever(ctx context.Context, f simulateFlags, out io.Writer) error {
	a, err := f.analyse(ctx, savings.Options{Levers: []string{f.lever}})
	if err != nil {
		return err
	}
	for _, p := range a.analysis.Proposals {
		if p.Lever == f.lever {
			return printJSON(out, p)
		}
	}
	return fmt.Errorf("the engine has no proposal for %s", f.lever)
}

// analysed is a log with what the engine found in it.
type analysed struct {
	analysis *savings.Analysis
	source   usage.Report
	coverage *usage.Coverage
}

// analyse normalises the log into a temporary file and runs the engine on it.
func (f *simulateFlags) analyse(ctx context.Context, opts savings.Options) (analysed, error) {
	var a analysed
	book, model, err := f.book()
	if err != nil {
		return a, err
	}
	dir, err := os.MkdirTemp("", "netra-")
	if err != nil {
		return a, fmt.Errorf("make room for the data set: %w", err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "calls.parquet")
	if err := a.normalise(ctx, f.logs[0], name); err != nil {
		return a, err
	}
	file, err := os.Open(name)
	if err != nil {
		return a, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return a, err
	}
	data, err := normal.Open(file, info.Size())
	if err != nil {
		return a, err
	}
	opts.PriceModel, opts.BatchTags = model, splitTags(f.tags)
	a.analysis, err = savings.Analyse(ctx, data, book, opts)
	return a, err
}

// normalise writes the data set of a log, and keeps what the reader saw.
func (a *analysed) normalise(ctx context.Context, log, name string) error {
	var src *counted
	var file *os.File
	defer func() {
		if file != nil {
			file.Close()
		}
	}()
	open := func(context.Context) (normal.Source, error) {
		if file != nil {
			file.Close()
		}
		reader, opened, err := openLog(log)
		if err != nil {
			return nil, err
		}
		file, src = opened, &counted{reader: reader, coverage: &usage.Coverage{}}
		return src, nil
	}
	create := func(context.Context) (io.WriteCloser, error) { return os.Create(name) }
	if _, err := normal.Write(ctx, open, create, normal.Settings{}); err != nil {
		return fmt.Errorf("%s: %w", log, err)
	}
	src.coverage.Finish()
	a.source, a.coverage = src.reader.Report(), src.coverage
	return nil
}

// counted is a reader that adds up the coverage of what it reads.
type counted struct {
	reader   *usage.Reader
	coverage *usage.Coverage
}

func (c *counted) Read(batch []usage.Call) (int, error) {
	n, err := c.reader.Read(batch)
	for i := range batch[:n] {
		c.coverage.Add(&batch[i])
	}
	return n, err
}

// simulateAll runs the whole engine and writes report and files.
func simulateAll(ctx context.Context, f simulateFlags, std stdio) error {
	started := time.Now()
	a, err := f.analyse(ctx, savings.Options{})
	if err != nil {
		return err
	}
	written := map[string][]byte{}
	r := report.New(report.Input{Status: "completed", Logs: []usage.Report{a.source}, Coverage: a.coverage, Analysis: a.analysis,
		TimingMS: map[string]int64{"simulate": time.Since(started).Milliseconds()}, Made: time.Now()})
	if err := addReport(written, r); err != nil {
		return err
	}
	if err := writeFiles(f.out, written); err != nil {
		return err
	}
	if f.json {
		_, err := std.out.Write(written["report.json"])
		return err
	}
	fmt.Fprintf(std.out, "%s\n%d files in %s; start with %s\n", a.analysis.Plan.Verdict, len(written), f.out, filepath.Join(f.out, "report.html"))
	return nil
}

func addReport(files map[string][]byte, r report.Report) error {
	for name, render := range map[string]func() ([]byte, error){"report.json": r.JSON, "report.md": r.Markdown, "report.html": r.HTML} {
		data, err := render()
		if err != nil {
			return fmt.Errorf("render %s: %w", name, err)
		}
		files[name] = data
	}
	return nil
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
