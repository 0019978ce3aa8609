// Package admission decides how many runs of one user may run at once. Its
// state is one small document per user, changed only with a precondition on
// what was read, so no instance needs a semaphore and no two can overbook.
package admission

import (
	"errors"
	"slices"
	"time"
)

// The errors of a run that is not admitted.
var (
	// ErrQueueFull means that the running and the queued places are all taken.
	ErrQueueFull = errors.New("admission: the queue is full")
	// ErrDayFull means that the plan's runs of this UTC day are used up.
	ErrDayFull = errors.New("admission: no runs left today")
)

// Limits are the places that a plan gives.
type Limits struct {
	Running, Queued, RunsPerDay int
}

// Slot is the place of one running run. It is leased: after Expires the place
// is free again, whatever became of the run.
type Slot struct {
	RunID   string    `firestore:"run_id" json:"run_id"`
	Expires time.Time `firestore:"expires" json:"expires"`
}

// Slots are the places of one user.
type Slots struct {
	Running []Slot   `firestore:"running" json:"running"`
	Queued  []string `firestore:"queued" json:"queued"`
	// Day is the UTC day (2006-01-02) that RunsToday counts.
	Day       string `firestore:"day" json:"day"`
	RunsToday int    `firestore:"runs_today" json:"runs_today"`
}

// Decision is the answer to an admission.
type Decision struct {
	// Started runs have a slot; others wait at Position, 1 being the next.
	Started  bool
	Position int
}

// Admit gives a new run a slot until the given time, or a place in the queue.
func (s *Slots) Admit(runID string, l Limits, now, until time.Time) (Decision, error) {
	if today := now.UTC().Format(time.DateOnly); s.Day != today {
		s.Day, s.RunsToday = today, 0
	}
	if s.RunsToday >= l.RunsPerDay {
		return Decision{}, ErrDayFull
	}
	d, err := s.place(runID, l, now, until)
	if err == nil {
		s.RunsToday++
	}
	return d, err
}

// Readmit places a run that was admitted before and waited for data. It counts
// for no second run of the day and is never turned away.
func (s *Slots) Readmit(runID string, l Limits, now, until time.Time) (Decision, error) {
	l.Queued = len(s.Queued) + 1
	return s.place(runID, l, now, until)
}

func (s *Slots) place(runID string, l Limits, now, until time.Time) (Decision, error) {
	s.dropExpired(now)
	switch {
	case len(s.Running) < l.Running && len(s.Queued) == 0:
		s.Running = append(s.Running, Slot{runID, until})
		return Decision{Started: true}, nil
	case len(s.Queued) < l.Queued:
		s.Queued = append(s.Queued, runID)
		return Decision{Position: len(s.Queued)}, nil
	}
	return Decision{}, ErrQueueFull
}

// Release gives back whatever place the run has and reports whether it had one.
func (s *Slots) Release(runID string) bool {
	before := len(s.Running) + len(s.Queued)
	s.Running = slices.DeleteFunc(s.Running, func(r Slot) bool { return r.RunID == runID })
	s.Queued = slices.DeleteFunc(s.Queued, func(id string) bool { return id == runID })
	return len(s.Running)+len(s.Queued) < before
}

// Next returns the run at the head of the queue if there is a free slot for it, else "".
func (s *Slots) Next(l Limits, now time.Time) string {
	s.dropExpired(now)
	if len(s.Queued) == 0 || len(s.Running) >= l.Running {
		return ""
	}
	return s.Queued[0]
}

// Promote moves the run at the head of the queue into a slot.
func (s *Slots) Promote(until time.Time) {
	s.Running = append(s.Running, Slot{s.Queued[0], until})
	s.Queued = s.Queued[1:]
}

func (s *Slots) dropExpired(now time.Time) {
	s.Running = slices.DeleteFunc(s.Running, func(r Slot) bool { return !now.Before(r.Expires) })
}
