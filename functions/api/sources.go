package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"netra/shared/connector"
	"netra/shared/plan"
	"netra/shared/secret"
)

// Credentials keeps what users store for the sources of their logs. It cannot
// read them back. Since says when, false if nothing is stored; Put replaces what
// was; to Delete what is not there is no error.
type Credentials interface {
	Since(ctx context.Context, uid string, kind connector.Kind) (time.Time, bool, error)
	Put(ctx context.Context, uid string, kind connector.Kind, value string) (time.Time, error)
	Delete(ctx context.Context, uid string, kind connector.Kind) error
}

// source is where a log can be fetched from, as its user sees it.
type source struct {
	Source connector.Kind    `json:"source"`
	Title  string            `json:"title"`
	Help   string            `json:"help"`
	Fields []connector.Field `json:"fields"`
	Stored bool              `json:"stored"`
	// StoredAt is there if Stored.
	StoredAt *time.Time `json:"stored_at,omitempty"`
}

func (s *server) listSources(ctx context.Context, c *call) (reply, error) {
	mine, err := c.plan(ctx)
	if err != nil {
		return reply{}, err
	}
	kinds := connector.Kinds()
	all, errs := make([]source, len(kinds)), make([]error, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { all[i], errs[i] = s.source(ctx, c.user.UID(), kind) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return reply{}, err
	}
	lowest, _ := plan.Lowest(plan.Connect)
	return reply{status: http.StatusOK, body: map[string]any{
		"may_fetch": mine.Allows(plan.Connect), "lowest_plan": lowest.Name, "sources": all}}, nil
}

func (s *server) source(ctx context.Context, uid string, kind connector.Kind) (source, error) {
	form := kind.Form()
	out := source{Source: kind, Title: form.Title, Help: form.Help, Fields: form.Fields}
	at, stored, err := s.Credentials.Since(ctx, uid, kind)
	if stored {
		out.Stored, out.StoredAt = true, &at
	}
	return out, err
}

// putCredential stores a credential in place of the one before. It takes no
// receipt: the same request again has the same end, and a receipt would be one
// more place with a trace of the credential.
func (s *server) putCredential(ctx context.Context, c *call) (reply, error) {
	kind, err := c.source()
	if err != nil {
		return reply{}, err
	}
	if err := c.mayFetch(ctx); err != nil {
		return reply{}, err
	}
	stored, err := c.credential(kind)
	if err != nil {
		return reply{}, err
	}
	at, err := s.Credentials.Put(ctx, c.user.UID(), kind, stored)
	if err != nil {
		return reply{}, err
	}
	form := kind.Form()
	return reply{status: http.StatusOK, body: source{kind, form.Title, form.Help, form.Fields, true, &at}}, nil
}

// deleteCredential is for every plan: who changed to a smaller one must be able to.
func (s *server) deleteCredential(ctx context.Context, c *call) (reply, error) {
	kind, err := c.source()
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, s.Credentials.Delete(ctx, c.user.UID(), kind)
}

// fetchable checks that the user may have a log fetched from the source and has
// stored what that takes; "" is no source and fine.
func (s *server) fetchable(ctx context.Context, c *call, kind connector.Kind) error {
	if kind == "" {
		return nil
	}
	if err := existing(kind); err != nil {
		return err
	}
	if err := c.mayFetch(ctx); err != nil {
		return err
	}
	_, stored, err := s.Credentials.Since(ctx, c.user.UID(), kind)
	if err == nil && !stored {
		return refuse("not_ready", "No credential is stored for "+kind.Form().Title+". Store it first: PUT /api/sources/"+string(kind)+"/credential.")
	}
	return err
}

func (c *call) mayFetch(ctx context.Context) error {
	mine, err := c.plan(ctx)
	if err != nil || mine.Allows(plan.Connect) {
		return err
	}
	lowest, _ := plan.Lowest(plan.Connect)
	return refuse("plan_too_small", fmt.Sprintf("Fetching logs is part of the plan %s and larger; yours is %s. You can always upload an export of the log.", lowest.Title, mine.Title))
}

// source is the one that the address names.
func (c *call) source() (connector.Kind, error) {
	kind := connector.Kind(c.req.PathValue("source"))
	return kind, existing(kind)
}

func existing(kind connector.Kind) error {
	var names []string
	for _, k := range connector.Kinds() {
		if k == kind {
			return nil
		}
		names = append(names, string(k))
	}
	return refuse("not_found", "There is no such source. The sources are "+strings.Join(names, ", ")+".")
}

// credential reads the body as what is stored for the source. No error of it
// repeats what was sent.
func (c *call) credential(kind connector.Kind) (string, error) {
	var in connector.Access
	if strictly(c.body, &in) != nil {
		return "", refuse("bad_request", "The body is not the JSON that /api/openapi.json describes: an object with credential and, where the source needs them, base_url and table.")
	}
	in = in.Whole()
	var wrong *connector.SetupError
	if err := kind.Check(in); errors.As(err, &wrong) {
		return "", refuse("invalid", wrong.UserMessage())
	} else if err != nil {
		return "", err
	}
	stored, err := in.Stored()
	if err == nil && len(stored) > secret.MaxBytes {
		return "", refuse("too_large", fmt.Sprintf("A credential has at most %d bytes. Send the key alone, not the file that it came in.", secret.MaxBytes))
	}
	return stored, err
}
