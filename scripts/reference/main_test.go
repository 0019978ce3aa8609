package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheReferenceIsCurrent(t *testing.T) {
	root := os.DirFS("../..")
	for name, page := range pages() {
		want, err := page(root)
		require.NoError(t, err, name)
		got, err := os.ReadFile(filepath.Join("../..", folder, name))
		require.NoError(t, err)
		if generated+want != string(got) {
			t.Errorf("%s/%s is not what its sources say: go run ./scripts/reference", folder, name)
		}
	}
}

func TestTheReferenceHasWhatAReaderLooksFor(t *testing.T) {
	for name, wants := range map[string][]string{
		"api.md":       {"## POST /api/threads/{thread}/messages", "takes [NewMessage](#newmessage)", "answers 202: [Accepted](#accepted)", "## Problem"},
		"events.md":    {"## tool_executing", "## data_requested", "| `purpose` | `string` |", `"type":"run_completed"`},
		"documents.md": {"| `users/{uid}/runs/{run}` | [Run](#run) |", "| `lease` | `Lease` |", "## Receipt", "| `users/{uid}/admission/slots` | [Slots](#slots) |"},
	} {
		text, err := pages()[name](os.DirFS("../.."))
		require.NoError(t, err)
		for _, want := range wants {
			assert.Contains(t, text, want, name)
		}
	}
}

func TestAnEventWithoutADataStructIsAnError(t *testing.T) {
	_, err := eventsPage(fstest.MapFS{
		"shared/run/event.go":                     {Data: []byte("package run\n")},
		"shared/run/testdata/events.golden.jsonl": {Data: []byte(`{"type":"agent_started"}`)},
	})
	assert.ErrorContains(t, err, "no struct is the data of agent_started")
}

func TestAFieldWithoutATagIsLeftOut(t *testing.T) {
	found, err := structures(fstest.MapFS{"a/a.go": {Data: []byte("package a\n// T is | it.\ntype T struct {\n\t// A is a.\n\tA int `json:\"a,omitempty\"`\n\tB int\n\tC int `json:\"-\"`\n}\n")}}, "a", "json")
	require.NoError(t, err)
	assert.Equal(t, structure{"T", `T is \| it.`, []field{{"a", "int", "A is a."}}}, found["T"])
	assert.Equal(t, 1, strings.Count(found["T"].table(), "`int`"))
}
