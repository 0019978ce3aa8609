package functions

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"netra/functions/api"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/usage"
)

// previewBytes is how much of a new log is looked at before a run: the answer to
// an upload must not wait for the whole log, but a row that is too long is told
// apart from one that was cut.
const previewBytes = usage.DefaultMaxRecord + 4<<20

// sniffed is how much of a file is looked at to tell quality labels from a log.
const sniffed = 64 << 10

// preview looks into the beginning of a log, or finds that it is no log but
// quality labels or the user's own prices.
func preview(r io.Reader, options usage.Options) (api.Preview, error) {
	start := bufio.NewReaderSize(r, sniffed)
	head, err := start.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return api.Preview{}, err
	}
	if models, ok := routing.Sniff(usage.Text("labels", bytes.NewReader(head))); ok {
		return api.Preview{Format: routing.Format, Document: map[string]any{"labels": map[string]any{"models": models}}}, nil
	}
	if savings.IsTerms(head) {
		return previewTerms(start)
	}
	return previewLog(start, options)
}

// previewTerms refuses prices that cannot be used, with the reason.
func previewTerms(r io.Reader) (api.Preview, error) {
	terms, err := savings.ReadTerms(r)
	if errors.Is(err, savings.ErrTerms) {
		return api.Preview{}, &usage.Error{Kind: usage.KindUnknownFormat, Message: err.Error()}
	}
	return api.Preview{Format: savings.TermsFormat, Document: map[string]any{"terms": terms}}, err
}

func previewLog(r io.Reader, options usage.Options) (api.Preview, error) {
	found, err := usage.Preview(r, previewBytes, options)
	switch {
	case err != nil:
		return api.Preview{}, err
	case usage.IsLabels(found.Format):
		return api.Preview{}, &usage.Error{Kind: usage.KindUnknownFormat, Message: "the file looks like quality labels but cannot be used as such; " +
			"send CSV, plain or packed with gzip or zstd, with a column prompt and a column of true, false or a score from 0 to 10 for each of two models or more"}
	}
	return api.Preview{Format: found.Format, Document: found}, nil
}
