package main

import (
	"context"
	"fmt"

	"netra/shared/savings/routing"
)

const labelsUsage = "CSV file of quality labels: prompt, tag, and a column of scores per model"

// notLabels says what a file of quality labels needs.
func notLabels(name string) error {
	return fmt.Errorf("%s holds no quality labels: it needs a header, a column prompt and at least two columns of true, false or a score from 0 to 10, named as the models are", name)
}

// uploadLabels hands quality labels over as a data set beside the log, and returns
// its id.
func uploadLabels(ctx context.Context, api *client, name string) (string, error) {
	d, err := api.upload(ctx, name, nil)
	if err != nil {
		return "", err
	}
	if d.Format != routing.Format {
		return "", notLabels(name)
	}
	return d.ID, nil
}
