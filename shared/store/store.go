// Package store is the repository of execution state. A User is made for one
// uid and builds every document path from it, so no code that holds one can
// address another user's documents. Changes are data: a Change is written in
// one atomic step or not at all, and only if nobody changed meanwhile what it
// was computed from.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"netra/shared/admission"
	"netra/shared/run"
)

// The errors that callers decide by.
var (
	// ErrNotFound means that this user has no such document.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict means that a document changed since it was read: read again.
	ErrConflict = errors.New("store: changed meanwhile")
	// ErrTooLarge means that a document is over the database's limit of 1 MiB.
	ErrTooLarge = errors.New("store: document too large")
)

// Version identifies the state of a document that was read. The zero Version
// is that of a document that does not exist.
type Version struct{ At time.Time }

// Versioned is a document with the version that was read.
type Versioned[T any] struct {
	Value   T
	Version Version
}

// RunChange is a run to write with what tells of the change. A zero Version
// creates the run.
type RunChange struct {
	Run       run.Run
	Version   Version
	Events    []run.Event
	Results   []Result
	Artifacts []Artifact
}

// Change is one atomic write.
type Change struct {
	Runs     []RunChange
	Slots    *Versioned[admission.Slots]
	Threads  []Versioned[Thread]
	Messages []Message
	Datasets []Versioned[Dataset]
	Receipt  *Receipt
	// Counters are added to the product's metrics, exactly once with the change.
	Counters map[string]float64
}

// Page selects a part of a list, newest first.
type Page struct {
	Limit int
	// Before is the id after which the page starts, or "".
	Before string
	// Thread keeps only what belongs to the thread; "" keeps all.
	Thread string
	// Dataset keeps only runs that use the data set; "" keeps all.
	Dataset string
}

// Reader reads the documents of one user. It answers ErrNotFound for what this
// user does not have.
type Reader interface {
	UID() string
	// Profile is the zero Profile for a user who has none yet.
	Profile(ctx context.Context) (Profile, error)
	Run(ctx context.Context, id string) (Versioned[run.Run], error)
	Runs(ctx context.Context, page Page) ([]run.Run, error)
	// Events returns the events with numbers over after, in order.
	Events(ctx context.Context, runID string, after int64, limit int) ([]run.Event, error)
	// Results returns the newest result of each stage of the run.
	Results(ctx context.Context, runID string) (map[string]json.RawMessage, error)
	Artifact(ctx context.Context, runID, name string) (Artifact, error)
	// Slots are the zero Slots with a zero Version for a user who has none yet.
	Slots(ctx context.Context) (Versioned[admission.Slots], error)
	Thread(ctx context.Context, id string) (Versioned[Thread], error)
	Threads(ctx context.Context, page Page) ([]Thread, error)
	// Messages returns the thread's newest 200 messages, the oldest of them first.
	Messages(ctx context.Context, threadID string) ([]Message, error)
	Dataset(ctx context.Context, id string) (Versioned[Dataset], error)
	Datasets(ctx context.Context, page Page) ([]Dataset, error)
	Receipt(ctx context.Context, key string) (Receipt, error)
}

// User reads and changes the documents of one user.
type User interface {
	Reader
	// Apply writes the change and returns the new versions of change.Runs, in
	// order. With ErrConflict nothing was written.
	Apply(ctx context.Context, change Change) ([]Version, error)
	// DeleteThread deletes the thread and its messages, DeleteRun the run and
	// all below it; both are safe to repeat.
	DeleteThread(ctx context.Context, id string) error
	DeleteRun(ctx context.Context, id string) error
	DeleteDataset(ctx context.Context, id string) error
	// MarkErasing makes the mark the whole of the user's own document, in one
	// write. DeleteAll deletes every document below it, DeleteProfile the document
	// itself; all are safe to repeat.
	MarkErasing(ctx context.Context, mark Erasing) error
	DeleteAll(ctx context.Context) error
	DeleteProfile(ctx context.Context) error
}

// Opener makes repositories.
type Opener interface {
	// User returns the repository of one user. It fails for a uid that cannot
	// be a document id.
	User(uid string) (User, error)
}

// Ref addresses one user's document. Kind is "runs", "threads" or "datasets".
type Ref struct {
	UID, Kind, ID string
}

// Fleet is what the sweeper and the metrics see across all users.
type Fleet interface {
	Opener
	// Due returns runs whose NextCheck has passed, the oldest first.
	Due(ctx context.Context, now time.Time, limit int) ([]Ref, error)
	// Outdated returns documents whose ExpireAt has passed.
	Outdated(ctx context.Context, now time.Time, limit int) ([]Ref, error)
	// Erasing returns the users whose mark's Check has passed, the oldest first.
	Erasing(ctx context.Context, now time.Time, limit int) ([]User, error)
	// PurgeOutdated deletes leaf documents (receipts, orphans) past ExpireAt.
	PurgeOutdated(ctx context.Context, now time.Time, limit int) (int, error)
	// Counters returns the sums of all counters.
	Counters(ctx context.Context) (map[string]float64, error)
	// Ping checks that the database answers.
	Ping(ctx context.Context) error
}
