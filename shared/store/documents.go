package store

import (
	"time"

	"netra/shared/run"
)

// Thread is a conversation.
type Thread struct {
	ID        string    `firestore:"id" json:"id"`
	Title     string    `firestore:"title" json:"title"`
	LastRun   string    `firestore:"last_run" json:"last_run"`
	CreatedAt time.Time `firestore:"created_at" json:"created_at"`
	UpdatedAt time.Time `firestore:"updated_at" json:"updated_at"`
	ExpireAt  time.Time `firestore:"expire_at" json:"-"`
}

// Message is one utterance in a thread. Role is "user".
type Message struct {
	ID        string    `firestore:"id" json:"id"`
	ThreadID  string    `firestore:"thread_id" json:"thread_id"`
	Role      string    `firestore:"role" json:"role"`
	Content   string    `firestore:"content" json:"content"`
	RunID     string    `firestore:"run_id" json:"run_id"`
	CreatedAt time.Time `firestore:"created_at" json:"created_at"`
	ExpireAt  time.Time `firestore:"expire_at" json:"-"`
}

// Dataset is an uploaded usage log. Its bytes are objects of the bucket.
type Dataset struct {
	ID       string `firestore:"id" json:"id"`
	Filename string `firestore:"filename" json:"filename"`
	Bytes    int64  `firestore:"bytes" json:"bytes"`
	// PartBytes is the size of every part but the last.
	PartBytes int64 `firestore:"part_bytes" json:"-"`
	// Status is uploading, ready or refused.
	Status     string `firestore:"status" json:"status"`
	Format     string `firestore:"format" json:"format,omitempty"`
	PriceModel string `firestore:"price_model" json:"price_model,omitempty"`
	SHA256     string `firestore:"sha256" json:"sha256,omitempty"`
	// Mapping says which column holds which field (usage.Mapping), for a log of
	// unknown format; empty otherwise.
	Mapping JSON `firestore:"mapping" json:"mapping,omitempty"`
	// Preview is what was found in the first part of the log.
	Preview   JSON         `firestore:"preview" json:"preview,omitempty"`
	Problem   *run.Failure `firestore:"problem" json:"problem,omitempty"`
	CreatedAt time.Time    `firestore:"created_at" json:"created_at"`
	ExpireAt  time.Time    `firestore:"expire_at" json:"expire_at"`
}

// Parts is in how many parts the log is uploaded.
func (d Dataset) Parts() int { return int((d.Bytes + d.PartBytes - 1) / d.PartBytes) }

// Profile is the user's own document.
type Profile struct {
	Plan string `firestore:"plan" json:"plan"`
	// Erasing is there while everything of the user is being erased, instead of the
	// rest: since when (since), and when the sweeper looks again (check).
	Erasing *Erasing `firestore:"erasing" json:"erasing,omitempty"`
}

// Erasing marks a user whose data is being erased and who starts nothing new.
type Erasing struct {
	Since time.Time `firestore:"since" json:"since"`
	// Check is when the sweeper looks again for what came back.
	Check time.Time `firestore:"check" json:"check"`
}

// Artifact is a file that a run produced. Large bodies lie in the bucket under
// Object; Body is then empty.
type Artifact struct {
	Name      string    `firestore:"name" json:"name"`
	MediaType string    `firestore:"media_type" json:"media_type"`
	Bytes     int64     `firestore:"bytes" json:"bytes"`
	Body      []byte    `firestore:"body" json:"-"`
	Object    string    `firestore:"object" json:"-"`
	ExpireAt  time.Time `firestore:"expire_at" json:"-"`
}

// Result is what a stage execution computed, as JSON. It is created once and
// never changed: its existence is the proof of the commit.
type Result struct {
	Stage    string    `firestore:"stage"`
	Round    int       `firestore:"round"`
	Body     []byte    `firestore:"body"`
	ExpireAt time.Time `firestore:"expire_at"`
}

// Receipt is the stored answer to a request with an idempotency key.
type Receipt struct {
	Key string `firestore:"key"`
	// Request is the hash of the request; another request with the same key is refused.
	Request  string    `firestore:"request"`
	Status   int       `firestore:"status"`
	Body     []byte    `firestore:"body"`
	ExpireAt time.Time `firestore:"expire_at"`
}
