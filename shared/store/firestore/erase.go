package firestore

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"netra/shared/store"
)

// MarkErasing is a Set of the whole document: the plan goes with it.
func (u *user) MarkErasing(ctx context.Context, mark store.Erasing) error {
	if _, err := u.root.Set(ctx, map[string]any{"erasing": mark}); err != nil {
		return fmt.Errorf("mark the user: %w", err)
	}
	return nil
}

func (u *user) DeleteProfile(ctx context.Context) error {
	if _, err := u.root.Delete(ctx); err != nil {
		return fmt.Errorf("delete the user's document: %w", err)
	}
	return nil
}

// DeleteAll asks Firestore which collections there are, so that none which a
// later version adds is forgotten.
func (u *user) DeleteAll(ctx context.Context) error {
	collections, err := u.root.Collections(ctx).GetAll()
	if err != nil {
		return fmt.Errorf("list the user's collections: %w", err)
	}
	for _, c := range collections {
		if err := u.deleteTree(ctx, c); err != nil {
			return fmt.Errorf("delete all %s: %w", c.ID, err)
		}
	}
	return nil
}

// deleteTree deletes the collection's documents, each after what is below it, so
// that a deletion that was cut off has got somewhere. It finds also what lies
// below a document that is not there.
func (u *user) deleteTree(ctx context.Context, c *firestore.CollectionRef) error {
	refs := c.DocumentRefs(ctx)
	for {
		ref, err := refs.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return err
		}
		below, err := ref.Collections(ctx).GetAll()
		if err != nil {
			return err
		}
		for _, b := range below {
			if _, err := removeAll(ctx, u.client, b.Query, 0); err != nil {
				return err
			}
		}
		if _, err := ref.Delete(ctx); err != nil {
			return err
		}
	}
}
