package functions_test

import (
	"encoding/json"

	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/config"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/report"
	"netra/shared/run"
)

// unnamed takes out of a run's files what differs between two runs of the same
// data: the run's id and when the report was made.
func unnamed(t testing.TB, r run.Run, files map[string]string) map[string]string {
	t.Helper()
	var made struct{ Made time.Time }
	require.NoError(t, json.Unmarshal([]byte(files["report.json"]), &made))
	raw, err := made.Made.MarshalText()
	require.NoError(t, err)
	out := map[string]string{}
	for name, text := range files {
		text = strings.ReplaceAll(strings.ReplaceAll(text, r.ID, "RUN"), string(raw), "NOW")
		if strings.HasPrefix(name, "report.") { // its last line says when it was made
			at := made.Made.UTC().Format("2006-01-02 15:04")
			text = strings.ReplaceAll(text, at+" UTC", "NOW")
		}
		out[name] = text
	}
	return out
}

// TestARunThatWaitedThroughARestartEndsAsIfTheDataHadBeenThere ends everything while a
// run waits: the functions, their clients, the dispatcher, all that Pub/Sub knows, and
// Firestore, of which only the documents are left. Then the data comes, and all files
// are those of a run that had it from the start.
func TestARunThatWaitedThroughARestartEndsAsIfTheDataHadBeenThere(t *testing.T) {
	c := startOwnCloud(t, config.Model{})
	u := c.newUser(t, "ann", plan.Enterprise)
	const goal = "cut our LLM cost by 30%"
	bodies := file{"bodies.jsonl", jsonl(with(traffic(5, 600, 8*24*time.Hour), "input_tokens", "output_tokens"))}
	log := file{"full.jsonl", jsonl(traffic(6, 900, 8*24*time.Hour))}
	scored := file{"labels.csv", labels(3000)}

	waited := u.ask(u.thread(), goal, "", u.ready(bodies))
	require.Equal(t, run.Waiting, u.rest(waited).Status)
	before := u.events(waited)
	c.restart()
	r := u.rest(waited)
	u.waitsWithoutHolding(r, 0)
	assert.Equal(t, before, u.events(waited), "nothing happened meanwhile")
	u.call("POST", "/api/runs/"+waited+"/data", map[string]any{"datasets": []string{u.ready(log), u.ready(scored)}}, &struct{}{})
	r = u.rest(waited)
	require.Equal(t, run.Completed, r.Status, "%+v", r.Failure)
	require.NoError(t, numbered(u.events(waited)))

	there := u.rest(u.ask(u.thread(), goal, "", u.ready(bodies), u.ready(log), u.ready(scored)))
	require.Equal(t, run.Completed, there.Status, "%+v", there.Failure)
	assert.Equal(t, there.Artifacts, r.Artifacts)
	assert.Contains(t, r.Artifacts, "litellm.yaml", "there is a plan to compare")
	got, want := unnamed(t, r, u.files(r)), unnamed(t, there, u.files(there))
	for name := range want {
		assert.Equal(t, want[name], got[name], name)
	}
}

// TestARunWhoseDataNeverComesEndsWithWhatIsKnown lets a week pass.
func TestARunWhoseDataNeverComesEndsWithWhatIsKnown(t *testing.T) {
	c := startCloud(t, config.Model{})
	u := c.newUser(t, "ann", plan.Early)
	log := file{"bodies.jsonl", reshaped(traffic(1, 600, 8*24*time.Hour), openAIBody)}
	id := u.ask(u.thread(), "make answers twice as fast", "", u.ready(log))
	require.Equal(t, run.Waiting, u.rest(id).Status)
	c.sweep()
	c.clock.pass(pipeline.DataLimit - time.Minute)
	c.sweep()
	assert.Equal(t, run.Waiting, u.rest(id).Status, "it may wait for a week")
	c.clock.pass(2 * time.Minute)
	c.sweep()
	r := u.rest(id)
	require.Equal(t, run.Expired, r.Status)
	assert.NoError(t, numbered(u.events(id)))
	files := u.files(r)
	var doc report.Report
	require.NoError(t, json.Unmarshal([]byte(files["report.json"]), &doc))
	assert.Equal(t, run.Expired, doc.Status)
	assert.Contains(t, doc.Headline, "Your log shows $")
	assert.NoError(t, ofUse(doc, files))
}
