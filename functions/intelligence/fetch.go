package intelligence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"netra/shared/connector"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/tools"
)

// Fetcher gets a log from where the user's calls are recorded.
type Fetcher interface {
	Fetch(ctx context.Context, r connector.Request, at connector.Cursor, out io.Writer, saved func(connector.Cursor) error) (connector.Cursor, error)
}

// Credential reads what a user stored for a source; found is false if nothing
// is stored. The value is a key, or a JSON object with credential, base_url (for
// a self-hosted source) and table (for BigQuery).
type Credential func(ctx context.Context, uid string, kind connector.Kind) (value string, found bool, err error)

const (
	// fetchSpan is fetched where the message names no time range.
	fetchSpan = 30 * 24 * time.Hour
	// fetchTime is how long a fetch may take; what came by then is used.
	fetchTime = 4 * time.Minute
)

type fetchIn struct {
	Source connector.Kind `json:"source"`
	From   time.Time      `json:"from"`
	To     time.Time      `json:"to"`
	access connector.Access
	begun  progress
}

type fetchOut struct {
	handover.Fetched
	// Resumed is the number of pages that an earlier attempt had fetched.
	Resumed int64 `json:"resumed_at_page,omitempty"`
}

// fetchLog is the tool that fetches a log with the user's own credential.
func (w *work) fetchLog() tools.Tool[fetchIn, fetchOut] {
	return tools.Tool[fetchIn, fetchOut]{
		Name: "fetch_log", Purpose: "fetch the log from where your calls are recorded, with the credential that you stored",
		Permission: plan.Connect, Timeout: fetchTime + 30*time.Second, Run: w.fetch,
		Summary: func(out fetchOut) string {
			text := fmt.Sprintf("%d rows fetched from %s", out.Rows, out.Source)
			if out.Resumed > 0 {
				text += fmt.Sprintf(", going on after page %d", out.Resumed)
			}
			if out.Cut != "" {
				text += "; not all: " + out.Cut
			}
			return text
		},
	}
}

// fetch writes the log into the run's own folder, which is deleted with the run.
// A fetch that an earlier attempt began goes on at its page. What was fetched
// before a bound or a fault of the source is used; nothing at all is an error.
func (w *work) fetch(ctx context.Context, in fetchIn) (fetchOut, error) {
	p := plan.Named(w.in.Run.Plan)
	within, stop := context.WithTimeoutCause(ctx, fetchTime, errSlow)
	defer stop()
	out := &pieces{ctx: ctx, work: w, progress: in.begun, began: w.Now()}
	cursor, err := w.Fetcher.Fetch(within, connector.Request{
		Kind: in.Source, Credential: in.access.Credential.Text(), BaseURL: in.access.BaseURL, Table: in.access.Table,
		From: in.From, To: in.To, MaxBytes: p.LogBytes,
	}, in.begun.Cursor, out, out.saved)
	if ctx.Err() != nil {
		return fetchOut{}, err
	}
	if err != nil && context.Cause(within) == errSlow {
		err = errSlow
	}
	out.Cut = cutBy(err)
	if err != nil && cursor.Rows == 0 || errors.Is(err, errStore) {
		return fetchOut{}, w.failed(in.Source, err)
	}
	if err := out.store(); err != nil {
		return fetchOut{}, err
	}
	return fetchOut{out.Fetched, in.begun.Cursor.Pages}, nil
}

var (
	errSlow  = errors.New("the fetch took too long")
	errStore = errors.New("the fetched log could not be stored")
)

// cutBy says why a log ends before all of it was fetched, "" if it does not.
func cutBy(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, connector.ErrTooLarge):
		return "the rest is more than the plan allows for one log"
	case errors.Is(err, errSlow):
		return fmt.Sprintf("it takes longer than the %d minutes that a fetch may take", int(fetchTime.Minutes()))
	}
	return "the source stopped answering"
}

// failed puts what the user can do into the error.
func (w *work) failed(kind connector.Kind, err error) error {
	secret, _ := kind.Secret(w.in.Run.UserID)
	return &fetchError{kind, secret, err}
}

// fetchError is a fetch that brought nothing.
type fetchError struct {
	kind   connector.Kind
	secret string
	err    error
}

func (e *fetchError) Error() string { return e.err.Error() }
func (e *fetchError) Unwrap() error { return e.err }

// UserMessage says what was wrong and what to do about it.
func (e *fetchError) UserMessage() string {
	var setup interface{ UserMessage() string }
	switch {
	case errors.Is(e.err, connector.ErrRefused):
		return fmt.Sprintf("%s refused the credential in the secret %s. It must hold %s. Store another under Sources in the console, or with `gcloud secrets versions add %s --data-file=-`, and send your message again",
			e.kind, e.secret, e.kind.Needs(), e.secret)
	case errors.As(e.err, &setup):
		return fmt.Sprintf("%s cannot be asked: %s; store it anew under Sources in the console (it is the secret %s) and send your message again", e.kind, setup.UserMessage(), e.secret)
	case errors.Is(e.err, connector.ErrTooLarge):
		return fmt.Sprintf("the first page of %s is larger than the plan allows for one log", e.kind)
	}
	return fmt.Sprintf("%s does not answer; try again later, or upload an export", e.kind)
}
