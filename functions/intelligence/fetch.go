package intelligence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"netra/shared/connector"
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

// kinds are the sources that can be asked, by the provider that a goal names.
func kinds() map[string]connector.Kind {
	return map[string]connector.Kind{
		"openai": connector.OpenAI, "anthropic": connector.Anthropic, "langfuse": connector.Langfuse,
		"litellm": connector.LiteLLM, "helicone": connector.Helicone, "google": connector.BigQuery,
	}
}

// fetchSpan is fetched where the message names no time range.
const fetchSpan = 30 * 24 * time.Hour

type fetchIn struct {
	Source connector.Kind `json:"source"`
	From   time.Time      `json:"from"`
	To     time.Time      `json:"to"`
	access access
}

type fetchOut struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
	name  string
}

// access is a stored credential with what goes with it.
type access struct {
	Credential string `json:"credential"`
	BaseURL    string `json:"base_url"`
	Table      string `json:"table"`
}

// fetchLog is the tool that fetches a log with the user's own credential.
func (w *work) fetchLog() tools.Tool[fetchIn, fetchOut] {
	return tools.Tool[fetchIn, fetchOut]{
		Name: "fetch_log", Purpose: "fetch the log from where your calls are recorded, with the credential that you stored",
		Permission: plan.Connect, Timeout: 5 * time.Minute, Run: w.fetch,
		Summary: func(out fetchOut) string { return fmt.Sprintf("%d rows fetched", out.Rows) },
	}
}

// gather fetches logs for a run that has none, from the sources that the message
// names and that have a credential; a source without one is offered in the data
// request and never called. A source that refuses or is down is told in the
// events, and the run goes on without it.
func (w *work) gather(ctx context.Context) (ids []string, err error) {
	if w.Fetcher == nil || w.Credential == nil {
		return nil, nil
	}
	for _, provider := range w.triage.Goal.Providers {
		kind, ok := kinds()[provider]
		if !ok {
			continue
		}
		stored, found, err := w.Credential(ctx, w.in.Run.UserID, kind)
		if err != nil && ctx.Err() == nil {
			found = false
			err = w.emit.Think(ctx, "connect", fmt.Sprintf("The store of credentials does not answer for %s; going on without it.", kind), 0.1)
		}
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		in := fetchIn{Source: kind, access: parseAccess(stored)}
		in.From, in.To = w.span()
		out, err := tools.Call(ctx, w.tools, w.fetchLog(), in)
		switch {
		case err == nil && out.Rows > 0:
			id := "fetched-" + string(kind)
			w.fetched[id] = out.name
			ids = append(ids, id)
		case ctx.Err() != nil:
			return nil, err
		case err != nil:
			if err := w.emit.Think(ctx, "connect", fmt.Sprintf("The log could not be fetched from %s; going on without it.", kind), 0.1); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// span is the time range of the message, or the last thirty days.
func (w *work) span() (from, to time.Time) {
	r := w.triage.Goal.Range
	to = w.Now().UTC().Truncate(time.Hour)
	from = to.Add(-fetchSpan)
	if r.Last > 0 {
		from = to.Add(-r.Last)
	}
	if !r.To.IsZero() && r.To.Before(to) {
		to = r.To
	}
	if !r.From.IsZero() {
		from = r.From
	}
	return from, to
}

func parseAccess(stored string) access {
	var a access
	stored = strings.TrimSpace(stored)
	if json.Unmarshal([]byte(stored), &a) != nil || a.Credential == "" {
		return access{Credential: stored}
	}
	return a
}

// fetch writes the log into the run's own folder, which is deleted with the run.
func (w *work) fetch(ctx context.Context, in fetchIn) (fetchOut, error) {
	p, _ := plan.Lookup(w.in.Run.Plan)
	name := fmt.Sprintf("runs/%s/fetched-%s.jsonl", w.in.Run.ID, in.Source)
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	object, err := w.objects.Create(ctx, name)
	if err != nil {
		return fetchOut{}, fmt.Errorf("store the fetched log: %w", err)
	}
	cursor, err := w.Fetcher.Fetch(ctx, connector.Request{
		Kind: in.Source, Credential: in.access.Credential, BaseURL: in.access.BaseURL, Table: in.access.Table,
		From: in.From, To: in.To, MaxBytes: p.LogBytes,
	}, connector.Cursor{}, object, func(connector.Cursor) error { return ctx.Err() })
	if err != nil {
		abandon() // so that half a log is not stored
		return fetchOut{}, errors.Join(err, closed(object.Close()))
	}
	if err := object.Close(); err != nil {
		return fetchOut{}, fmt.Errorf("store the fetched log: %w", err)
	}
	return fetchOut{Rows: cursor.Rows, Bytes: cursor.Bytes, name: name}, nil
}

// closed drops the error of an object that was abandoned on purpose.
func closed(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
