//lint:file-ignore SA1019 WriteBatch is the one atomic write with preconditions in one round trip

package firestore

import (
	"context"
	"fmt"

	"cloud.google.com/go/firestore"
)

// deleteBatch is how many documents one atomic delete takes.
const deleteBatch = 300

// DeleteRun deletes what is below the run first and the run last, so that a
// deletion that was cut off can be repeated.
func (u *user) DeleteRun(ctx context.Context, id string) error {
	return u.remove(ctx, "runs", id, "events", "results", "artifacts")
}

func (u *user) DeleteThread(ctx context.Context, id string) error {
	return u.remove(ctx, "threads", id, "messages")
}

func (u *user) DeleteDataset(ctx context.Context, id string) error {
	return u.remove(ctx, "datasets", id)
}

func (u *user) remove(ctx context.Context, collection, id string, below ...string) error {
	ref, err := u.doc(collection, id)
	if err != nil {
		return err
	}
	for _, name := range below {
		if _, err := removeAll(ctx, u.client, ref.Collection(name).Query, 0); err != nil {
			return fmt.Errorf("delete %s of %s: %w", name, collection, err)
		}
	}
	if _, err := ref.Delete(ctx); err != nil {
		return fmt.Errorf("delete from %s: %w", collection, err)
	}
	return nil
}

// removeAll deletes what the query finds, at most limit documents (0 is all).
func removeAll(ctx context.Context, client *firestore.Client, q firestore.Query, limit int) (int, error) {
	deleted := 0
	for limit == 0 || deleted < limit {
		snaps, err := q.Limit(deleteBatch).Documents(ctx).GetAll()
		if err != nil || len(snaps) == 0 {
			return deleted, err
		}
		batch := client.Batch()
		for _, snap := range snaps {
			batch.Delete(snap.Ref)
		}
		if _, err := batch.Commit(ctx); err != nil {
			return deleted, err
		}
		deleted += len(snaps)
	}
	return deleted, nil
}
