package api_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/google"
	"netra/shared/connector"
	"netra/shared/erase"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
)

const eraseConfirmed = "/api/account?confirm=erase+everything"

type erased struct {
	Erasing struct {
		Since  time.Time
		DoneBy time.Time `json:"done_by"`
	}
	Kept []string
}

// everything is what there is of a user: documents with their time of writing,
// objects with their bytes, and a credential.
func (k *kit) everything(uid string) map[string]any {
	k.t.Helper()
	all := map[string]any{}
	db, err := google.Admin(k.t.Context(), os.Getenv("FIRESTORE_EMULATOR_HOST"), k.platform.Config.Project)
	require.NoError(k.t, err)
	defer db.Close()
	k.documents(db.Doc("users/"+uid), all)
	root := filepath.Join(k.objects, "objects", "users", uid)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !d.IsDir() {
			all[path], err = os.ReadFile(path)
		}
		return err
	})
	require.NoError(k.t, err)
	if value := k.stored(uid, connector.OpenAI); value != "" {
		all["credential"] = value
	}
	return all
}

// documents walks as the emulator knows them, not as the store does.
func (k *kit) documents(ref *firestore.DocumentRef, all map[string]any) {
	k.t.Helper()
	if snap, err := ref.Get(k.t.Context()); err == nil {
		_, path, _ := strings.Cut(ref.Path, "/documents/")
		all[path] = []any{snap.UpdateTime, snap.Data()}
	}
	collections, err := ref.Collections(k.t.Context()).GetAll()
	require.NoError(k.t, err)
	for _, c := range collections {
		refs, err := c.DocumentRefs(k.t.Context()).GetAll()
		require.NoError(k.t, err)
		for _, below := range refs {
			k.documents(below, all)
		}
	}
}

// step handles the first stage of the run with the work.
func (k *kit) step(uid, id string, work pipeline.StageFunc) error {
	k.t.Helper()
	f, _ := k.desk.Table.Function("triage")
	step := pipeline.Step{Stage: f, Desk: k.desk, Files: k.platform.Bucket, Lease: time.Minute, Log: slog.New(slog.DiscardHandler), Work: work}
	return step.Handle(k.t.Context(), queue.Message{UID: uid, RunID: id, Stage: "triage"})
}

// large is a stage that ends its run with a file that is too large for a document.
func large(context.Context, pipeline.Input, pipeline.Emitter) (pipeline.Result, error) {
	return pipeline.Result{Route: []string{}, Artifacts: []store.Artifact{
		{Name: "report.html", MediaType: "text/html", Body: bytes.Repeat([]byte("x"), 300_000)}}}, nil
}

// fill gives the user something of everything that there is.
func (k *kit) fill(uid string) (running string) {
	k.t.Helper()
	k.onPlan(uid, plan.Mid)
	ok[source](k, 200, uid, "PUT", openAICredential, map[string]string{"credential": "sk-admin-of-" + uid})
	ok[store.Dataset](k, 201, uid, "POST", "/api/datasets/sample", nil, keyHeader, "k1")
	ended, waiting := k.message(uid, "ended"), k.message(uid, "waits")
	require.NoError(k.t, k.step(uid, ended.RunID, large))
	k.wait(uid, waiting.RunID)
	running = k.message(uid, "runs").RunID
	for k.message(uid, "more").Status != run.Queued {
	}
	return running
}

func TestErasingTakesEverythingOfTheUserAndNothingOfAnother(t *testing.T) {
	k := newKit(t)
	k.fill("ann")
	k.fill("ann-2")
	before, others := k.everything("ann"), k.everything("ann-2")
	require.Greater(t, len(before), 30, "there is something to erase")
	require.Contains(t, strings.Join(slices.Collect(maps.Keys(before)), " "), "report.html", "objects, too")
	published := len(k.queue.all)

	got := ok[erased](k, http.StatusAccepted, "ann", "DELETE", eraseConfirmed, nil)
	assert.WithinDuration(t, time.Now(), got.Erasing.Since, time.Minute)
	assert.Equal(t, erase.Settle, got.Erasing.DoneBy.Sub(got.Erasing.Since))
	assert.NotEmpty(t, got.Kept)
	left := k.everything("ann")
	require.Len(t, left, 1, "the mark alone is left")
	assert.NotContains(t, left["users/ann"].([]any)[1], "plan")
	assert.Len(t, k.queue.all, published, "nothing was started on the way")

	assert.True(t, k.pass("ann", erase.Settle))
	assert.Empty(t, k.everything("ann"))
	assert.Equal(t, others, k.everything("ann-2"), "another user's data is as it was")
}

// pass is one of the sweeper, some time from now.
func (k *kit) pass(uid string, later time.Duration) bool {
	k.t.Helper()
	eraser := *k.eraser
	eraser.Now = func() time.Time { return time.Now().Add(later) }
	done, err := eraser.Pass(k.t.Context(), k.user(uid))
	require.NoError(k.t, err)
	return done
}

func TestErasingWithoutTheConfirmationErasesNothing(t *testing.T) {
	k := newKit(t)
	k.message("ann", "go")
	before := k.everything("ann")
	for _, path := range []string{"/api/account", "/api/account?confirm=yes", "/api/account?confirm=", "/api/account?confirm=Erase+everything"} {
		p := k.refused("not_confirmed", k.call("ann", "DELETE", path, `{"confirm":"erase everything"}`))
		assert.Contains(t, p.Detail, "cannot be undone")
	}
	assert.Equal(t, before, k.everything("ann"))
	k.refused("unauthenticated", k.call("", "DELETE", eraseConfirmed, nil))
	k.refused("no_access", k.call("outsider", "DELETE", eraseConfirmed, nil))
}

func TestWhoIsBeingErasedStartsNothingUntilItIsOver(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	first := ok[erased](k, http.StatusAccepted, "ann", "DELETE", eraseConfirmed, nil)
	for _, request := range []string{"POST /api/threads", "PATCH /api/threads/" + a.ThreadID, "POST /api/threads/" + a.ThreadID + "/messages",
		"POST /api/datasets", "POST /api/datasets/sample", "POST /api/datasets/d/complete", "POST /api/runs/" + a.RunID + "/data",
		"POST /api/runs/" + a.RunID + "/continue", "POST /api/runs/" + a.RunID + "/cancel", "PUT " + openAICredential} {
		method, path, _ := strings.Cut(request, " ")
		p := k.refused("erasing", k.call("ann", method, path, "{}", keyHeader, "k"))
		assert.Contains(t, p.Detail, first.Erasing.DoneBy.UTC().Format("2006-01-02 15:04"), request)
	}
	assert.Len(t, k.everything("ann"), 1)
	assert.Equal(t, first, ok[erased](k, http.StatusAccepted, "ann", "DELETE", eraseConfirmed, nil), "erasing twice is erasing")
	account := ok[map[string]any](k, 200, "ann", "GET", "/api/account", nil)
	assert.Contains(t, account, "erasing")
	assert.Equal(t, "free", account["plan"].(map[string]any)["name"])
	assert.Empty(t, ok[map[string][]any](k, 200, "ann", "GET", "/api/threads", nil)["threads"])

	assert.False(t, k.pass("ann", erase.Settle-time.Minute), "what began before may still be alive")
	assert.True(t, k.pass("ann", erase.Settle))
	assert.NotContains(t, ok[map[string]any](k, 200, "ann", "GET", "/api/account", nil), "erasing")
	k.message("ann", "again")
}

func TestErasingThatTheRequestCannotFinishIsAcceptedAndFinishedLater(t *testing.T) {
	k := newKit(t)
	running := k.fill("ann")
	k.eraser.Credentials = unreachable{}
	ok[erased](k, http.StatusAccepted, "ann", "DELETE", eraseConfirmed, nil)
	assert.Contains(t, k.logs.String(), "the sweeper erases the rest")
	assert.NotEmpty(t, k.stored("ann", connector.OpenAI))
	k.refused("erasing", k.call("ann", "POST", "/api/runs/"+running+"/continue", nil))

	k.eraser.Credentials = k.platform.Credentials()
	marked, err := k.fleet.Erasing(t.Context(), time.Now(), 10)
	require.NoError(t, err)
	require.Len(t, marked, 1, "the sweeper finds the user at once")
	k.pass(marked[0].UID(), 0)
	assert.Len(t, k.everything("ann"), 1)
}

type unreachable struct{}

func (unreachable) Erase(context.Context, string) error { return assert.AnError }

func TestStageThatWorksWhileItsUserIsErasedBringsNothingBack(t *testing.T) {
	k := newKit(t)
	id := k.fill("ann")
	err := k.step("ann", id, func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		ok[erased](k, http.StatusAccepted, "ann", "DELETE", eraseConfirmed, nil)
		return large(ctx, in, emit) // it has not noticed yet, and stores its file
	})
	require.Error(t, err)
	left := k.everything("ann")
	require.Len(t, left, 2, "the mark, and the file that was on its way")
	for path := range left {
		assert.True(t, path == "users/ann" || strings.HasSuffix(path, "report.html"), path)
	}
	require.NoError(t, k.step("ann", id, large), "the message that comes again finds no run")
	assert.Equal(t, left, k.everything("ann"))
	k.pass("ann", 10*time.Minute)
	assert.Len(t, k.everything("ann"), 1, "the sweeper takes what came late")
}

func TestStageIsStoppedWhenItsUserIsErased(t *testing.T) {
	k := newKit(t)
	id := k.fill("ann")
	var stopped error
	err := k.step("ann", id, func(ctx context.Context, _ pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		ok[erased](k, http.StatusAccepted, "ann", "DELETE", eraseConfirmed, nil)
		require.NoError(t, emit.Think(ctx, "read", "still at it", 0.5))
		select {
		case <-ctx.Done():
			stopped = context.Cause(ctx)
		case <-time.After(10 * time.Second):
		}
		return pipeline.Result{}, stopped
	})
	require.Error(t, err)
	require.Error(t, stopped, "the stage learns that its run is gone")
	assert.Len(t, k.everything("ann"), 1)
}
