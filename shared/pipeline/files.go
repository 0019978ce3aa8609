package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"netra/shared/store"
)

// maxInline is the size up to which an artifact is kept in its document, in bytes.
const maxInline = 200_000

// Files stores a user's objects whole or not at all. bucket.Bucket is one, through its users' Objects.
type Files interface {
	PutFor(ctx context.Context, uid, name string, r io.Reader) error
}

// putAside moves the bodies of large artifacts into objects. It is done before
// the commit, so a crash leaves at most an object that the run's deletion
// removes. Each attempt has a folder of its own: one that was replaced cannot
// overwrite what its successor committed.
func (s *Step) putAside(ctx context.Context, h *holder, artifacts []store.Artifact) ([]store.Artifact, error) {
	r := h.doc.Value
	folder := fmt.Sprintf("runs/%s/artifacts/%s.%d.%d/", r.ID, r.Stage, r.Round, r.Attempt)
	kept := make([]store.Artifact, len(artifacts))
	for i, a := range artifacts {
		a.ExpireAt = r.ExpireAt
		if len(a.Body) > maxInline {
			a.Object = folder + a.Name
			if err := s.Files.PutFor(ctx, h.user.UID(), a.Object, bytes.NewReader(a.Body)); err != nil {
				return nil, fmt.Errorf("store the file %s: %w", a.Name, err)
			}
			a.Body = nil
		}
		kept[i] = a
	}
	return kept, nil
}
