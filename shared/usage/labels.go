package usage

import (
	"bufio"
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// formatLabels is the name of a quality-label file: a prompt column and a score
// or true/false per model. It holds no calls; the routing lever reads it.
const formatLabels = "labels"

// IsLabels says whether a format's rows are quality labels rather than calls.
func IsLabels(format string) bool { return format == formatLabels }

// isLabels tells a label file by a prompt column beside at least two columns of
// scores from 0 to 1.
func isLabels(columns []string, sample [][]string) bool {
	if len(sample) == 0 || !slices.ContainsFunc(columns, isPromptColumn) {
		return false
	}
	scores := 0
	for i := range columns {
		if !slices.ContainsFunc(sample, func(row []string) bool { return !isScore(row[i]) }) {
			scores++
		}
	}
	return scores >= 2
}

func isPromptColumn(name string) bool {
	switch squeeze(name) {
	case "prompt", "question", "instruction", "query", "prompttext":
		return true
	}
	return false
}

func isScore(cell string) bool {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "true", "false":
		return true
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return err == nil && x >= 0 && x <= 1
}

func newBuffered(text []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(text)) }
