package outcome_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/report"
	"netra/shared/report/outcome"
	"netra/shared/run"
)

// of makes the outcome of a run with an id, that was made at a minute.
func of(t *testing.T, id string, minute int) outcome.Outcome {
	t.Helper()
	r := report.New(report.Input{RunID: id, Goal: "cut cost", Status: run.Completed,
		Made: time.Date(2026, 1, 2, 3, minute, 4, 5, time.UTC), TimingMS: map[string]int64{"triage": int64(minute), "total": 7}})
	body, err := r.JSON()
	require.NoError(t, err)
	page, err := r.HTML()
	require.NoError(t, err)
	text, err := r.Markdown()
	require.NoError(t, err)
	data := fmt.Sprintf(`{"duration_ms":%d,"parameters":{"data_sets":["d%d","d2"]},"score":47}`, minute, minute)
	return outcome.Outcome{
		Files: map[string][]byte{"report.json": body, "report.html": page, "report.md": text, "alerts.yaml": []byte("a: 1\nb: 2\n")},
		Events: []run.Event{{Seq: 1, Type: run.ToolExecuting, RunID: id, ThreadID: "t" + id, Stage: "triage", Attempt: 1,
			Time: time.Unix(int64(minute), 0), Data: json.RawMessage(data)}},
	}
}

func TestTwoRunsOfTheSameLogHaveTheSameOutcome(t *testing.T) {
	first, second := of(t, "rone", 5), of(t, "rtwo", 36)
	require.NotEqual(t, first.Files["report.html"], second.Files["report.html"])
	found, err := outcome.Differences(first, second)
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestWhatDiffersIsNamedByFileAndLine(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*outcome.Outcome)
		want   string
	}{
		"a digit of a file":    {func(o *outcome.Outcome) { o.Files["alerts.yaml"] = []byte("a: 1\nb: 3\n") }, `alerts.yaml:2: "b: 2", then "b: 3"`},
		"a line more":          {func(o *outcome.Outcome) { o.Files["alerts.yaml"] = []byte("a: 1\nb: 2\n\nc") }, `alerts.yaml:4: nothing, then "c"`},
		"a line less":          {func(o *outcome.Outcome) { o.Files["alerts.yaml"] = []byte("a: 1") }, `alerts.yaml:2: "b: 2", then nothing`},
		"a file less":          {func(o *outcome.Outcome) { delete(o.Files, "alerts.yaml") }, "alerts.yaml: only the first has it"},
		"a file more":          {func(o *outcome.Outcome) { o.Files["x"] = nil }, "x: only the second has it"},
		"a figure of an event": {func(o *outcome.Outcome) { o.Events[0].Data = replace(o.Events[0].Data, "47", "48") }, `score\":48`},
		"a data set more":      {func(o *outcome.Outcome) { o.Events[0].Data = replace(o.Events[0].Data, `"d2"`, `"d2","d3"`) }, "events.jsonl:1"},
		"an attempt":           {func(o *outcome.Outcome) { o.Events[0].Attempt = 2 }, "events.jsonl:1"},
		"no events":            {func(o *outcome.Outcome) { o.Events = nil }, "events.jsonl: only the first has it"},
		"the report's goal": {func(o *outcome.Outcome) {
			o.Files["report.md"] = replace(o.Files["report.md"], "cut cost", "cut costs")
		}, "report.md:"},
		"a stage less was timed": {func(o *outcome.Outcome) {
			o.Files["report.json"] = replace(o.Files["report.json"], `"triage": 36`, `"report": 36`)
		}, "report.json:"},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := of(t, "rone", 5), of(t, "rtwo", 36)
			second.Files = maps.Clone(second.Files)
			c.change(&second)
			found, err := outcome.Differences(first, second)
			require.NoError(t, err)
			assert.Contains(t, strings.Join(found, "\n"), c.want)
		})
	}
}

func replace(in []byte, from, to string) []byte {
	return []byte(strings.ReplaceAll(string(in), from, to))
}

func TestAFolderIsRead(t *testing.T) {
	o, dir := of(t, "rone", 5), t.TempDir()
	for name, body := range o.Files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), body, 0o600))
	}
	line, err := json.Marshal(o.Events[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "events.jsonl"), append(line, '\n'), 0o600))
	read, err := outcome.Read(dir)
	require.NoError(t, err)
	found, err := outcome.Differences(o, read)
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestAnOutcomeWithoutAReportIsAnError(t *testing.T) {
	_, err := outcome.Differences(outcome.Outcome{}, outcome.Outcome{})
	assert.ErrorContains(t, err, "report.json")
	_, err = outcome.Read(filepath.Join(t.TempDir(), "none"))
	assert.Error(t, err)
}
