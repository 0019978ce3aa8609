// Package run is the domain of Netra: a Run and everything that can happen to
// it, with no I/O. A Run is one message of a user on its way through the agent
// stages. Every change of state is a method that checks that the change is
// allowed, changes the Run and returns the events that tell of it; the store
// then writes both in one atomic step.
//
// The package imports the standard library only.
package run

import (
	"slices"
	"time"
)

// Status is where a run stands in its life.
type Status string

// A run starts queued or running. Waiting means that it asked for data and
// holds neither slot nor lease. The last four are final.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Waiting   Status = "waiting"
	Completed Status = "completed"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
	Expired   Status = "expired"
)

// Final reports whether nothing can follow the status.
func (s Status) Final() bool {
	switch s {
	case Completed, Failed, Cancelled, Expired:
		return true
	}
	return false
}

// Run is the execution state of one message. It is stored as one document;
// events and stage results are documents below it.
type Run struct {
	ID        string `firestore:"id" json:"id"`
	UserID    string `firestore:"user_id" json:"user_id"`
	ThreadID  string `firestore:"thread_id" json:"thread_id"`
	MessageID string `firestore:"message_id" json:"message_id"`
	// Previous is the run of the same thread that this one follows up, or "".
	Previous string `firestore:"previous" json:"previous,omitempty"`

	// Goal is the user's own text.
	Goal string `firestore:"goal" json:"goal"`
	// Datasets are the ids of the logs to analyse, in the order they were given.
	Datasets []string `firestore:"datasets" json:"datasets"`
	// PriceModel prices the calls of logs that name no model, or "".
	PriceModel string `firestore:"price_model" json:"price_model,omitempty"`
	// Plan is the user's plan when the run was accepted: free, early, mid, enterprise.
	Plan string `firestore:"plan" json:"plan"`

	Status Status `firestore:"status" json:"status"`
	// Stage is the stage that is running or that is next.
	Stage string `firestore:"stage" json:"stage"`
	// Route is the list of stages of this run, past and to come.
	Route []string `firestore:"route" json:"route"`
	// Round counts the data requests answered; a stage runs once per round.
	Round int `firestore:"round" json:"round"`
	// Attempt counts the claims of the current stage execution.
	Attempt int   `firestore:"attempt" json:"attempt"`
	Lease   Lease `firestore:"lease" json:"lease"`
	// Emitted holds the keys of the current stage execution's events that are
	// already written, so that a retry does not tell them again.
	Emitted []string `firestore:"emitted" json:"-"`
	// LastSeq is the number of the newest event; the first event is number 1.
	LastSeq int64 `firestore:"last_seq" json:"last_seq"`

	Sufficiency *Sufficiency `firestore:"sufficiency" json:"sufficiency,omitempty"`
	// Request is the open data request while the run waits, else nil.
	Request *DataRequest `firestore:"request" json:"request,omitempty"`
	// Answer is how the last data request ended: "data", "continue" or "expired".
	Answer string `firestore:"answer" json:"answer,omitempty"`
	// Source is where the user said, in answer to a data request, that the log is
	// to be fetched: a kind of package connector, or "".
	Source  string   `firestore:"source" json:"source,omitempty"`
	Failure *Failure `firestore:"failure" json:"failure,omitempty"`
	// StartState is the data state that the run's first assessment found, or "".
	StartState string `firestore:"start_state" json:"-"`
	// Converted says that data was given after an insufficient start.
	Converted bool `firestore:"converted" json:"-"`
	// ValueAt is when the run first found a saving; zero if it has found none.
	ValueAt time.Time `firestore:"value_at" json:"-"`
	// Artifacts are the names of the files that the run produced so far.
	Artifacts []string `firestore:"artifacts" json:"artifacts"`

	// Trace is the W3C traceparent of the request that started the run.
	Trace string `firestore:"trace" json:"-"`

	CreatedAt time.Time `firestore:"created_at" json:"created_at"`
	StartedAt time.Time `firestore:"started_at" json:"started_at,omitzero"`
	// StageStartedAt is when the current stage execution was first claimed.
	StageStartedAt time.Time `firestore:"stage_started_at" json:"stage_started_at,omitzero"`
	UpdatedAt      time.Time `firestore:"updated_at" json:"updated_at"`
	EndedAt        time.Time `firestore:"ended_at" json:"ended_at,omitzero"`
	// Deadline is when the sweeper ends the run if it has not ended: the limit
	// of a running run, or of the wait for data.
	Deadline time.Time `firestore:"deadline" json:"deadline"`
	// NextCheck is when the sweeper should look at the run; zero when it has ended.
	NextCheck time.Time `firestore:"next_check" json:"-"`
	// ExpireAt is when the run and all below it are deleted.
	ExpireAt time.Time `firestore:"expire_at" json:"expire_at"`
}

// Lease is the right of one invocation to work on the run's current stage.
// The zero Lease is free.
type Lease struct {
	Token   string    `firestore:"token" json:"-"`
	Expires time.Time `firestore:"expires" json:"expires,omitzero"`
}

// Live reports whether somebody holds the lease at the given time.
func (l Lease) Live(now time.Time) bool {
	return l.Token != "" && now.Before(l.Expires)
}

// Sufficiency says how much of what the goal needs the data gives.
type Sufficiency struct {
	// Score is from 0 to 100.
	Score int `firestore:"score" json:"score"`
	// State is insufficient, minimal, sufficient or optimal.
	State   string    `firestore:"state" json:"state"`
	Missing []Missing `firestore:"missing" json:"missing"`
}

// Missing is one part of the data that the goal needs and the log lacks.
type Missing struct {
	Field   string `firestore:"field" json:"field"`
	Why     string `firestore:"why" json:"why"`
	Unlocks string `firestore:"unlocks" json:"unlocks"`
	// Worth says what the part is worth on this log, as a range, in words.
	Worth string `firestore:"worth" json:"worth"`
	// WorthUSD is the same range in dollars over the log's span; both 0 if unknown.
	WorthUSD [2]float64 `firestore:"worth_usd" json:"worth_usd"`
	// Export are the steps to get the part from the user's provider.
	Export []string `firestore:"export" json:"export"`
}

// DataRequest is what a waiting run asks its user for.
type DataRequest struct {
	Round int `firestore:"round" json:"round"`
	// RoundsLeft is how many more requests may follow this one.
	RoundsLeft int       `firestore:"rounds_left" json:"rounds_left"`
	Items      []Missing `firestore:"items" json:"items"`
	// Resume is the stage that runs when the request is answered.
	Resume    string    `firestore:"resume" json:"-"`
	ExpiresAt time.Time `firestore:"expires_at" json:"expires_at"`
}

// Failure is why a run failed or expired, in words for its user.
type Failure struct {
	// Kind is a stable name such as "deadline", "deliveries", "bad_data", "internal".
	Kind   string `firestore:"kind" json:"kind"`
	Reason string `firestore:"reason" json:"reason"`
	// Advice is what the user can do.
	Advice string `firestore:"advice" json:"advice"`
}

// insufficient is the Sufficiency.State from which no saving can be computed.
const insufficient = "insufficient"

// StartedInsufficient reports whether the first assessment found too little data.
func (r *Run) StartedInsufficient() bool { return r.StartState == insufficient }

// MaxRounds is how often a run may ask for data.
const MaxRounds = 5

// Next returns the stage after the given one on the run's route, or "" if it is the last.
func (r *Run) Next(stage string) string {
	i := slices.Index(r.Route, stage)
	if i < 0 || i+1 >= len(r.Route) {
		return ""
	}
	return r.Route[i+1]
}
