package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/fileblob"

	"netra/emulators/localtest"
	"netra/shared/admission"
	"netra/shared/bucket"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// kit is a whole pipeline on a database of its own. Its clock moves only when a
// test moves it, and its queue holds messages until a test delivers them.
type kit struct {
	t     *testing.T
	table pipeline.Table
	fleet *storefirestore.Store
	desk  *pipeline.Desk
	queue *recorder
	clock *clock
	files *bucket.Bucket
	lease time.Duration
	// works are the stages that do something else than diligent.
	works map[string]pipeline.StageFunc
}

func newKit(t *testing.T) *kit {
	t.Helper()
	t.Parallel() // the emulator answers many at once, and no test shares a database
	client, err := firestore.NewClient(t.Context(), localtest.Firestore(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	table, err := pipeline.Load()
	require.NoError(t, err)
	objects, err := fileblob.OpenBucket(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, objects.Close()) })
	k := &kit{t: t, table: table, fleet: storefirestore.New(client), queue: &recorder{},
		clock: &clock{at: time.Now().UTC().Truncate(time.Millisecond)}, lease: time.Minute,
		files: bucket.New(objects), works: map[string]pipeline.StageFunc{}}
	k.desk = &pipeline.Desk{Table: table, Store: k.fleet, Queue: k.queue, Now: k.clock.now}
	return k
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// recorder is a queue that keeps what was published until it is taken.
type recorder struct {
	mu       sync.Mutex
	waiting  []queue.Message
	all      []queue.Message
	refusing error
}

func (q *recorder) Publish(_ context.Context, m queue.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refusing != nil {
		return q.refusing
	}
	q.waiting, q.all = append(q.waiting, m), append(q.all, m)
	return nil
}

func (q *recorder) refuse(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refusing = err
}

func (q *recorder) take() (queue.Message, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return queue.Message{}, false
	}
	m := q.waiting[0]
	q.waiting = q.waiting[1:]
	return m, true
}

func (q *recorder) lose() { q.mu.Lock(); q.waiting = nil; q.mu.Unlock() }

func (q *recorder) published() []queue.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.all)
}

// diligent is a stage that tells each of the five kinds of event once.
func diligent(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	stage := in.Run.Stage
	err := errors.Join(
		emit.Think(ctx, "look", "I look at "+in.Run.Goal, 0.5),
		emit.ToolExecuting(ctx, run.ToolExecutingData{Tool: "count", Parameters: json.RawMessage(`{}`)}),
		emit.ToolCompleted(ctx, run.ToolCompletedData{Tool: "count", Success: true}))
	return pipeline.Result{Summary: stage + " is done", Body: map[string]any{"stage": stage, "goal": in.Run.Goal, "round": in.Run.Round}}, err
}

func (k *kit) step(stage string) *pipeline.Step {
	work, ok := k.works[stage]
	if !ok {
		work = diligent
	}
	return k.stepOf(stage, work)
}

func (k *kit) stepOf(stage string, work pipeline.StageFunc) *pipeline.Step {
	f, ok := k.table.Function(stage)
	require.True(k.t, ok, stage)
	return &pipeline.Step{Stage: f, Work: work, Desk: k.desk, Files: k.files, Lease: k.lease, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func (k *kit) deliver(m queue.Message) error { return k.step(m.Stage).Handle(k.t.Context(), m) }

// drain delivers messages until none waits; each must be acknowledged.
func (k *kit) drain() {
	k.t.Helper()
	for m, ok := k.queue.take(); ok; m, ok = k.queue.take() {
		require.NoError(k.t, k.deliver(m), "%+v", m)
	}
}

func (k *kit) user(uid string) store.User {
	k.t.Helper()
	u, err := k.fleet.User(uid)
	require.NoError(k.t, err)
	return u
}

// thread makes the user's thread "t", once.
func (k *kit) thread(u store.User) {
	k.t.Helper()
	_, err := u.Apply(k.t.Context(), store.Change{Threads: []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t"}}}})
	if !errors.Is(err, store.ErrConflict) {
		require.NoError(k.t, err)
	}
}

func submission(u store.User, id, planName string) pipeline.Submission {
	return pipeline.Submission{
		Run: run.Run{ID: id, UserID: u.UID(), ThreadID: "t", MessageID: "m-" + id, Goal: "goal of " + u.UID() + " " + id,
			Plan: planName, Datasets: []string{}, Artifacts: []string{}},
		Message: store.Message{ID: "m-" + id, ThreadID: "t", Role: "user", RunID: id},
		Title:   "title of " + id,
	}
}

func (k *kit) submitTo(u store.User, id, planName string) (run.Run, admission.Decision) {
	k.t.Helper()
	k.thread(u)
	r, d, err := k.desk.Submit(k.t.Context(), u, submission(u, id, planName))
	require.NoError(k.t, err)
	return r, d
}

// submit starts the run "r1" of ann and returns its first message.
func (k *kit) submit() (store.User, queue.Message) {
	k.t.Helper()
	u := k.user("ann")
	k.submitTo(u, "r1", plan.Enterprise)
	m, ok := k.queue.take()
	require.True(k.t, ok, "the first stage is told")
	return u, m
}

func (k *kit) run(u store.User, id string) run.Run {
	k.t.Helper()
	doc, err := u.Run(k.t.Context(), id)
	require.NoError(k.t, err)
	return doc.Value
}

func (k *kit) events(u store.User, id string) []run.Event {
	k.t.Helper()
	events, err := u.Events(k.t.Context(), id, 0, 1000)
	require.NoError(k.t, err)
	return events
}

func (k *kit) slots(u store.User) admission.Slots {
	k.t.Helper()
	s, err := u.Slots(k.t.Context())
	require.NoError(k.t, err)
	return s.Value
}

func (k *kit) counters() map[string]float64 {
	k.t.Helper()
	c, err := k.fleet.Counters(k.t.Context())
	require.NoError(k.t, err)
	return c
}

// told lists the events as "stage type", the stage left out for the run's own.
func told(events []run.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, strings.TrimSpace(e.Stage+" "+string(e.Type)))
	}
	return all
}

// stageEvents are the events that a stage tells when all goes well.
func stageEvents(stage string) []string {
	var all []string
	for _, kind := range []run.EventType{run.AgentStarted, run.AgentThinking, run.ToolExecuting, run.ToolCompleted, run.AgentCompleted} {
		all = append(all, stage+" "+string(kind))
	}
	return all
}

// wholeRun are the events of a run whose stages all go well at once.
func (k *kit) wholeRun() []string {
	all := []string{string(run.RunStarted)}
	for _, stage := range k.table.StageNames() {
		all = append(all, stageEvents(stage)...)
	}
	return append(all, string(run.RunCompleted))
}

// wellFormed checks what holds for the events of every run, whatever happened:
// numbers without gap or duplicate, nothing after the one end, and the events of
// each completed stage exactly once and in order.
func wellFormed(events []run.Event) error {
	var open []run.EventType
	ended := false
	for i, e := range events {
		if e.Seq != int64(i+1) {
			return fmt.Errorf("event %d has number %d: %v", i+1, e.Seq, told(events))
		}
		if ended {
			return fmt.Errorf("%s after the end", e.Type)
		}
		switch e.Type {
		case run.RunCompleted, run.RunFailed, run.RunCancelled:
			ended = true
		case run.AgentStarted:
			open = []run.EventType{e.Type}
		case run.AgentThinking, run.ToolExecuting, run.ToolCompleted:
			open = append(open, e.Type)
		case run.AgentCompleted:
			open = append(open, e.Type)
			want := []run.EventType{run.AgentStarted, run.AgentThinking, run.ToolExecuting, run.ToolCompleted, run.AgentCompleted}
			if !slices.Equal(open, want) {
				return fmt.Errorf("stage %s told %v", e.Stage, open)
			}
		}
	}
	return nil
}

// requireCompleted checks that the run is over with every stage committed once
// and every place given back.
func (k *kit) requireCompleted(u store.User, id string) {
	k.t.Helper()
	r, events := k.run(u, id), k.events(u, id)
	require.Equal(k.t, run.Completed, r.Status, "%v", told(events))
	require.NoError(k.t, wellFormed(events))
	require.Equal(k.t, r.LastSeq, int64(len(events)))
	results, err := u.Results(k.t.Context(), id)
	require.NoError(k.t, err)
	require.Len(k.t, results, len(k.table.Stages))
	s := k.slots(u)
	require.Empty(k.t, s.Running)
	require.Empty(k.t, s.Queued)
}
