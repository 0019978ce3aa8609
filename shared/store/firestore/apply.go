//lint:file-ignore SA1019 WriteBatch is the one atomic write with preconditions in one round trip

package firestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"

	"cloud.google.com/go/firestore"

	"netra/shared/run"
	"netra/shared/store"
)

// metricShards is over how many documents counters are spread: Firestore
// sustains about one write a second on one document.
const metricShards = 16

// maxChange bounds what one change carries, under Firestore's limit of 10 MiB a
// commit: https://firebase.google.com/docs/firestore/quotas#writes. The client
// library tries a commit over the limit again and again for a minute.
const maxChange = 9 << 20

// writer fills one atomic batch and keeps the first error.
type writer struct {
	user  *user
	batch *firestore.WriteBatch
	runs  []int // the index of each run's write in the batch
	size  int
	err   error
}

// Apply writes the change in one atomic batch.
func (u *user) Apply(ctx context.Context, c store.Change) ([]store.Version, error) {
	if n := payload(c); n > maxChange {
		return nil, fmt.Errorf("%w: a change of %d bytes", store.ErrTooLarge, n)
	}
	// A transaction would cost a second round trip and take locks; BulkWriter is
	// not atomic.
	w := &writer{user: u, batch: u.client.Batch()}
	nonce := rand.Text()
	for _, rc := range c.Runs {
		w.run(rc, nonce)
	}
	w.rest(c)
	if w.err != nil {
		return nil, w.err
	}
	results, err := w.batch.Commit(ctx)
	if err = translate(err); errors.Is(err, store.ErrConflict) {
		return u.written(ctx, c, nonce, err)
	}
	if err != nil {
		return nil, fmt.Errorf("write to firestore: %w", err)
	}
	versions := make([]store.Version, len(w.runs))
	for i, at := range w.runs {
		versions[i] = store.Version{At: results[at].UpdateTime}
	}
	return versions, nil
}

// payload is about how many bytes the change carries.
func payload(c store.Change) int {
	n := 0
	for _, rc := range c.Runs {
		for _, e := range rc.Events {
			n += len(e.Data)
		}
		for _, r := range rc.Results {
			n += len(r.Body)
		}
		for _, a := range rc.Artifacts {
			n += len(a.Body)
		}
	}
	return n
}

// written tells a conflict from a write whose answer was lost and that the
// client library repeated: then every run carries the write's own nonce.
func (u *user) written(ctx context.Context, c store.Change, nonce string, conflict error) ([]store.Version, error) {
	var versions []store.Version
	for _, rc := range c.Runs {
		snap, err := u.root.Collection("runs").Doc(rc.Run.ID).Get(ctx)
		if err != nil {
			return nil, conflict
		}
		if mark, _ := snap.DataAt("write"); mark != nonce {
			return nil, conflict
		}
		versions = append(versions, store.Version{At: snap.UpdateTime})
	}
	if len(versions) == 0 {
		return nil, conflict
	}
	return versions, nil
}

func (w *writer) run(rc store.RunChange, nonce string) {
	ref := w.ref("runs", rc.Run.ID)
	if w.err != nil {
		return
	}
	doc := append(fields(rc.Run), firestore.Update{Path: "write", Value: nonce})
	w.runs = append(w.runs, w.size)
	w.put(ref, doc, rc.Version)
	for _, e := range rc.Events {
		w.event(ref, e, rc.Run)
	}
	for _, r := range rc.Results {
		w.create(w.ref("runs", rc.Run.ID, "results", resultID(r.Stage, r.Round)), r)
	}
	for _, a := range rc.Artifacts {
		w.set(w.ref("runs", rc.Run.ID, "artifacts", a.Name), a)
	}
}

func resultID(stage string, round int) string { return fmt.Sprintf("%s.%02d", stage, round) }

func (w *writer) event(ref *firestore.DocumentRef, e run.Event, r run.Run) {
	doc, err := encodeEvent(e, r.ExpireAt)
	if err != nil {
		w.fail(err)
		return
	}
	w.create(ref.Collection("events").Doc(eventID(e.Seq)), doc)
}

func (w *writer) rest(c store.Change) {
	if c.Slots != nil {
		w.put(w.ref("admission", "slots"), fields(c.Slots.Value), c.Slots.Version)
	}
	for _, t := range c.Threads {
		w.put(w.ref("threads", t.Value.ID), fields(t.Value), t.Version)
	}
	for _, m := range c.Messages {
		w.create(w.ref("threads", m.ThreadID, "messages", m.ID), m)
	}
	for _, d := range c.Datasets {
		w.put(w.ref("datasets", d.Value.ID), fields(d.Value), d.Version)
	}
	if c.Receipt != nil {
		w.create(w.ref("idempotency", c.Receipt.Key), *c.Receipt)
	}
	if len(c.Counters) > 0 {
		w.count(c.Counters)
	}
}

func (w *writer) count(counters map[string]float64) {
	sums := map[string]any{}
	for name, by := range counters {
		sums[name] = firestore.Increment(by)
	}
	ref := w.user.client.Collection("metrics").Doc(strconv.Itoa(mathrand.IntN(metricShards)))
	w.batch.Set(ref, map[string]any{"counters": sums}, firestore.MergeAll)
	w.size++
}

// put creates the document, or replaces its fields if it is still at the version.
func (w *writer) put(ref *firestore.DocumentRef, doc []firestore.Update, v store.Version) {
	if w.err != nil {
		return
	}
	if !v.At.IsZero() {
		w.batch.Update(ref, doc, firestore.LastUpdateTime(v.At))
		w.size++
		return
	}
	whole := map[string]any{}
	for _, f := range doc {
		name := f.Path
		if name == "" {
			name = f.FieldPath[0]
		}
		whole[name] = f.Value
	}
	w.create(ref, whole)
}

func (w *writer) create(ref *firestore.DocumentRef, doc any) {
	if w.err == nil {
		w.batch.Create(ref, doc)
		w.size++
	}
}

func (w *writer) set(ref *firestore.DocumentRef, doc any) {
	if w.err == nil {
		w.batch.Set(ref, doc)
		w.size++
	}
}

func (w *writer) ref(pairs ...string) *firestore.DocumentRef {
	ref, err := w.user.doc(pairs...)
	if err != nil {
		w.fail(fmt.Errorf("path %v: %w", pairs, err))
	}
	return ref
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
