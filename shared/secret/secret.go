// Package secret reads secrets from Google Secret Manager and keeps each for a
// while, so that a busy instance does not ask for every request.
package secret

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"time"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// keep is how long a secret is used before it is read again; a rotated secret
// is picked up within this time.
const keep = 5 * time.Minute

// ErrNotFound means that the secret does not exist or has no version.
var ErrNotFound = errors.New("secret: not found")

// Reader reads secrets of one project. It is safe for concurrent use.
type Reader struct {
	client  *secretmanager.Client
	project string
	now     func() time.Time

	mu    sync.Mutex
	known map[string]entry
}

type entry struct {
	value []byte
	until time.Time
}

// NewReader makes a Reader on a client that the caller owns and closes.
func NewReader(client *secretmanager.Client, project string, now func() time.Time) *Reader {
	return &Reader{client: client, project: project, now: now, known: map[string]entry{}}
}

// Read returns the newest version of the secret, or the one read a short while
// ago. Its error never holds the value.
func (r *Reader) Read(ctx context.Context, name string) ([]byte, error) {
	r.mu.Lock()
	e, ok := r.known[name]
	r.mu.Unlock()
	if ok && r.now().Before(e.until) {
		return slices.Clone(e.value), nil
	}
	value, err := r.ReadNewest(ctx, name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[name] = entry{slices.Clone(value), r.now().Add(keep)}
	return value, nil
}

// ReadNewest is Read without what is kept.
func (r *Reader) ReadNewest(ctx context.Context, name string) ([]byte, error) {
	resp, err := r.client.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{
		Name: fmt.Sprintf("projects/%s/secrets/%s/versions/latest", r.project, name)})
	if status.Code(err) == codes.NotFound {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	data := resp.GetPayload().GetData()
	sum := int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	if resp.GetPayload().DataCrc32C != nil && resp.GetPayload().GetDataCrc32C() != sum {
		return nil, fmt.Errorf("read secret %s: damaged on the way", name)
	}
	return data, nil
}
