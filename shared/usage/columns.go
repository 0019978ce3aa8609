package usage

import (
	"regexp"
	"strconv"
)

// Column is a column, or a path of JSON, in a log of unknown format. It tells
// what the values are and never a value.
type Column struct {
	Name string `json:"name"`
	// Kind is number, time, boolean or text, as the log's first values are; ""
	// if they are empty or were not looked at.
	Kind string `json:"kind,omitempty"`
}

const (
	kindNumber  = "number"
	kindTime    = "time"
	kindBoolean = "boolean"
	kindText    = "text"
)

// maxColumns bounds the columns that an Error tells of.
const maxColumns = 300

// columnsOf are the first columns with their kinds, "" where a kind is not known.
func columnsOf(names []string, kinds map[string]string) []Column {
	var out []Column
	for _, name := range names[:min(len(names), maxColumns)] {
		out = append(out, Column{name, kinds[name]})
	}
	return out
}

// tell notes the kind of one more value at a path.
func (p *paths) tell(path, kind string) {
	if kind == "" || len(p.kinds) >= maxPaths {
		return
	}
	if old := p.kinds[path]; old != "" && old != kind {
		kind = kindText
	}
	p.kinds[path] = kind
}

// tellCells notes the kinds of a table's cells.
func (p *paths) tellCells(columns []string, rows [][]string) {
	for _, row := range rows {
		for i, cell := range row[:min(len(row), len(columns))] {
			p.tell(columns[i], kindOfText([]byte(cell)))
		}
	}
}

// kindAt is the kind of a JSON value that begins with this byte, "" for null and
// what is no single value. Strings are told by kindOfText.
func kindAt(first byte) string {
	switch {
	case first == '-' || first >= '0' && first <= '9':
		return kindNumber
	case first == 't' || first == 'f':
		return kindBoolean
	}
	return ""
}

// thousands is a number with its thousands parted, in English or continental spelling.
var thousands = regexp.MustCompile(`^[-+]?\d{1,3}([.,' ]\d{3})*([.,]\d+)?$`)

// longestTime is the length of the longest spelling of a time, and more than
// that of a number.
const longestTime = 48

// kindOfText tells what a text is.
func kindOfText(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if len(text) > longestTime {
		return kindText
	}
	if _, err := strconv.ParseFloat(string(text), 64); err == nil || thousands.Match(text) {
		return kindNumber
	}
	if _, err := parseTime(text, local{}); err == nil {
		return kindTime
	}
	if s := string(text); s == "true" || s == "false" {
		return kindBoolean
	}
	return kindText
}
