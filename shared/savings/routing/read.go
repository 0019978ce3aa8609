package routing

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"netra/shared/usage"
)

// layout is where the columns stand in one file; -1 for a column it lacks.
type layout struct {
	prompt, strong, weak, tag, time int
}

// readFile appends the rows of one file and returns their times, as many as
// rows or none.
func readFile(source Source, columns Columns, labels *Labels) ([]float64, error) {
	reader := csv.NewReader(source.Reader)
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the file is empty", ErrLabels)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLabels, err)
	}
	at, err := findColumns(header, columns)
	if err != nil {
		return nil, err
	}
	labels.Tagged = labels.Tagged || at.tag >= 0
	reader.ReuseRecord = true
	words := newCounter()
	var times []float64
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return times, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrLabels, err)
		}
		if columns.Drop != nil && columns.Drop(record[at.prompt]) {
			labels.Dropped++
			continue
		}
		row, err := labels.row(record, at, source.Name, words)
		if err != nil {
			line, _ := reader.FieldPos(0)
			return nil, fmt.Errorf("%w: line %d: %w", ErrLabels, line, err)
		}
		labels.Rows = append(labels.Rows, row)
		if at.time >= 0 {
			if t, ok := parseTime(record[at.time]); ok {
				times = append(times, t)
			}
		}
	}
}

// row reads one record and widens the range of scores seen.
func (l *Labels) row(record []string, at layout, file string, words *counter) (Label, error) {
	strong, strongFlag, err := parseScore(record[at.strong])
	if err != nil {
		return Label{}, fmt.Errorf("column %q: %w", l.Strong, err)
	}
	weak, weakFlag, err := parseScore(record[at.weak])
	if err != nil {
		return Label{}, fmt.Errorf("column %q: %w", l.Weak, err)
	}
	l.Binary = l.Binary && strongFlag && weakFlag
	l.Lowest = min(l.Lowest, strong, weak)
	l.Highest = max(l.Highest, strong, weak)
	prompt := string(usage.Question([]byte(record[at.prompt])))
	tag := tagOfFile(file)
	if at.tag >= 0 {
		tag = strings.Clone(record[at.tag])
	}
	return Label{Features: words.extract(prompt), Length: utf8.RuneCountInString(prompt), Tag: tag, Strong: strong, Weak: weak}, nil
}

// findColumns places the columns by name. A file has one prompt column; the
// usual names are tried in turn.
func findColumns(header []string, columns Columns) (layout, error) {
	index := map[string]int{}
	for i, name := range header {
		index[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	find := func(names ...string) int {
		for _, name := range names {
			if i, ok := index[strings.ToLower(name)]; ok && name != "" {
				return i
			}
		}
		return -1
	}
	at := layout{
		prompt: find(columns.Prompt, "prompt", "question", "input", "query", "text"),
		strong: find(columns.Strong), weak: find(columns.Weak),
		tag:  find(columns.Tag, "tag", "subject", "category", "task", "eval_name"),
		time: find("time", "timestamp", "created_at", "date"),
	}
	missing := map[string]int{columns.Strong: at.strong, columns.Weak: at.weak}
	if columns.Prompt != "" {
		missing[columns.Prompt] = find(columns.Prompt)
	}
	if columns.Tag != "" {
		missing[columns.Tag] = find(columns.Tag)
	}
	for _, name := range []string{columns.Strong, columns.Weak, columns.Prompt, columns.Tag} {
		if i, asked := missing[name]; asked && i < 0 {
			return layout{}, fmt.Errorf("%w: no column %q; the file has %s", ErrLabels, name, strings.Join(header, ", "))
		}
	}
	if at.prompt < 0 {
		return layout{}, fmt.Errorf("%w: no prompt column; the file has %s; name it with --prompt", ErrLabels, strings.Join(header, ", "))
	}
	return at, nil
}

// parseScore reads true/false or a number; flag tells that it is a yes or no.
func parseScore(text string) (score float64, flag bool, err error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes", "1", "1.0":
		return 1, true, nil
	case "false", "no", "0", "0.0":
		return 0, true, nil
	}
	score, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
		return 0, false, fmt.Errorf("%q is neither true, false nor a number", text)
	}
	return score, false, nil
}

// parseTime reads seconds since 1970 or an RFC 3339 time.
func parseTime(text string) (float64, bool) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(seconds) {
		return seconds, true
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return float64(t.UnixNano()) / 1e9, err == nil
}

// sortByTime puts the rows in the order of their times, if all have one: a
// policy is then learned on the earlier part and measured on the later.
func (l *Labels) sortByTime(times []float64) {
	if len(times) != len(l.Rows) {
		return
	}
	sort.Stable(byTime{times, l.Rows})
	l.Ordered = true
}

// byTime sorts rows together with their times.
type byTime struct {
	times []float64
	rows  []Label
}

func (b byTime) Len() int           { return len(b.rows) }
func (b byTime) Less(i, j int) bool { return b.times[i] < b.times[j] }
func (b byTime) Swap(i, j int) {
	b.times[i], b.times[j] = b.times[j], b.times[i]
	b.rows[i], b.rows[j] = b.rows[j], b.rows[i]
}
