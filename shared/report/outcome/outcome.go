// Package outcome compares what two runs handed over: every file and every event,
// byte for byte, but for what differs by nature between two runs of the same log:
// ids, times and durations. Tests hold platforms, entry points, retries and
// in-process runs to the same outcome with it.
package outcome

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"netra/shared/run"
)

// Outcome is what one run handed over.
type Outcome struct {
	// Files by name; report.json is needed, for the run's id and times.
	Files map[string][]byte
	// Events in their order; two outcomes without events are compared by their files.
	Events []run.Event
}

// eventsFile holds the events of a folder, one as JSON a line.
const eventsFile = "events.jsonl"

// Read reads a folder that `netra analyze --out` or `smoke -out` wrote.
func Read(dir string) (Outcome, error) {
	o := Outcome{Files: map[string][]byte{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return o, err
	}
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return o, err
		}
		if e.Name() != eventsFile {
			o.Files[e.Name()] = body
			continue
		}
		for line := range bytes.Lines(body) {
			var event run.Event
			if err := json.Unmarshal(line, &event); err != nil {
				return o, fmt.Errorf("%s: %w", eventsFile, err)
			}
			o.Events = append(o.Events, event)
		}
	}
	return o, nil
}

// Differences tells every line in which two outcomes differ, and every file that
// one of them lacks; none if they are the same.
func Differences(a, b Outcome) ([]string, error) {
	left, err := a.canonical()
	if err != nil {
		return nil, err
	}
	right, err := b.canonical()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if _, ok := right[name]; !ok {
			found = append(found, name+": only the first has it")
			continue
		}
		found = append(found, lines(name, left[name], right[name])...)
	}
	for _, name := range slices.Sorted(maps.Keys(right)) {
		if _, ok := left[name]; !ok {
			found = append(found, name+": only the second has it")
		}
	}
	return found, nil
}

// lines compares two texts by their lines.
func lines(name, a, b string) (found []string) {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(left), len(right)) {
		switch {
		case i >= len(right):
			found = append(found, fmt.Sprintf("%s:%d: %q, then nothing", name, i+1, left[i]))
		case i >= len(left):
			found = append(found, fmt.Sprintf("%s:%d: nothing, then %q", name, i+1, right[i]))
		case left[i] != right[i]:
			found = append(found, fmt.Sprintf("%s:%d: %q, then %q", name, i+1, left[i], right[i]))
		}
	}
	return found
}

// canonical is the files and the events without what differs by nature.
func (o Outcome) canonical() (map[string]string, error) {
	var report struct {
		RunID string    `json:"run_id"`
		Made  time.Time `json:"made"`
	}
	if err := json.Unmarshal(o.Files["report.json"], &report); err != nil {
		return nil, fmt.Errorf("read report.json: %w", err)
	}
	if report.RunID == "" {
		return nil, fmt.Errorf("report.json names no run")
	}
	// The page tells its time once, behind the run's id.
	stamp := report.Made.UTC().Format("2006-01-02 15:04")
	same := strings.NewReplacer(report.RunID+" · "+stamp, "RUN · MADE", report.RunID, "RUN")
	out := map[string]string{}
	for name, body := range o.Files {
		out[name] = same.Replace(string(body))
	}
	out["report.json"] = withoutTimes(out["report.json"])
	if len(o.Events) > 0 {
		out[eventsFile] = told(o.Events)
	}
	return out, nil
}

var (
	made     = regexp.MustCompile(`(?m)^  "made": "[^"]*"`)
	timings  = regexp.MustCompile(`(?ms)^  "timing_ms": \{.*?\}`)
	duration = regexp.MustCompile(`: \d+`)
)

// withoutTimes keeps of the times in report.json that they were told.
func withoutTimes(report string) string {
	report = made.ReplaceAllLiteralString(report, `  "made": ""`)
	return timings.ReplaceAllStringFunc(report, func(t string) string { return duration.ReplaceAllLiteralString(t, ": 0") })
}

var (
	eventDuration = regexp.MustCompile(`"duration_ms":\d+`)
	eventDatasets = regexp.MustCompile(`"data_sets":\["[^\]]*\]`)
	quoted        = regexp.MustCompile(`"[^",\]]+"([,\]])`)
)

// told is the events as one line each.
func told(events []run.Event) string {
	var out strings.Builder
	for _, e := range events {
		data := eventDuration.ReplaceAllLiteralString(string(e.Data), `"duration_ms":0`)
		data = eventDatasets.ReplaceAllStringFunc(data, func(s string) string { return quoted.ReplaceAllString(s, `"ID"$1`) })
		fmt.Fprintf(&out, "%d %s %s %d %s\n", e.Seq, e.Type, e.Stage, e.Attempt, data)
	}
	return out.String()
}
