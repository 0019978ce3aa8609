package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"netra/shared/admission"
	"netra/shared/connector"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/run"
	"netra/shared/store"
)

// Limits of a message.
const (
	maxGoal     = 50_000 // characters
	maxDatasets = 10
	maxModel    = 200 // characters
	maxMapping  = 16 << 10
)

// accepted is the answer to everything that starts or resumes a run.
type accepted struct {
	RunID     string     `json:"run_id"`
	MessageID string     `json:"message_id,omitempty"`
	ThreadID  string     `json:"thread_id"`
	Status    run.Status `json:"status"`
	Position  int        `json:"position"`
}

func acceptedOf(r run.Run, d admission.Decision) accepted {
	return accepted{RunID: r.ID, MessageID: r.MessageID, ThreadID: r.ThreadID, Status: r.Status, Position: d.Position}
}

type newMessage struct {
	Content    string   `json:"content"`
	Datasets   []string `json:"datasets"`
	PriceModel string   `json:"price_model"`
}

func (m *newMessage) validate() error {
	m.Content = strings.TrimSpace(strings.ToValidUTF8(m.Content, ""))
	switch n := utf8.RuneCountInString(m.Content); {
	case n == 0:
		return refuse("invalid", "content must say what you want, for example: cut our LLM cost by 30%.")
	case n >= maxGoal:
		return refuse("too_large", fmt.Sprintf("content has %d characters; it must have fewer than %d. Upload logs as data sets.", n, maxGoal))
	case len(m.Datasets) > maxDatasets:
		return refuse("invalid", fmt.Sprintf("datasets has at most %d ids.", maxDatasets))
	case utf8.RuneCountInString(m.PriceModel) > maxModel:
		return refuse("invalid", fmt.Sprintf("price_model has at most %d characters.", maxModel))
	}
	return nil
}

func (s *server) postMessage(ctx context.Context, c *call) (reply, error) {
	var in newMessage
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := in.validate(); err != nil {
		return reply{}, err
	}
	receipt, err := s.receipt(c)
	if err != nil {
		return reply{}, err
	}
	if _, err := receipt.stored(ctx, 0, nil); err != nil {
		return reply{}, err
	}
	submission, err := s.submission(ctx, c, in)
	if err != nil {
		return reply{}, err
	}
	submission.Receipt = func(r run.Run, d admission.Decision) (*store.Receipt, error) {
		return receipt.stored(ctx, http.StatusAccepted, acceptedOf(r, d))
	}
	r, d, err := s.Desk.Submit(ctx, c.user, submission)
	return s.acceptedReply(ctx, r, d, err)
}

// acceptedReply answers 202 also when the first message could not be published:
// the run is stored, and the sweeper publishes it.
func (s *server) acceptedReply(ctx context.Context, r run.Run, d admission.Decision, err error) (reply, error) {
	if err != nil && r.ID == "" {
		return reply{}, err
	}
	observe.Tell(ctx, "", r.ID)
	if err != nil {
		s.Log.WarnContext(ctx, "run accepted, message not published yet", "error", observe.Line(err.Error()))
	}
	return reply{status: http.StatusAccepted, body: acceptedOf(r, d)}, nil
}

func (s *server) submission(ctx context.Context, c *call, in newMessage) (pipeline.Submission, error) {
	thread, err := c.user.Thread(ctx, c.req.PathValue("thread"))
	if err != nil {
		return pipeline.Submission{}, err
	}
	p, err := c.plan(ctx)
	if err != nil {
		return pipeline.Submission{}, err
	}
	r := run.Run{
		ID: newID("r"), UserID: c.user.UID(), ThreadID: thread.Value.ID, MessageID: newID("m"),
		Previous: thread.Value.LastRun, Goal: in.Content, Datasets: in.Datasets, PriceModel: in.PriceModel,
		Plan: p.Name, Trace: observe.Parent(ctx), Artifacts: []string{}, ExpireAt: s.Now().Add(p.Retention()),
	}
	if err := s.inherit(ctx, c.user, &r); err != nil {
		return pipeline.Submission{}, err
	}
	if err := allReady(ctx, c.user, r.Datasets); err != nil {
		return pipeline.Submission{}, err
	}
	return pipeline.Submission{Run: r, Title: cleanTitle(in.Content), Message: store.Message{
		ID: r.MessageID, ThreadID: r.ThreadID, Role: "user", Content: in.Content, RunID: r.ID}}, nil
}

// inherit lets a follow-up message keep the data of the thread's last run.
func (s *server) inherit(ctx context.Context, u store.User, r *run.Run) error {
	if r.Datasets == nil {
		r.Datasets = []string{}
	}
	if r.Previous == "" || len(r.Datasets) > 0 {
		return nil
	}
	last, err := u.Run(ctx, r.Previous)
	if errors.Is(err, store.ErrNotFound) {
		r.Previous = ""
		return nil
	}
	if err != nil {
		return err
	}
	r.Datasets = notNil(last.Value.Datasets)
	if r.PriceModel == "" {
		r.PriceModel = last.Value.PriceModel
	}
	return nil
}

// allReady checks that the data sets are the user's and complete.
func allReady(ctx context.Context, u store.User, ids []string) error {
	for _, id := range ids {
		d, err := u.Dataset(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return refuse("not_found", "The data set "+observe.Line(id)+" does not exist, was deleted, or is not yours.")
		}
		if err != nil {
			return err
		}
		if d.Value.Status != ready {
			return refuse("not_ready", "The data set "+id+" is "+d.Value.Status+". Complete its upload first, or upload it again.")
		}
	}
	return nil
}

func (s *server) listRuns(ctx context.Context, c *call) (reply, error) {
	p, err := c.page()
	if err != nil {
		return reply{}, err
	}
	runs, err := c.user.Runs(ctx, p)
	return reply{status: http.StatusOK, body: map[string]any{"runs": notNil(runs)}}, err
}

func (s *server) readRun(ctx context.Context, c *call) (reply, error) {
	r, err := c.user.Run(ctx, c.req.PathValue("run"))
	return reply{status: http.StatusOK, body: r.Value}, err
}

func (s *server) readEvents(ctx context.Context, c *call) (reply, error) {
	p, err := c.page()
	if err != nil {
		return reply{}, err
	}
	after := int64(0)
	if raw := c.req.URL.Query().Get("after"); raw != "" {
		if after, err = strconv.ParseInt(raw, 10, 64); err != nil || after < 0 {
			return reply{}, refuse("invalid", "after is the number of an event, or 0.")
		}
	}
	id := c.req.PathValue("run")
	if _, err := c.user.Run(ctx, id); err != nil {
		return reply{}, err
	}
	events, err := c.user.Events(ctx, id, after, p.Limit)
	return reply{status: http.StatusOK, body: map[string]any{"events": notNil(events)}}, err
}

func (s *server) giveData(ctx context.Context, c *call) (reply, error) {
	var in struct {
		Datasets   []string       `json:"datasets"`
		PriceModel string         `json:"price_model"`
		Source     connector.Kind `json:"source"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	in.PriceModel = strings.TrimSpace(in.PriceModel)
	switch {
	case len(in.Datasets) == 0 && in.PriceModel == "" && in.Source == "":
		return reply{}, refuse("invalid", "datasets names at least one log, source where Netra fetches it, or price_model the model that prices the calls. To go on without data, use /continue.")
	case len(in.Datasets) > maxDatasets:
		return reply{}, refuse("invalid", fmt.Sprintf("datasets has at most %d ids.", maxDatasets))
	}
	if utf8.RuneCountInString(in.PriceModel) > maxModel {
		return reply{}, refuse("invalid", fmt.Sprintf("price_model has at most %d characters.", maxModel))
	}
	if err := allReady(ctx, c.user, in.Datasets); err != nil {
		return reply{}, err
	}
	if err := s.fetchable(ctx, c, in.Source); err != nil {
		return reply{}, err
	}
	return s.resume(ctx, c, pipeline.Answer{Kind: run.AnswerData, Datasets: in.Datasets, PriceModel: in.PriceModel, Source: string(in.Source)})
}

func (s *server) continueRun(ctx context.Context, c *call) (reply, error) {
	return s.resume(ctx, c, pipeline.Answer{Kind: run.AnswerContinue})
}

func (s *server) resume(ctx context.Context, c *call, a pipeline.Answer) (reply, error) {
	receipt, err := s.receipt(c)
	if err != nil {
		return reply{}, err
	}
	if _, err := receipt.stored(ctx, 0, nil); err != nil {
		return reply{}, err
	}
	a.Receipt = func(r run.Run, d admission.Decision) (*store.Receipt, error) {
		return receipt.stored(ctx, http.StatusAccepted, acceptedOf(r, d))
	}
	r, d, err := s.Desk.Resume(ctx, c.user, c.req.PathValue("run"), a)
	if receipt == nil && errors.Is(err, run.ErrNotWaiting) {
		return s.answeredBefore(ctx, c, a)
	}
	return s.acceptedReply(ctx, r, d, err)
}

// answeredBefore answers a request without a key whose equal ended the wait: its
// answer was lost. It is told what it was told then: queued if the run still is,
// else running, however far the run has come since.
func (s *server) answeredBefore(ctx context.Context, c *call, a pipeline.Answer) (reply, error) {
	doc, err := c.user.Run(ctx, c.req.PathValue("run"))
	if err != nil {
		return reply{}, err
	}
	if !doc.Value.Answered(a.Kind, a.Datasets) {
		return reply{}, run.ErrNotWaiting
	}
	slots, err := c.user.Slots(ctx)
	if err != nil {
		return reply{}, err
	}
	if doc.Value.Status != run.Queued {
		doc.Value.Status = run.Running
	}
	position := 1 + slices.Index(slots.Value.Queued, doc.Value.ID)
	return reply{status: http.StatusAccepted, body: acceptedOf(doc.Value, admission.Decision{Position: position})}, nil
}

func (s *server) cancelRun(ctx context.Context, c *call) (reply, error) {
	r, err := s.Desk.Cancel(ctx, c.user, c.req.PathValue("run"), "stopped by its user")
	if errors.Is(err, run.ErrEnded) && r.Status == run.Cancelled {
		err = nil // stopping twice is stopping
	}
	if err != nil && r.Status == run.Cancelled {
		s.Log.WarnContext(ctx, "run cancelled, next one not published yet", "error", observe.Line(err.Error()))
		err = nil
	}
	return reply{status: http.StatusOK, body: r}, err
}
