package firestore

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"netra/shared/store"
)

// epoch separates times that are set from the zero time, which is long before it.
var epoch = time.Unix(0, 0)

// due selects documents of all users whose time field is set and has passed.
func (s *Store) due(collection, field string, now time.Time, limit int) firestore.Query {
	return s.client.CollectionGroup(collection).Where(field, ">", epoch).Where(field, "<=", now).
		OrderBy(field, firestore.Asc).Limit(limit)
}

func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]store.Ref, error) {
	return refs(ctx, "runs", s.due("runs", "next_check", now, limit))
}

func (s *Store) Outdated(ctx context.Context, now time.Time, limit int) ([]store.Ref, error) {
	var all []store.Ref
	for _, kind := range []string{"runs", "threads", "datasets"} {
		found, err := refs(ctx, kind, s.due(kind, "expire_at", now, limit))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (s *Store) Erasing(ctx context.Context, now time.Time, limit int) ([]store.User, error) {
	const check = "erasing.check"
	snaps, err := s.client.Collection("users").Where(check, "<=", now).OrderBy(check, firestore.Asc).Limit(limit).
		Select().Documents(ctx).GetAll()
	if err = translate(err); err != nil {
		return nil, fmt.Errorf("query users who are being erased: %w", err)
	}
	found := make([]store.User, 0, len(snaps))
	for _, snap := range snaps {
		u, err := s.User(snap.Ref.ID)
		if err != nil {
			return nil, err
		}
		found = append(found, u)
	}
	return found, nil
}

func (s *Store) PurgeOutdated(ctx context.Context, now time.Time, limit int) (int, error) {
	total := 0
	for _, kind := range []string{"idempotency", "messages", "events", "results", "artifacts"} {
		n, err := removeAll(ctx, s.client, s.due(kind, "expire_at", now, limit), limit)
		total += n
		if err != nil {
			return total, fmt.Errorf("purge %s: %w", kind, err)
		}
	}
	return total, nil
}

// refs runs the query and addresses what it finds: users/{uid}/{kind}/{id}.
func refs(ctx context.Context, kind string, q firestore.Query) ([]store.Ref, error) {
	snaps, err := q.Select().Documents(ctx).GetAll()
	if err = translate(err); err != nil {
		return nil, fmt.Errorf("query %s of all users: %w", kind, err)
	}
	found := make([]store.Ref, 0, len(snaps))
	for _, snap := range snaps {
		if owner := snap.Ref.Parent.Parent; owner != nil && owner.Parent.ID == "users" {
			found = append(found, store.Ref{UID: owner.ID, Kind: kind, ID: snap.Ref.ID})
		}
	}
	return found, nil
}

func (s *Store) Counters(ctx context.Context) (map[string]float64, error) {
	shards, err := s.client.Collection("metrics").Documents(ctx).GetAll()
	if err = translate(err); err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	sums := map[string]float64{}
	for _, shard := range shards {
		var doc struct {
			Counters map[string]float64 `firestore:"counters"`
		}
		if err := shard.DataTo(&doc); err != nil {
			return nil, fmt.Errorf("decode %s: %w", shard.Ref.Path, err)
		}
		for name, by := range doc.Counters {
			sums[name] += by
		}
	}
	return sums, nil
}
