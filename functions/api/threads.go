package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"netra/shared/plan"
	"netra/shared/store"
)

// maxTitle bounds a thread's title, in characters.
const maxTitle = 200

// newID makes an id that nobody can guess.
func newID(prefix string) string { return prefix + strings.ToLower(rand.Text()) }

// page reads the limit and before parameters of a list.
func (c *call) page() (store.Page, error) {
	q := c.req.URL.Query()
	p := store.Page{Limit: 50, Before: q.Get("before")}
	if raw := q.Get("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > 200 {
			return p, refuse("invalid", "limit is a number from 1 to 200.")
		}
		p.Limit = n
	}
	return p, nil
}

// cleanTitle makes one line without control characters out of a title.
func cleanTitle(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	if utf8.RuneCountInString(s) > maxTitle {
		s = string([]rune(s)[:maxTitle-1]) + "…"
	}
	return s
}

func (s *server) listThreads(ctx context.Context, c *call) (reply, error) {
	p, err := c.page()
	if err != nil {
		return reply{}, err
	}
	threads, err := c.user.Threads(ctx, p)
	return reply{status: http.StatusOK, body: map[string]any{"threads": notNil(threads)}}, err
}

// notNil makes an empty JSON array of an empty list.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (s *server) createThread(ctx context.Context, c *call) (reply, error) {
	var in struct {
		Title string `json:"title"`
	}
	if len(c.body) > 0 {
		if err := c.decode(&in); err != nil {
			return reply{}, err
		}
	}
	receipt, err := s.receipt(c)
	if err != nil {
		return reply{}, err
	}
	thread, err := s.newThread(ctx, c, in.Title, receipt)
	return reply{status: http.StatusCreated, body: thread}, err
}

func (s *server) newThread(ctx context.Context, c *call, title string, r *receipt) (store.Thread, error) {
	now := s.Now()
	p, err := c.plan(ctx)
	if err != nil {
		return store.Thread{}, err
	}
	t := store.Thread{ID: newID("t"), Title: cleanTitle(title), CreatedAt: now, UpdatedAt: now, ExpireAt: now.Add(p.Retention())}
	change := store.Change{Threads: []store.Versioned[store.Thread]{{Value: t}}}
	if change.Receipt, err = r.stored(ctx, http.StatusCreated, t); err != nil {
		return t, err
	}
	_, err = c.user.Apply(ctx, change)
	return t, err
}

// plan is the user's plan.
func (c *call) plan(ctx context.Context) (plan.Plan, error) {
	profile, err := c.profile(ctx)
	return plan.Named(profile.Plan), err
}

func (s *server) readThread(ctx context.Context, c *call) (reply, error) {
	id := c.req.PathValue("thread")
	thread, err := c.user.Thread(ctx, id)
	if err != nil {
		return reply{}, err
	}
	messages, err := c.user.Messages(ctx, id)
	if err != nil {
		return reply{}, err
	}
	runs, err := c.user.Runs(ctx, store.Page{Thread: id})
	return reply{status: http.StatusOK, body: map[string]any{
		"thread": thread.Value, "messages": notNil(messages), "runs": notNil(runs)}}, err
}

func (s *server) renameThread(ctx context.Context, c *call) (reply, error) {
	var in struct {
		Title string `json:"title"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	title := cleanTitle(in.Title)
	if title == "" {
		return reply{}, refuse("invalid", "title must not be empty.")
	}
	thread, err := c.user.Thread(ctx, c.req.PathValue("thread"))
	if err != nil {
		return reply{}, err
	}
	thread.Value.Title, thread.Value.UpdatedAt = title, s.Now()
	_, err = c.user.Apply(ctx, store.Change{Threads: []store.Versioned[store.Thread]{thread}})
	return reply{status: http.StatusOK, body: thread.Value}, err
}

// deleteThread really deletes: runs with all below them, artifacts, messages,
// and the data sets that no other thread uses. It is safe to repeat.
func (s *server) deleteThread(ctx context.Context, c *call) (reply, error) {
	id := c.req.PathValue("thread")
	if _, err := c.user.Thread(ctx, id); err != nil {
		return reply{}, err
	}
	datasets := map[string]bool{}
	for {
		runs, err := c.user.Runs(ctx, store.Page{Thread: id, Limit: 50})
		if err != nil {
			return reply{}, err
		}
		if len(runs) == 0 {
			break
		}
		for _, r := range runs {
			for _, d := range r.Datasets {
				datasets[d] = true
			}
			if err := s.Eraser.Run(ctx, c.user, r.ID, "deleted by its user"); err != nil {
				return reply{}, err
			}
		}
	}
	for d := range datasets {
		if err := s.removeUnusedDataset(ctx, c.user, d); err != nil {
			return reply{}, err
		}
	}
	return reply{status: http.StatusNoContent}, c.user.DeleteThread(ctx, id)
}

func (s *server) removeUnusedDataset(ctx context.Context, u store.User, id string) error {
	users, err := u.Runs(ctx, store.Page{Dataset: id, Limit: 1})
	if err != nil || len(users) > 0 {
		return err
	}
	return s.Eraser.Dataset(ctx, u, id)
}
