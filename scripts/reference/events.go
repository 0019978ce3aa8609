package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"netra/shared/run"
)

// dataOf matches the comment of an event's data.
var dataOf = regexp.MustCompile(`is the data of (\w+)\b`)

// shared are the data of two events that mean something beside the event.
func shared() map[run.EventType]string {
	return map[run.EventType]string{run.DataRequested: "DataRequest", run.RunFailed: "Failure"}
}

// eventsPage shows each event's fields and an example, in the order of the golden
// file that the Go and the TypeScript tests both parse.
func eventsPage(files fs.FS) (string, error) {
	types, err := structures(files, "shared/run", "json")
	if err != nil {
		return "", err
	}
	byEvent := map[run.EventType]structure{}
	for _, s := range types {
		if m := dataOf.FindStringSubmatch(s.doc); m != nil {
			byEvent[run.EventType(m[1])] = s
		}
	}
	for event, name := range shared() {
		byEvent[event] = types[name]
	}
	golden, err := fs.ReadFile(files, "shared/run/testdata/events.golden.jsonl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# Events\n\n%s They are documents of Firestore at `users/{uid}/runs/{run}/events/{seq, 8 digits}`; a listener that reconnects asks for what follows the last number it has.\n\n%s", types["Event"].doc, types["Event"].table())
	seen := map[run.EventType]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(golden)); lines.Scan(); {
		var e run.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return "", err
		}
		if seen[e.Type] {
			continue
		}
		seen[e.Type] = true
		s, ok := byEvent[e.Type]
		if !ok {
			return "", fmt.Errorf("no struct is the data of %s", e.Type)
		}
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n%s\n```json\n%s\n```\n", e.Type, s.doc, s.table(), lines.Text())
	}
	return out.String(), nil
}
