package routing

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Label is one prompt with the score of each of the two models on it.
type Label struct {
	Features Features
	// Length is the prompt's length in characters.
	Length int
	// Tag is the prompt's class (subject, team, endpoint), "" if unknown.
	Tag string
	// Strong and Weak are scores; for true and false, 1 and 0.
	Strong, Weak float64
	// grade is a router's, 0 before it has learned.
	grade uint8
}

// Gain is what the strong model adds on this prompt; it may be negative.
func (l Label) Gain() float64 { return l.Strong - l.Weak }

// Labels is a set of labelled prompts.
type Labels struct {
	// Strong and Weak are the names of the models.
	Strong, Weak string
	Rows         []Label
	// Dropped counts the rows left out on request (Columns.Drop).
	Dropped int
	// Binary tells that every score is true or false.
	Binary bool
	// Tagged tells that the rows' tags tell classes of calls apart: they come from a
	// column, or from the names of several files.
	Tagged bool
	// Ordered tells that the rows stand in the order of a time column.
	Ordered bool
	// Lowest and Highest bound the scores' scale.
	Lowest, Highest float64
	// mix is how many calls of each tag the log has that the labels are to stand
	// for; nil for as many as there are labels.
	mix Mix
}

// Columns says which columns of a label file to read.
type Columns struct {
	// Strong and Weak name the score columns of the two models.
	Strong, Weak string
	// Prompt and Tag name the columns of those; "" finds them by usual names.
	Prompt, Tag string
	// Lowest and Highest give the scale of the scores; both 0 finds it: 0 to 1
	// if every score lies there, else the lowest and highest score seen.
	Lowest, Highest float64
	// Drop reports prompts to leave out, such as those that a model was trained on; may be nil.
	Drop func(prompt string) bool
}

// Source is one label file. Its Name, without folder and ".csv", is the tag of
// rows whose file has no tag column.
type Source struct {
	Name   string
	Reader io.Reader
}

// ErrLabels marks label files that cannot be used; the text says what to change.
var ErrLabels = errors.New("labels")

// minRows is the smallest set on which two folds and a bound mean anything.
const minRows = 40

// Read reads label files: CSV with a header, a prompt column and one column of
// true/false, 1/0 or a score per model. A file that cannot be read in full is
// an error with its line: a label set is small and a lost row shifts the result.
func Read(sources []Source, columns Columns) (*Labels, error) {
	if columns.Strong == "" || columns.Weak == "" || columns.Strong == columns.Weak {
		return nil, fmt.Errorf("%w: name two different columns, one for the strong and one for the weak model", ErrLabels)
	}
	labels := &Labels{Strong: columns.Strong, Weak: columns.Weak, Binary: true, Lowest: math.Inf(1), Highest: math.Inf(-1), Tagged: len(sources) > 1}
	var times []float64
	for _, source := range sources {
		fileTimes, err := readFile(source, columns, labels)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source.Name, err)
		}
		times = append(times, fileTimes...)
	}
	if len(labels.Rows) < minRows {
		return nil, fmt.Errorf("%w: %d rows; at least %d are needed to measure anything", ErrLabels, len(labels.Rows), minRows)
	}
	labels.sortByTime(times)
	return labels, labels.setScale(columns)
}

// Forget lets go of the prompts' features, once a router has learned from them:
// decisions need only scores, tags and lengths.
func (l *Labels) Forget() {
	for i := range l.Rows {
		l.Rows[i].Features = Features{}
	}
}

// Tags returns how many different tags the rows carry.
func (l *Labels) Tags() int {
	seen := map[string]bool{}
	for _, row := range l.Rows {
		seen[row.Tag] = true
	}
	return len(seen)
}

// setScale fixes the range of scores, which the bound on quality loss rests on.
func (l *Labels) setScale(columns Columns) error {
	low, high := l.Lowest, l.Highest
	switch {
	case columns.Highest > columns.Lowest:
		if low < columns.Lowest || high > columns.Highest {
			return fmt.Errorf("%w: scores run from %g to %g, outside the given scale %g to %g", ErrLabels, low, high, columns.Lowest, columns.Highest)
		}
		l.Lowest, l.Highest = columns.Lowest, columns.Highest
	case columns.Highest != columns.Lowest:
		return fmt.Errorf("%w: the scale %g to %g is upside down", ErrLabels, columns.Lowest, columns.Highest)
	case low >= 0 && high <= 1:
		l.Lowest, l.Highest = 0, 1
	}
	return nil
}

// tagOfFile is the subject that a file's name stands for.
func tagOfFile(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return strings.TrimSuffix(name, ".csv")
}
