package intelligence

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"netra/shared/connector"
	"netra/shared/handover"
	"netra/shared/observe"
	"netra/shared/tools"
	"netra/shared/usage"
)

// gather finds logs for a run that none was handed over to: those that the
// thread's last run fetched, and those of the sources that the message names or
// the user chose and that have a credential. A source without one is offered in the data request and
// never called. A source that refuses or is down is told in the events, and the
// run goes on without it.
func (w *work) gather(ctx context.Context) (ids []string, err error) {
	kept, err := w.kept(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range w.sources(kept) {
		f, err := w.from(ctx, kind, kept)
		if err != nil {
			return nil, err
		}
		if f.Rows > 0 {
			id := "fetched-" + string(kind)
			w.fetched[id] = f
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// kept are the logs that the thread's last run had fetched, by source.
func (w *work) kept(ctx context.Context) (map[connector.Kind]handover.Fetched, error) {
	results, err := w.in.Earlier(ctx)
	if err != nil {
		return nil, err
	}
	var before handover.Intelligence
	if raw, ok := results["intelligence"]; ok {
		if err := json.Unmarshal(raw, &before); err != nil {
			return nil, fmt.Errorf("read what the last run fetched: %w", err)
		}
	}
	kept := map[connector.Kind]handover.Fetched{}
	for _, f := range before.Fetched {
		kept[connector.Kind(f.Source)] = f
	}
	return kept, nil
}

// sources are those of the last run, the one that the user chose when the run
// asked for data, and those that the message names.
func (w *work) sources(kept map[connector.Kind]handover.Fetched) []connector.Kind {
	var list []connector.Kind
	for kind := range kept {
		list = append(list, kind)
	}
	if asked := connector.Kind(w.in.Run.Source); asked != "" && !slices.Contains(list, asked) {
		list = append(list, asked)
	}
	for _, provider := range w.triage.Goal.Providers {
		if kind, ok := connector.Of(provider); ok && !slices.Contains(list, kind) {
			list = append(list, kind)
		}
	}
	slices.Sort(list)
	return list
}

// from is the log of one source: the one that is kept if it still is there and
// covers what the message asks for, else a fetched one. It is empty if there is
// none to be had.
func (w *work) from(ctx context.Context, kind connector.Kind, kept map[connector.Kind]handover.Fetched) (handover.Fetched, error) {
	old, there := kept[kind]
	if there && len(old.Parts) > 0 {
		var err error
		if there, err = w.exists(ctx, old.Parts[0]); err != nil {
			return handover.Fetched{}, err
		}
	}
	if there && w.covers(old) {
		return old, nil
	}
	f, err := w.fetchFrom(ctx, kind)
	if err == nil && f.Rows == 0 && there {
		return old, nil
	}
	return f, err
}

// fetchFrom fetches with the stored credential, if there is one.
func (w *work) fetchFrom(ctx context.Context, kind connector.Kind) (handover.Fetched, error) {
	stored, found, err := w.stored(ctx, kind)
	if err != nil || !found {
		return handover.Fetched{}, err
	}
	in := fetchIn{Source: kind, access: connector.ParseAccess(stored)}
	if in.begun, err = w.begun(ctx, kind, in.access); err != nil {
		return handover.Fetched{}, err
	}
	in.From, in.To = in.begun.From, in.begun.To
	out, err := tools.Call(ctx, w.tools, w.fetchLog(), in)
	if err != nil && ctx.Err() == nil {
		return handover.Fetched{}, w.without(ctx, "The log could not be fetched from %s; going on without it.", kind)
	}
	return out.Fetched, err
}

func (w *work) stored(ctx context.Context, kind connector.Kind) (string, bool, error) {
	if w.Fetcher == nil || w.Credential == nil {
		return "", false, nil
	}
	stored, found, err := w.Credential(ctx, w.in.Run.UserID, kind)
	if err != nil && ctx.Err() == nil {
		observe.Survived(ctx, err)
		return "", false, w.without(ctx, "The store of credentials does not answer for %s; going on without it.", kind)
	}
	return stored, found, err
}

func (w *work) without(ctx context.Context, thought string, kind connector.Kind) error {
	return w.emit.Think(ctx, "connect", fmt.Sprintf(thought, kind), 0.1)
}

// span is the time range of the message, or the thirty days before the stage
// began: every attempt fetches the same.
func (w *work) span() (from, to time.Time) {
	r, began := w.triage.Goal.Range, w.in.Run.StageStartedAt
	if began.IsZero() {
		began = w.Now()
	}
	to = began.UTC().Truncate(time.Hour)
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

// covers reports whether a log holds the time range that the message asks for.
func (w *work) covers(f handover.Fetched) bool {
	r := w.triage.Goal.Range
	return r.Last <= f.To.Sub(f.From) && (r.From.IsZero() || !r.From.Before(f.From)) && (r.To.IsZero() || r.To.After(f.From))
}

// note says in the report where a fetched log comes from.
func note(f handover.Fetched) usage.Note {
	text := fmt.Sprintf("fetched by Netra from %s: %s to %s", f.Source, f.From.Format(time.DateOnly), f.To.Format(time.DateOnly))
	if f.Cut != "" {
		text += "; not all of it: " + f.Cut
	}
	return usage.Note{Text: text}
}
