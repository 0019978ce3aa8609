package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"netra/shared/erase"
	"netra/shared/observe"
	"netra/shared/store"
)

const (
	// confirmation is what the request must carry, so that no mistake of a client
	// erases a user. It is in the address: what DELETE's body means is undefined, and
	// proxies may drop it (RFC 9110, section 9.3.5).
	confirmation = "erase everything"
	// eraseNow is how long a request deletes before it leaves the rest to the sweeper.
	eraseNow = 20 * time.Second
)

// erasing tells a user how far the erasing is.
type erasing struct {
	Since time.Time `json:"since"`
	// DoneBy is when nothing of the user is left here, but for a few minutes.
	DoneBy time.Time `json:"done_by"`
}

func erasingOf(mark store.Erasing) *erasing { return &erasing{mark.Since, erase.Done(mark)} }

// eraseAccount marks the user and deletes what it can at once; the sweeper does
// the rest, also if this request is cut off. It is safe to repeat.
func (s *server) eraseAccount(ctx context.Context, c *call) (reply, error) {
	if c.req.URL.Query().Get("confirm") != confirmation {
		return reply{}, refuse("not_confirmed", "This deletes all your data and cannot be undone. To do it, send confirm="+confirmation+" in the address: DELETE /api/account?confirm=erase+everything.")
	}
	mark, err := s.Eraser.Begin(ctx, c.user)
	if err != nil {
		return reply{}, err
	}
	now, cancel := context.WithTimeout(ctx, eraseNow)
	defer cancel()
	if _, err := s.Eraser.Pass(now, c.user); err != nil {
		s.Log.WarnContext(ctx, "user marked, the sweeper erases the rest", "error", observe.Line(err.Error()))
	}
	return reply{status: http.StatusAccepted, body: map[string]any{"erasing": erasingOf(mark), "kept": keptAfterErasing()}}, nil
}

// keptAfterErasing is what stays, in words for the user; infra/DATA.md says the same.
func keptAfterErasing() []string {
	return []string{
		"The sign-in itself, your e-mail address and user id at Firebase Authentication: the console deletes it after this, or the operator does.",
		"The operator's logs and traces, for 30 days: ids of runs and a hash of your user id, no word of yours.",
		"Counters over all users, such as how many runs there were: they name nobody.",
		"Where the operator has recovery of the database switched on: what was deleted, for 7 more days.",
	}
}

// mayBegin refuses new work of a user whose data is being erased. Reading and
// deleting go on.
func (c *call) mayBegin(ctx context.Context) error {
	if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodDelete}, c.req.Method) {
		return nil
	}
	profile, err := c.profile(ctx)
	if err != nil || profile.Erasing == nil {
		return err
	}
	until := erase.Done(*profile.Erasing)
	return refuse("erasing", "Everything of yours is being erased, as you asked. You can begin anew with the same sign-in after "+
		until.UTC().Format("2006-01-02 15:04")+" UTC.")
}

// profile is the user's profile as it was when the request came.
func (c *call) profile(ctx context.Context) (store.Profile, error) {
	if c.known != nil {
		return *c.known, nil
	}
	p, err := c.user.Profile(ctx)
	if err == nil {
		c.known = &p
	}
	return p, err
}
