package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The errors of changes that are not allowed. Store and pipeline decide by them
// what to do with a message.
var (
	// ErrNotHolder means that the lease was lost: another invocation took over,
	// or the run was cancelled or ended meanwhile.
	ErrNotHolder = errors.New("run: the lease is held by another invocation")
	// ErrLeased means that another invocation works on the stage now.
	ErrLeased = errors.New("run: the stage is being worked on")
	// ErrPast means that the stage was committed already, or is not on the route now.
	ErrPast = errors.New("run: the stage is done")
	// ErrEnded means that the run has reached a final status.
	ErrEnded = errors.New("run: the run has ended")
	// ErrNotQueued means that the run has a slot already or waits for data.
	ErrNotQueued = errors.New("run: the run is not queued")
	// ErrNotRunning means that the run is queued or waits for data.
	ErrNotRunning = errors.New("run: the run is not running")
	// ErrNotWaiting means that the run has not asked for data.
	ErrNotWaiting = errors.New("run: the run does not wait for data")
)

// Grace is how long after a lease or a hand-on the sweeper waits before it
// takes a message for lost.
const Grace = 5 * time.Second

// Enqueue tells that the run waits for a slot.
func (r *Run) Enqueue(position int, now time.Time) ([]Event, error) {
	if err := r.queued(); err != nil {
		return nil, err
	}
	r.NextCheck = now.Add(4 * Grace)
	return r.tell(now, RunQueued, "", RunQueuedData{Position: position})
}

// Start gives the run a slot: it is running and waits for a claim of its stage.
// limit is how long it may run.
func (r *Run) Start(now time.Time, limit time.Duration) ([]Event, error) {
	if err := r.queued(); err != nil {
		return nil, err
	}
	r.Status = Running
	if r.StartedAt.IsZero() {
		r.StartedAt = now
	}
	r.Deadline = now.Add(limit)
	r.NextCheck = now.Add(Grace)
	return r.tell(now, RunStarted, "", RunStartedData{Route: r.Route})
}

func (r *Run) queued() error {
	switch {
	case r.Status.Final():
		return ErrEnded
	case r.Status != Queued:
		return ErrNotQueued
	}
	return nil
}

// Claim takes the lease for one invocation of a stage. The first claim of a
// stage execution tells agent_started, later ones tell stage_retrying.
func (r *Run) Claim(stage, title, token string, now time.Time, ttl time.Duration) ([]Event, error) {
	switch {
	case r.Status.Final():
		return nil, ErrEnded
	case r.Stage != stage:
		return nil, ErrPast
	case r.Status != Running:
		return nil, ErrNotRunning
	case r.Lease.Live(now):
		return nil, ErrLeased
	}
	r.Attempt++
	r.hold(token, now, ttl)
	if r.Attempt > 1 {
		return r.tell(now, StageRetrying, stage, StageRetryingData{
			Attempt: r.Attempt, Reason: "the previous attempt stopped before it was done"})
	}
	r.StageStartedAt = now
	r.Emitted = nil
	return r.tell(now, AgentStarted, stage, AgentStartedData{
		Agent: title, Position: slices.Index(r.Route, stage) + 1, Stages: len(r.Route)})
}

// Holds returns ErrNotHolder unless the token holds the lease of a running run.
// An expired lease that nobody else took still counts: the fence is the token.
func (r *Run) Holds(token string) error {
	if r.Status != Running || token == "" || r.Lease.Token != token {
		return ErrNotHolder
	}
	return nil
}

// Renew extends the holder's lease.
func (r *Run) Renew(token string, now time.Time, ttl time.Duration) error {
	if err := r.Holds(token); err != nil {
		return err
	}
	r.hold(token, now, ttl)
	return nil
}

// Release frees the holder's lease early, so that a redelivery need not wait
// for it to expire.
func (r *Run) Release(token string, now time.Time) error {
	if err := r.Holds(token); err != nil {
		return err
	}
	r.Lease = Lease{}
	r.NextCheck = now.Add(Grace)
	r.UpdatedAt = now
	return nil
}

func (r *Run) hold(token string, now time.Time, ttl time.Duration) {
	r.Lease = Lease{Token: token, Expires: now.Add(ttl)}
	r.NextCheck = r.Lease.Expires.Add(Grace)
	r.UpdatedAt = now
}

// Draft is an event of a stage that is not numbered yet. Key identifies it
// within the stage execution: a draft whose key was written by an earlier
// attempt is not written again.
type Draft struct {
	Key  string
	Type EventType
	Time time.Time
	Data any
}

// Emit numbers the holder's drafts that no earlier attempt has written.
func (r *Run) Emit(token string, drafts []Draft) ([]Event, error) {
	if err := r.Holds(token); err != nil {
		return nil, err
	}
	var events []Event
	for _, d := range drafts {
		if slices.Contains(r.Emitted, d.Key) {
			continue
		}
		told, err := r.tell(d.Time, d.Type, r.Stage, d.Data)
		if err != nil {
			return nil, err
		}
		r.Emitted = append(r.Emitted, d.Key)
		events = append(events, told...)
	}
	return events, nil
}

// tell numbers one event and touches the run.
func (r *Run) tell(now time.Time, t EventType, stage string, data any) ([]Event, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("run %s: encode %s: %w", r.ID, t, err)
	}
	r.LastSeq++
	r.UpdatedAt = now
	attempt := 0
	if stage != "" {
		attempt = r.Attempt
	}
	return []Event{{
		Seq: r.LastSeq, Type: t, RunID: r.ID, ThreadID: r.ThreadID,
		Stage: stage, Attempt: attempt, Time: now.UTC(), Data: raw,
	}}, nil
}
