package routing

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
)

// Format is the name of label files among the formats of logs.
const Format = "quality-labels"

// noScore are the names of columns that hold numbers but no scores.
var noScore = regexp.MustCompile(`token|cost|price|usd|spend|latency|duration|time|date|_ms$|length|count|(^|_)id$|user|session|status|tier|^n$|index`)

// sniffRows is how many rows are looked at to tell labels from a log.
const sniffRows = 20

// Sniff looks at the start of a file and returns the columns that hold scores if
// it is a label file: a CSV with a prompt column and at least two columns of
// true, false or a score from 0 to 10, and none that counts tokens.
func Sniff(r io.Reader) (models []string, ok bool) {
	reader := csv.NewReader(r)
	header, err := reader.Read()
	if err != nil {
		return nil, false
	}
	candidates := scoreColumns(header)
	if len(candidates) < 2 {
		return nil, false
	}
	rows := 0
	for ; rows < sniffRows; rows++ {
		record, err := reader.Read()
		if err != nil {
			break // the end of the file, or of what was handed over
		}
		for i := range candidates {
			score, _, err := parseScore(record[i])
			if err != nil || score < 0 || score > 10 {
				delete(candidates, i)
			}
		}
	}
	for i, name := range header {
		if candidates[i] {
			models = append(models, name)
		}
	}
	return models, rows > 0 && len(models) >= 2
}

// scoreColumns are the places of columns that may hold scores; none if the file
// counts tokens or has no prompt column.
func scoreColumns(header []string) map[int]bool {
	found, prompt := map[int]bool{}, false
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		switch {
		case strings.Contains(name, "token"):
			return nil
		case name == "prompt" || name == "question" || name == "input" || name == "query" || name == "text":
			prompt = true
		case name == "tag" || name == "subject" || name == "category" || name == "task" || name == "eval_name" || noScore.MatchString(name):
		default:
			found[i] = true
		}
	}
	if !prompt {
		return nil
	}
	return found
}
