// Package figures writes what the benchmarks measured: a line on the screen and
// a JSON line in a file for each figure.
package figures

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Figure is one measurement.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// N is how many single measurements are in it.
	N    int    `json:"n"`
	Note string `json:"note"`
}

// New makes a figure.
func New(name string, value float64, unit string, n int, note string) Figure {
	return Figure{name, value, unit, n, note}
}

// Append prints figures and appends them to the file, which is made if need be.
func Append(file string, all ...Figure) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for _, fig := range all {
		line, err := json.Marshal(fig)
		if err == nil {
			_, err = f.Write(append(line, '\n'))
		}
		if err != nil {
			return errors.Join(fmt.Errorf("write %s: %w", fig.Name, err), f.Close())
		}
		fmt.Printf("%-44s %12.4g %-10s n=%-5d %s\n", fig.Name, fig.Value, fig.Unit, fig.N, fig.Note)
	}
	return f.Close()
}
