package run

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Outcome is what a stage execution leaves behind for the run.
type Outcome struct {
	Summary string
	// Headline is a small JSON object of figures for agent_completed; nil is {}.
	Headline json.RawMessage
	// Route replaces the stages that are still to come; nil keeps them.
	Route []string
	// Ask makes the run wait for data; the stage named by Ask.Resume then runs again.
	Ask         *DataRequest
	Sufficiency *Sufficiency
	// Saving says that the stage found a plan that saves money.
	Saving    bool
	Artifacts []string
}

// Complete commits the holder's stage: it tells agent_completed, frees the lease
// and moves the run on to its next stage, to waiting, or to its end.
func (r *Run) Complete(token string, out Outcome, now time.Time) ([]Event, error) {
	if err := r.Holds(token); err != nil {
		return nil, err
	}
	stage := r.Stage
	if out.Headline == nil {
		out.Headline = json.RawMessage("{}")
	}
	events, err := r.tell(now, AgentCompleted, stage, AgentCompletedData{
		Summary: out.Summary, Result: out.Headline,
		DurationMS: now.Sub(r.StageStartedAt).Milliseconds()})
	if err != nil {
		return nil, err
	}
	r.Adopt(out)
	if out.Saving && r.ValueAt.IsZero() {
		r.ValueAt = now
	}
	r.Lease = Lease{}
	r.Attempt, r.Emitted = 0, nil
	next, err := r.moveOn(stage, out, now)
	return append(events, next...), err
}

// Adopt takes over what an outcome says of the run: its route, data state and files.
func (r *Run) Adopt(out Outcome) {
	if out.Sufficiency != nil {
		r.Sufficiency = out.Sufficiency
		r.StartState = cmp.Or(r.StartState, out.Sufficiency.State)
	}
	for _, name := range out.Artifacts {
		if !slices.Contains(r.Artifacts, name) {
			r.Artifacts = append(r.Artifacts, name)
		}
	}
	if out.Route != nil {
		done := slices.Index(r.Route, r.Stage) + 1
		r.Route = slices.Concat(r.Route[:done], out.Route)
	}
}

func (r *Run) moveOn(stage string, out Outcome, now time.Time) ([]Event, error) {
	switch next := r.Next(stage); {
	case out.Ask != nil:
		return r.ask(*out.Ask, now)
	case next != "":
		r.Stage = next
		r.NextCheck = now.Add(Grace)
		return nil, nil
	default:
		return r.end(now, out.Summary)
	}
}

func (r *Run) ask(req DataRequest, now time.Time) ([]Event, error) {
	if !slices.Contains(r.Route, req.Resume) {
		return nil, fmt.Errorf("run %s: cannot resume at %q: not on the route", r.ID, req.Resume)
	}
	r.Status, r.Stage, r.Request = Waiting, req.Resume, &req
	r.Deadline, r.NextCheck = req.ExpiresAt, req.ExpiresAt
	return r.tell(now, DataRequested, "", req)
}

func (r *Run) end(now time.Time, summary string) ([]Event, error) {
	status := Completed
	if r.Answer == AnswerExpired {
		status = Expired
	}
	r.finish(status, now)
	return r.tell(now, RunCompleted, "", RunCompletedData{
		Status: status, Summary: summary, Artifacts: r.Artifacts,
		DurationMS: now.Sub(r.CreatedAt).Milliseconds()})
}

func (r *Run) finish(status Status, now time.Time) {
	r.Status, r.EndedAt, r.UpdatedAt = status, now, now
	r.Lease, r.Request, r.Emitted = Lease{}, nil, nil
	r.NextCheck = time.Time{}
}

// Fail ends the run with a reason that its user can read.
func (r *Run) Fail(f Failure, now time.Time) ([]Event, error) {
	return r.stop(Failed, RunFailed, f, now, func() { r.Failure = &f })
}

// Expire ends a run that is past its deadline.
func (r *Run) Expire(f Failure, now time.Time) ([]Event, error) {
	return r.stop(Expired, RunFailed, f, now, func() { r.Failure = &f })
}

// Cancel ends the run at its user's wish.
func (r *Run) Cancel(reason string, now time.Time) ([]Event, error) {
	return r.stop(Cancelled, RunCancelled, RunCancelledData{Reason: reason}, now, func() {})
}

func (r *Run) stop(s Status, t EventType, data any, now time.Time, note func()) ([]Event, error) {
	if r.Status.Final() {
		return nil, ErrEnded
	}
	note()
	r.finish(s, now)
	return r.tell(now, t, "", data)
}

// The answers to a data request.
const (
	// AnswerData came with the ids of new data sets, a price model or a source.
	AnswerData = "data"
	// AnswerContinue is the user's wish to go on with what there is.
	AnswerContinue = "continue"
	// AnswerExpired: the user did not answer in time.
	AnswerExpired = "expired"
)

// Receive answers the run's data request with one of the Answers. The run is queued afterwards; admission
// decides when it starts.
func (r *Run) Receive(answer string, datasets []string, now time.Time, limit time.Duration) ([]Event, error) {
	if r.Status != Waiting {
		return nil, ErrNotWaiting
	}
	for _, id := range datasets {
		if !slices.Contains(r.Datasets, id) {
			r.Datasets = append(r.Datasets, id)
		}
	}
	r.Round++
	r.Converted = r.Converted || answer == AnswerData && r.StartedInsufficient()
	r.Status, r.Answer, r.Request = Queued, answer, nil
	r.Deadline = now.Add(limit)
	r.NextCheck = now.Add(Grace)
	if datasets == nil {
		datasets = []string{}
	}
	return r.tell(now, DataReceived, "", DataReceivedData{Round: r.Round, Answer: answer, Datasets: datasets})
}

// Answered reports whether this answer ended the run's last wait for data: the
// same request, sent again because nobody heard what became of it.
func (r *Run) Answered(answer string, datasets []string) bool {
	missing := func(id string) bool { return !slices.Contains(r.Datasets, id) }
	return r.Status != Waiting && r.Answer == answer && !slices.ContainsFunc(datasets, missing)
}
