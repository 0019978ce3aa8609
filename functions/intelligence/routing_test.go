package intelligence

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/goal"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/store"
)

// asked is an easy or a hard question.
func asked(r *rand.Rand, easy bool) string {
	kind := "integral"
	if easy {
		kind = "greeting"
	}
	var b strings.Builder
	for range 4 + r.IntN(4) {
		fmt.Fprintf(&b, "%s%d filler%d ", kind, r.IntN(20), r.IntN(50))
	}
	return strings.TrimSpace(b.String())
}

// wordedLabels has two classes in which half of the questions are easy: there the
// models score alike.
func wordedLabels() string {
	r := rand.New(rand.NewPCG(8, 1))
	var b strings.Builder
	b.WriteString("question,tag,gpt-4o-mini,gpt-4o\n")
	for i := range 6000 {
		easy, strong := r.IntN(2) == 0, r.Float64() < 0.9
		weak := strong
		if !easy {
			weak = r.Float64() < 0.3
		}
		fmt.Fprintf(&b, "%s,%s,%t,%t\n", asked(r, easy), []string{"faq", "legal"}[i%2], weak, strong)
	}
	return b.String()
}

// promptLog has calls of two models in three classes, with messages.
func promptLog(easyShare float64) string {
	r := rand.New(rand.NewPCG(9, 1))
	var b strings.Builder
	for i := range 3000 {
		line, _ := json.Marshal(map[string]any{ // it has no value that cannot be encoded
			"timestamp": time.Date(2026, 3, 2, 0, 3*i, 0, 0, time.UTC), "provider": "openai", "model": []string{"gpt-4o-2024-08-06", "gpt-4.1"}[i%5/4], "tag": []string{"faq", "legal", "draft"}[i%3],
			"messages":     []any{map[string]any{"role": "system", "content": "Be brief."}, map[string]any{"role": "user", "content": asked(r, r.Float64() < easyShare)}},
			"input_tokens": 400, "output_tokens": 100,
		})
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func promptUpload() map[string]store.Dataset {
	return map[string]store.Dataset{"log": {Filename: "log.jsonl"}, "l": {Filename: "labels.csv", Format: routing.Format}}
}

func looked(t *testing.T, files map[string]store.Dataset, bodies map[string]string) (*work, handover.Intelligence) {
	t.Helper()
	w, _ := working(t, plan.Mid, files, bodies)
	w.in.Run.ID = "r1"
	out, err := w.look(t.Context())
	require.NoError(t, err)
	return w, out
}

// content reads an object of the user's.
func content(t *testing.T, w *work, name string) []byte {
	t.Helper()
	r, err := w.objects.Open(t.Context(), name)
	require.NoError(t, err)
	defer r.Close()
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	return raw
}

func TestAPolicyLearnedFromLabelsGradesTheLogAsItIsRead(t *testing.T) {
	w, out := looked(t, promptUpload(), map[string]string{"log": promptLog(0.5), "l": wordedLabels()})
	require.NotNil(t, out.Routing)
	d := out.Routing.Decision
	require.True(t, d.Proposed, d.Reason)
	assert.Equal(t, routing.LearnedPolicy, d.Policy)
	assert.InDelta(t, 2.0/3, d.CallShare, 0.01, "drafts have no labels")
	assert.InDelta(t, 0.5, d.LogShare, 0.1)
	rule := savings.RoutingRule{From: savings.Model{Model: "gpt-4o"}, To: savings.Model{Model: "gpt-4o-mini"}, MaxGrade: d.MaxGrade}
	assert.Equal(t, []savings.RoutingRule{rule}, out.Routing.Policy.Rules)
	assert.Positive(t, d.MaxGrade)
	assert.NotNil(t, d.Moved)
	assert.NotNil(t, out.Routing.Policy.Study)

	var file map[string]any
	require.NoError(t, json.Unmarshal(content(t, w, out.Routing.File), &file))
	assert.EqualValues(t, d.MaxGrade, file["max_grade"])

	at, err := w.objects.ReaderAt(t.Context(), out.Object)
	require.NoError(t, err)
	data, err := dataset.Open(at, at.Size())
	require.NoError(t, err)
	grades, graded := data.Grades(), map[string]int{}
	require.NoError(t, data.Scan(t.Context(), func(c *dataset.Columns) error {
		for i := range c.N {
			if g, err := grades.At(c.Row + int64(i)); err != nil || g > 0 {
				graded[data.Models.Name(c.Model[i])+" "+data.Tags.Name(c.Tag[i])]++
			}
		}
		return nil
	}))
	assert.Equal(t, map[string]int{"gpt-4o-2024-08-06 faq": 800, "gpt-4o-2024-08-06 legal": 800}, graded)
	assert.NotContains(t, string(content(t, w, out.Object)), "greeting", "no word of a prompt is kept")
}

func TestAnotherAttemptAndAFollowUpFindTheSameGradesAndNewLabelsDoNot(t *testing.T) {
	bodies := map[string]string{"log": promptLog(0.5), "l": wordedLabels()}
	w, first := looked(t, promptUpload(), bodies)
	again, err := w.look(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, again)

	_, without := looked(t, map[string]store.Dataset{"log": promptUpload()["log"]}, bodies)
	assert.NotEqual(t, first.Object, without.Object, "a log that was read without labels is read again")
	bodies["l"] = strings.ReplaceAll(bodies["l"], "filler7", "else7")
	_, other := looked(t, promptUpload(), bodies)
	assert.NotEqual(t, first.Object, other.Object)
}

func TestALogUnlikeTheLabelsFallsBackAndSaysSo(t *testing.T) {
	_, out := looked(t, promptUpload(), map[string]string{"log": promptLog(0.95), "l": wordedLabels()})
	assert.False(t, out.Routing.Decision.Proposed)
	assert.Contains(t, out.Routing.Decision.Reason, "the log's prompts are not like the labelled ones")
	assert.Nil(t, out.Routing.Policy)
	assert.Empty(t, out.Routing.File)
}

func TestALogWithoutPromptsIsRoutedByTag(t *testing.T) {
	log := strings.Repeat(`{"timestamp":"2026-03-02T00:00:00Z","provider":"openai","model":"gpt-4o","tag":"faq","input_tokens":400,"output_tokens":100}`+"\n", 100) +
		strings.Repeat(`{"timestamp":"2026-03-02T00:00:00Z","provider":"openai","model":"gpt-4o","tag":"draft","input_tokens":400,"output_tokens":100}`+"\n", 300)
	var labels strings.Builder
	labels.WriteString("prompt,tag,gpt-4o-mini,gpt-4o\n")
	for i := range 6000 { // the models score alike on the one class, and never on the other
		fmt.Fprintf(&labels, "question %d,%s,%t,true\n", i%7, []string{"faq", "legal"}[i%2], i%2 == 0)
	}
	_, out := looked(t, promptUpload(), map[string]string{"log": log, "l": labels.String()})
	d := out.Routing.Decision
	require.True(t, d.Proposed, d.Reason)
	assert.Equal(t, routing.TagPolicy, d.Policy)
	assert.Equal(t, "faq", out.Routing.Policy.Rules[0].Tag)
	assert.InDelta(t, 0.25, d.CallShare, 1e-9)

	_, out = looked(t, promptUpload(), map[string]string{"log": strings.ReplaceAll(log, "gpt-4o", "gpt-4.1"), "l": labels.String()})
	assert.Contains(t, out.Routing.Decision.Reason, "no call to gpt-4o is of a class with labels enough")
}

func TestTheBoundIsForTheCallsThatMayBeChanged(t *testing.T) {
	bodies := map[string]string{"log": promptLog(0.5), "l": wordedLabels()}
	w, _ := working(t, plan.Mid, promptUpload(), bodies)
	w.in.Run.ID = "r1"
	w.triage.Goal = goal.Goal{ExcludeTags: []string{"draft", "legal"}}
	out, err := w.look(t.Context())
	require.NoError(t, err)
	require.True(t, out.Routing.Decision.Proposed, out.Routing.Decision.Reason)
	assert.Equal(t, 1.0, out.Routing.Decision.CallShare, "only the class with labels is left")

	w.triage.Goal = goal.Goal{ExcludeTags: []string{"faq", "legal"}}
	out, err = w.look(t.Context())
	require.NoError(t, err)
	assert.Nil(t, out.Routing.Policy)

	w.triage.Goal = goal.Goal{Range: goal.Range{To: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}
	out, err = w.look(t.Context())
	require.NoError(t, err)
	assert.Contains(t, out.Routing.Decision.Reason, "no call to gpt-4o", "none is of that time")
}
