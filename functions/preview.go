package functions

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"netra/functions/api"
	"netra/shared/savings/routing"
	"netra/shared/usage"
)

// previewCalls is how many calls of a new log are looked at before a run: the
// answer to an upload must not wait for the whole log.
const previewCalls = 20_000

// sniffed is how much of a file is looked at to tell quality labels from a log.
const sniffed = 64 << 10

// preview looks into the first calls of a log, or finds that it is no log but
// quality labels.
func preview(r io.Reader, options usage.Options) (api.Preview, error) {
	start := bufio.NewReaderSize(r, sniffed)
	head, err := start.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return api.Preview{}, err
	}
	if models, ok := routing.Sniff(bytes.NewReader(head)); ok {
		return api.Preview{Format: routing.Format, Document: map[string]any{"labels": map[string]any{"models": models}}}, nil
	}
	return previewLog(start, options)
}

func previewLog(r io.Reader, options usage.Options) (api.Preview, error) {
	reader, err := usage.Open(r, options)
	if err != nil {
		return api.Preview{}, err
	}
	defer reader.Close()
	var coverage usage.Coverage
	batch := make([]usage.Call, 1000)
	whole := false
	for coverage.Rows < previewCalls && !whole {
		n, err := reader.Read(batch)
		for i := range batch[:n] {
			coverage.Add(&batch[i])
		}
		if whole = errors.Is(err, io.EOF); err != nil && !whole {
			return api.Preview{}, err
		}
	}
	coverage.Finish()
	report := reader.Report()
	return api.Preview{Format: report.Format, Document: map[string]any{
		"report": report, "coverage": coverage, "whole": whole}}, nil
}
