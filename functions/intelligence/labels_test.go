package intelligence

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/fileblob"

	"netra/shared/bucket"
	"netra/shared/handover"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/pricing"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/store"
	"netra/shared/sufficiency"
	"netra/shared/tools"
)

// told keeps the tools' ends.
type told struct{ completed []run.ToolCompletedData }

func (*told) Think(context.Context, string, string, float64) error       { return nil }
func (*told) ToolExecuting(context.Context, run.ToolExecutingData) error { return nil }
func (*told) Partial(context.Context, run.PartialResultData) error       { return nil }
func (e *told) ToolCompleted(_ context.Context, d run.ToolCompletedData) error {
	e.completed = append(e.completed, d)
	return nil
}

// datasets are the documents of a user's uploads.
type datasets struct {
	store.Reader
	known map[string]store.Dataset
}

func (d datasets) Dataset(_ context.Context, id string) (store.Versioned[store.Dataset], error) {
	v, ok := d.known[id]
	if !ok {
		return store.Versioned[store.Dataset]{}, store.ErrNotFound
	}
	return store.Versioned[store.Dataset]{Value: v}, nil
}

// labelFile has a tag on which the weak model is as good, and one on which it fails.
func labelFile(strong, weak string) string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	fmt.Fprintf(&b, "prompt,tag,%s,%s\n", weak, strong)
	for i := range 6000 {
		tag, right := "faq", 0.93
		if i%2 == 0 {
			tag, right = "legal", 0.4
		}
		fmt.Fprintf(&b, "question %d,%s,%t,%t\n", i, tag, rng.Float64() < right, rng.Float64() < 0.9)
	}
	return b.String()
}

// working uploads files and makes the stage's work on them.
func working(t *testing.T, planName string, files map[string]store.Dataset, bodies map[string]string) (*work, *told) {
	t.Helper()
	opened, err := fileblob.OpenBucket(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { opened.Close() })
	objects := bucket.New(opened).User("u")
	documents := datasets{known: map[string]store.Dataset{}}
	var ids []string
	for id, f := range files {
		f.ID, f.Bytes, f.PartBytes = id, int64(len(bodies[id])), int64(len(bodies[id]))
		documents.known[id] = f
		ids = append(ids, id)
		require.NoError(t, objects.PutPart(t.Context(), id, 0, strings.NewReader(bodies[id])))
	}
	prices, err := pricing.Embedded()
	require.NoError(t, err)
	p := plan.Named(planName)
	e := &told{}
	return &work{
		Stage: &Stage{Prices: prices, Now: time.Now}, objects: objects, emit: e, tools: tools.New(e, p, time.Now),
		in: pipeline.Input{Documents: documents, Run: run.Run{Datasets: ids, UserID: "u"}},
	}, e
}

func labelUpload() map[string]store.Dataset {
	return map[string]store.Dataset{"l": {Filename: "labels.csv", Format: routing.Format}}
}

func TestLabelsBecomeRoutingRulesForTheEngine(t *testing.T) {
	w, e := working(t, plan.Mid, labelUpload(), map[string]string{"l": labelFile("gpt-4o", "gpt-4o-mini")})
	out, err := w.look(t.Context())
	require.NoError(t, err)
	require.NotNil(t, out.Routing)
	require.NotNil(t, out.Routing.Policy, out.Routing.Decision.Reason)
	assert.Equal(t, []savings.RoutingRule{{Tag: "faq", From: savings.Model{Model: "gpt-4o"}, To: savings.Model{Model: "gpt-4o-mini"}}}, out.Routing.Policy.Rules)
	assert.LessOrEqual(t, out.Routing.Policy.LossBound, 0.02)
	assert.Nil(t, out.Coverage, "labels are no log")
	assert.True(t, e.completed[0].Success)

	s, err := w.score(t.Context(), out)
	require.NoError(t, err)
	assert.Equal(t, string(sufficiency.Insufficient), s.State, "labels alone price nothing")
}

func TestLabelsMayComePacked(t *testing.T) {
	var packed strings.Builder
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte("\ufeff" + labelFile("gpt-4o", "gpt-4o-mini")))
	require.NoError(t, errors.Join(err, z.Close()))
	w, _ := working(t, plan.Mid, labelUpload(), map[string]string{"l": packed.String()})
	out, err := w.look(t.Context())
	require.NoError(t, err)
	require.NotNil(t, out.Routing.Policy, out.Routing.Decision.Reason)
	assert.Len(t, out.Routing.Policy.Rules, 1)
}

func TestAPlanWithoutRoutingGoesOnWithoutTheLabels(t *testing.T) {
	w, e := working(t, plan.Free, labelUpload(), map[string]string{"l": labelFile("gpt-4o", "gpt-4o-mini")})
	out, err := w.look(t.Context())
	require.NoError(t, err)
	assert.Nil(t, out.Routing)
	assert.Equal(t, &run.DeniedData{Permission: string(plan.Route), Plan: plan.Mid}, e.completed[0].Denied)
}

func TestLabelsThatCannotBeUsedSayWhy(t *testing.T) {
	cases := map[string]struct{ body, want string }{
		"models without a price": {labelFile("big", "small"), "known price"},
		"a broken row":           {labelFile("gpt-4o", "gpt-4o-mini") + "q,faq,maybe,true\n", "line 6002"},
		"too few":                {"prompt,gpt-4o,gpt-4o-mini\nq,true,false\n", "at least 40"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := working(t, plan.Mid, labelUpload(), map[string]string{"l": c.body})
			_, err := w.look(t.Context())
			var refusal *pipeline.Refusal
			require.ErrorAs(t, refused(err), &refusal)
			assert.Equal(t, "bad_data", refusal.Kind)
			assert.Contains(t, refusal.Reason, c.want)
		})
	}
}

func TestANoteSaysWhatLabelsTaughtWhereNothingMayBeRouted(t *testing.T) {
	w, _ := working(t, plan.Mid, labelUpload(), map[string]string{"l": strings.Replace(labelFile("gpt-4o", "gpt-4o-mini"), "prompt,tag,", "prompt,comment,", 1)})
	out, err := w.look(t.Context())
	require.NoError(t, err)
	require.NotNil(t, out.Routing)
	assert.Nil(t, out.Routing.Policy)
	assert.NotEmpty(t, out.Routing.Decision.Reason)
	assert.IsType(t, handover.Intelligence{}, out)
}
