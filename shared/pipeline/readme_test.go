package pipeline_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
)

// TestTheReadmeShowsTheRoutesOfTheTable keeps README's table and picture of the
// routes at what stages.json says.
func TestTheReadmeShowsTheRoutesOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	table, err := pipeline.Load()
	require.NoError(t, err)
	rows := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 5 {
			rows[strings.TrimSpace(cells[1])] = cells[3]
		}
	}
	all := table.StageNames()
	next := map[string][]string{}
	for _, state := range []string{"insufficient", "minimal", "sufficient", "optimal"} {
		rest := table.After("intelligence", state)
		require.NotEmpty(t, rest, state)
		next[rest[0]] = append(next[rest[0]], state)
		route := append([]string{"triage", "intelligence"}, rest...)
		want := strings.Join(route, " → ")
		if len(route) == len(all) {
			want = "all five stages"
		}
		assert.Contains(t, rows[state], want, state)
	}
	require.Len(t, all, 5)
	for stage, states := range next {
		assert.Regexp(t, `intelligence -- "`+strings.Join(states, ", ")+`" --> (?:\w+\{\{Pub/Sub\}\} --> )?`+stage, string(text), stage)
	}
}
