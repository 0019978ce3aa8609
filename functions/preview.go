package functions

import (
	"errors"
	"io"

	"netra/functions/api"
	"netra/shared/usage"
)

// previewCalls is how many calls of a new log are looked at before a run: the
// answer to an upload must not wait for the whole log.
const previewCalls = 20_000

// preview looks into the first calls of a log.
func preview(r io.Reader, options usage.Options) (api.Preview, error) {
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
