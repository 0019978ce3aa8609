package erase_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/fileblob"

	"netra/emulators/localtest"
	"netra/shared/bucket"
	"netra/shared/erase"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

var errDead = errors.New("the process was killed")

// process dies before or after one of its effects and does nothing from then on.
type process struct {
	diesAt  int // the number of the effect, from 1; 0 is never
	after   bool
	effects int
}

func (p *process) effect(do func() error) error {
	p.effects++
	if dead := p.diesAt > 0 && p.effects >= p.diesAt; dead && (p.effects > p.diesAt || !p.after) {
		return errDead
	}
	if err := do(); err != nil || p.effects == p.diesAt {
		return errors.Join(err, errDeadIf(p.effects == p.diesAt))
	}
	return nil
}

func errDeadIf(dead bool) error {
	if dead {
		return errDead
	}
	return nil
}

// mortal is a user's documents as a process that can die sees them.
type mortal struct {
	store.User
	process *process
}

func (m mortal) MarkErasing(ctx context.Context, mark store.Erasing) error {
	return m.process.effect(func() error { return m.User.MarkErasing(ctx, mark) })
}

func (m mortal) Apply(ctx context.Context, c store.Change) (versions []store.Version, err error) {
	err = m.process.effect(func() error {
		versions, err = m.User.Apply(ctx, c)
		return err
	})
	return versions, err
}

// DeleteAll can die in the middle, too.
func (m mortal) DeleteAll(ctx context.Context) error {
	err := m.process.effect(func() error { return m.DeleteRun(ctx, "r1") })
	if err != nil {
		return err
	}
	return m.process.effect(func() error { return m.User.DeleteAll(ctx) })
}

func (m mortal) DeleteProfile(ctx context.Context) error {
	return m.process.effect(func() error { return m.User.DeleteProfile(ctx) })
}

// vault holds the uids of those who stored a credential.
type vault struct {
	of      map[string]bool
	process *process
}

func (v vault) Erase(_ context.Context, uid string) error {
	return v.process.effect(func() error { delete(v.of, uid); return nil })
}

type noQueue struct{}

func (noQueue) Publish(context.Context, queue.Message) error { return nil }

// world is a user with runs, data and a credential, and the process that erases.
type world struct {
	t      *testing.T
	now    time.Time
	fleet  *storefirestore.Store
	bucket *bucket.Bucket
	stored map[string]bool
	table  pipeline.Table
}

func newWorld(t *testing.T) *world {
	t.Helper()
	client, err := firestore.NewClient(t.Context(), localtest.Firestore(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	objects, err := fileblob.OpenBucket(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, objects.Close()) })
	table, err := pipeline.Load()
	require.NoError(t, err)
	w := &world{t: t, now: time.Now().UTC().Truncate(time.Millisecond), fleet: storefirestore.New(client),
		bucket: bucket.New(objects), stored: map[string]bool{"ann": true}, table: table}
	for i := range 3 {
		w.submit(fmt.Sprint("r", i))
	}
	return w
}

// submit sends a message on a plan with one place, so that all but the first wait.
func (w *world) submit(id string) {
	w.t.Helper()
	u := w.user()
	_, err := u.Apply(w.t.Context(), store.Change{Threads: []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t-" + id}}}})
	require.NoError(w.t, err)
	require.NoError(w.t, w.bucket.User("ann").Put(w.t.Context(), "runs/"+id+"/f", strings.NewReader("x")))
	_, _, err = w.eraser(&process{}).Desk.Submit(w.t.Context(), u, pipeline.Submission{
		Run:     run.Run{ID: id, UserID: "ann", ThreadID: "t-" + id, MessageID: "m", Plan: plan.Free},
		Message: store.Message{ID: "m", ThreadID: "t-" + id}})
	require.NoError(w.t, err)
}

func (w *world) user() store.User {
	w.t.Helper()
	u, err := w.fleet.User("ann")
	require.NoError(w.t, err)
	return u
}

func (w *world) eraser(p *process) *erase.Eraser {
	clock := func() time.Time { return w.now }
	return &erase.Eraser{Bucket: w.bucket, Credentials: vault{w.stored, p}, Now: clock,
		Desk: &pipeline.Desk{Table: w.table, Store: w.fleet, Queue: noQueue{}, Now: clock}}
}

// left says what is still there of the user.
func (w *world) left() (all []string) {
	w.t.Helper()
	u := w.user()
	runs, err := u.Runs(w.t.Context(), store.Page{})
	require.NoError(w.t, err)
	threads, err := u.Threads(w.t.Context(), store.Page{})
	require.NoError(w.t, err)
	slots, err := u.Slots(w.t.Context())
	require.NoError(w.t, err)
	for _, r := range runs {
		all = append(all, r.ID)
	}
	for _, thread := range threads {
		all = append(all, thread.ID)
	}
	if !slots.Version.At.IsZero() {
		all = append(all, "slots")
	}
	for _, id := range []string{"r0", "r1", "r2"} {
		if _, err := w.bucket.User("ann").Size(w.t.Context(), "runs/"+id+"/f"); err == nil {
			all = append(all, "object of "+id)
		}
	}
	for uid := range w.stored {
		all = append(all, "credential of "+uid)
	}
	return all
}

func TestErasingThatIsKilledAnywhereIsFinishedByTheSweeper(t *testing.T) {
	whole := &process{}
	w := newWorld(t)
	u := mortal{w.user(), whole}
	require.Len(t, w.left(), 11)
	_, err := w.eraser(whole).Begin(t.Context(), u)
	require.NoError(t, err)
	_, err = w.eraser(whole).Pass(t.Context(), u)
	require.NoError(t, err)
	require.Empty(t, w.left())
	require.GreaterOrEqual(t, whole.effects, 8, "mark, credential, three runs, documents in two steps, next check")

	for at := 1; at <= whole.effects; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("effect %d, after it %v", at, after), func(t *testing.T) { killedAt(t, at, after) })
		}
	}
}

func killedAt(t *testing.T, at int, after bool) {
	w := newWorld(t)
	dying := &process{diesAt: at, after: after}
	_, err := w.eraser(dying).Begin(t.Context(), mortal{w.user(), dying})
	if err == nil {
		_, err = w.eraser(dying).Pass(t.Context(), mortal{w.user(), dying})
	}
	require.ErrorIs(t, err, errDead)
	marked, err := w.fleet.Erasing(t.Context(), w.now.Add(10*time.Minute), 10)
	require.NoError(t, err)
	if at == 1 && !after {
		require.Empty(t, marked)
		assert.Len(t, w.left(), 11, "without the mark nothing is touched, and the user was told so")
		return
	}
	require.Len(t, marked, 1)
	done, err := w.eraser(&process{}).Pass(t.Context(), marked[0])
	require.NoError(t, err)
	assert.False(t, done)
	assert.Empty(t, w.left())
	w.now = w.now.Add(erase.Settle)
	done, err = w.eraser(&process{}).Pass(t.Context(), marked[0])
	require.NoError(t, err)
	assert.True(t, done)
	profile, err := w.user().Profile(t.Context())
	require.NoError(t, err)
	assert.Nil(t, profile.Erasing)
}

func TestUserWithoutTheMarkIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	_, err := w.eraser(&process{}).Pass(t.Context(), w.user())
	require.NoError(t, err)
	assert.Len(t, w.left(), 11)
}

func TestErasingOutlivesWhatBeganBeforeIt(t *testing.T) {
	table, err := pipeline.Load()
	require.NoError(t, err)
	const urlAndToken = time.Hour
	for _, f := range table.Functions() {
		assert.Greater(t, erase.Settle-urlAndToken, 2*f.Timeout(), f.Name)
	}
}
