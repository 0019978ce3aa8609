// Package firestore keeps execution state in Firestore. Its documents are
//
//	users/{uid}                                     Profile
//	users/{uid}/threads/{thread}                    Thread
//	users/{uid}/threads/{thread}/messages/{id}      Message
//	users/{uid}/datasets/{dataset}                  Dataset
//	users/{uid}/runs/{run}                          run.Run
//	users/{uid}/runs/{run}/events/{00000001}        run.Event
//	users/{uid}/runs/{run}/results/{stage.round}    Result
//	users/{uid}/runs/{run}/artifacts/{name}         Artifact
//	users/{uid}/admission/slots                     admission.Slots
//	users/{uid}/idempotency/{key}                   Receipt
//	metrics/{shard}                                 counters, summed over the shards
package firestore

import (
	"context"
	"fmt"
	"regexp"

	"cloud.google.com/go/firestore"

	"netra/shared/store"
)

// Store is the Firestore adapter of store.Fleet.
type Store struct {
	client *firestore.Client
}

// New makes a Store on a client that the caller owns and closes.
func New(client *firestore.Client) *Store { return &Store{client} }

// documentID is what a uid and every other id of a path must look like; it is
// stricter than Firestore and keeps a path from being left by a crafted id.
var documentID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$`)

// User returns the repository of one user.
func (s *Store) User(uid string) (store.User, error) {
	if !documentID.MatchString(uid) {
		return nil, fmt.Errorf("uid %.40q cannot be a document id", uid)
	}
	return &user{uid: uid, client: s.client, root: s.client.Collection("users").Doc(uid)}, nil
}

// Ping checks that the database answers, by reading a document that need not exist.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.client.Collection("metrics").Doc("0").Get(ctx)
	if err = translate(err); err != nil && err != store.ErrNotFound {
		return fmt.Errorf("read from firestore: %w", err)
	}
	return nil
}

// user is one user's documents; every path begins at its root.
type user struct {
	uid    string
	client *firestore.Client
	root   *firestore.DocumentRef
}

func (u *user) UID() string { return u.uid }

// doc returns the reference below the root made of collection and id pairs, or
// ErrNotFound when an id cannot exist.
func (u *user) doc(pairs ...string) (*firestore.DocumentRef, error) {
	ref := u.root
	for i := 0; i+1 < len(pairs); i += 2 {
		if !documentID.MatchString(pairs[i+1]) {
			return nil, store.ErrNotFound
		}
		ref = ref.Collection(pairs[i]).Doc(pairs[i+1])
	}
	return ref, nil
}
