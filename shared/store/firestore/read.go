package firestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"cloud.google.com/go/firestore"

	"netra/shared/admission"
	"netra/shared/run"
	"netra/shared/store"
)

// maxPage bounds every list that a client can ask for.
const maxPage = 200

// read gets one document of the user.
func read[T any](ctx context.Context, u *user, pairs ...string) (store.Versioned[T], error) {
	var out store.Versioned[T]
	ref, err := u.doc(pairs...)
	if err != nil {
		return out, err
	}
	snap, err := ref.Get(ctx)
	if err = translate(err); err != nil {
		return out, fmt.Errorf("read %s: %w", pairs[0], err)
	}
	if err := snap.DataTo(&out.Value); err != nil {
		return out, fmt.Errorf("decode %s: %w", ref.Path, err)
	}
	listsNotNil(reflect.ValueOf(&out.Value))
	out.Version = store.Version{At: snap.UpdateTime}
	return out, nil
}

// list gets the documents of a query.
func list[T any](ctx context.Context, q firestore.Query) ([]T, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err = translate(err); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	out := make([]T, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&out[i]); err != nil {
			return nil, fmt.Errorf("decode %s: %w", snap.Ref.Path, err)
		}
		listsNotNil(reflect.ValueOf(&out[i]))
	}
	return out, nil
}

func orZero[T any](v store.Versioned[T], err error) (store.Versioned[T], error) {
	if errors.Is(err, store.ErrNotFound) {
		return store.Versioned[T]{}, nil
	}
	return v, err
}

func (u *user) Profile(ctx context.Context) (store.Profile, error) {
	var p store.Profile
	snap, err := u.root.Get(ctx)
	if err = translate(err); errors.Is(err, store.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read profile: %w", err)
	}
	err = snap.DataTo(&p)
	return p, err
}

func (u *user) Run(ctx context.Context, id string) (store.Versioned[run.Run], error) {
	return read[run.Run](ctx, u, "runs", id)
}

func (u *user) Slots(ctx context.Context) (store.Versioned[admission.Slots], error) {
	return orZero(read[admission.Slots](ctx, u, "admission", "slots"))
}

func (u *user) Thread(ctx context.Context, id string) (store.Versioned[store.Thread], error) {
	return read[store.Thread](ctx, u, "threads", id)
}

func (u *user) Dataset(ctx context.Context, id string) (store.Versioned[store.Dataset], error) {
	return read[store.Dataset](ctx, u, "datasets", id)
}

func (u *user) Receipt(ctx context.Context, key string) (store.Receipt, error) {
	r, err := read[store.Receipt](ctx, u, "idempotency", key)
	return r.Value, err
}

func (u *user) Artifact(ctx context.Context, runID, name string) (store.Artifact, error) {
	a, err := read[store.Artifact](ctx, u, "runs", runID, "artifacts", name)
	return a.Value, err
}

func (u *user) Events(ctx context.Context, runID string, after int64, limit int) ([]run.Event, error) {
	ref, err := u.doc("runs", runID)
	if err != nil {
		return nil, err
	}
	snaps, err := ref.Collection("events").Where("seq", ">", after).OrderBy("seq", firestore.Asc).
		Limit(limit).Documents(ctx).GetAll()
	if err = translate(err); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events := make([]run.Event, len(snaps))
	for i, snap := range snaps {
		if events[i], err = DecodeEvent(snap); err != nil {
			return nil, err
		}
	}
	return events, nil
}

func (u *user) Results(ctx context.Context, runID string) (map[string]json.RawMessage, error) {
	ref, err := u.doc("runs", runID)
	if err != nil {
		return nil, err
	}
	all, err := list[store.Result](ctx, ref.Collection("results").OrderBy(firestore.DocumentID, firestore.Asc))
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	newest := map[string]json.RawMessage{} // ids sort by round, so the last one stays
	for _, r := range all {
		newest[r.Stage] = r.Body
	}
	return newest, nil
}

// page applies a Page to a collection that is ordered by a time, newest first.
func (u *user) page(ctx context.Context, collection, order string, p store.Page) (firestore.Query, error) {
	if p.Limit <= 0 || p.Limit > maxPage {
		p.Limit = maxPage
	}
	q := u.root.Collection(collection).Query
	if p.Thread != "" {
		q = q.Where("thread_id", "==", p.Thread)
	}
	if p.Dataset != "" {
		q = q.Where("datasets", "array-contains", p.Dataset)
	}
	q = q.OrderBy(order, firestore.Desc).Limit(p.Limit)
	if p.Before == "" {
		return q, nil
	}
	ref, err := u.doc(collection, p.Before)
	if err != nil {
		return q, err
	}
	snap, err := ref.Get(ctx)
	if err = translate(err); err != nil {
		return q, fmt.Errorf("read the page's start: %w", err)
	}
	return q.StartAfter(snap), nil
}

func pageOf[T any](ctx context.Context, u *user, collection, order string, p store.Page) ([]T, error) {
	q, err := u.page(ctx, collection, order, p)
	if err != nil {
		return nil, err
	}
	return list[T](ctx, q)
}

func (u *user) Runs(ctx context.Context, p store.Page) ([]run.Run, error) {
	return pageOf[run.Run](ctx, u, "runs", "created_at", p)
}

func (u *user) Threads(ctx context.Context, p store.Page) ([]store.Thread, error) {
	return pageOf[store.Thread](ctx, u, "threads", "updated_at", p)
}

func (u *user) Datasets(ctx context.Context, p store.Page) ([]store.Dataset, error) {
	return pageOf[store.Dataset](ctx, u, "datasets", "created_at", p)
}

func (u *user) Messages(ctx context.Context, threadID string) ([]store.Message, error) {
	ref, err := u.doc("threads", threadID)
	if err != nil {
		return nil, err
	}
	return list[store.Message](ctx, ref.Collection("messages").OrderBy("created_at", firestore.Asc).LimitToLast(maxPage))
}
