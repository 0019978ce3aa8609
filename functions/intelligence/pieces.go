package intelligence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"netra/shared/bucket"
	"netra/shared/connector"
	"netra/shared/handover"
)

// A fetched log is stored in pieces of about pieceBytes, or of what came within
// pieceTime: that is what an attempt that crashes has to fetch again.
const (
	pieceBytes = 8 << 20
	pieceTime  = 5 * time.Second
)

// progress is how far the fetch of one log has come. It is stored beside the
// pieces after each of them, so that another attempt goes on at its page.
type progress struct {
	handover.Fetched
	// BaseURL and Table are where the pages came from.
	BaseURL string           `json:"base_url,omitempty"`
	Table   string           `json:"table,omitempty"`
	Cursor  connector.Cursor `json:"cursor"`
}

func (w *work) fetchFolder(kind string) string {
	return fmt.Sprintf("runs/%s/fetched/%s/", w.in.Run.ID, kind)
}

// begun is what earlier attempts and rounds of this run have fetched from the
// source, or a fresh start over the span of the message.
func (w *work) begun(ctx context.Context, kind connector.Kind, a connector.Access) (progress, error) {
	fresh := progress{Fetched: handover.Fetched{Source: string(kind)}, BaseURL: a.BaseURL, Table: a.Table}
	fresh.From, fresh.To = w.span()
	r, err := w.objects.Open(ctx, w.fetchFolder(string(kind))+"progress.json")
	if errors.Is(err, bucket.ErrNotFound) {
		return fresh, nil
	}
	if err != nil {
		return fresh, fmt.Errorf("look for an earlier fetch: %w", err)
	}
	defer r.Close()
	var p progress
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		return fresh, fmt.Errorf("read an earlier fetch: %w", err)
	}
	if p.BaseURL != a.BaseURL || p.Table != a.Table {
		return fresh, nil
	}
	return p, nil
}

// pieces takes the rows of a fetch and stores them with the progress. Each
// attempt has names of its own, so that one that was replaced and does not know
// it yet cannot write into another's pieces.
type pieces struct {
	ctx  context.Context
	work *work
	progress
	buffer bytes.Buffer
	began  time.Time
	next   int
}

func (p *pieces) Write(rows []byte) (int, error) { return p.buffer.Write(rows) }

// saved takes note of a page, and stores when enough has come together.
func (p *pieces) saved(at connector.Cursor) error {
	p.Cursor, p.Rows, p.Bytes = at, at.Rows, at.Bytes
	if p.buffer.Len() < pieceBytes && p.work.Now().Sub(p.began) < pieceTime {
		return nil
	}
	return p.store()
}

// store writes what is not stored yet. The progress comes last: a crash between
// the two leaves a piece that nothing names.
func (p *pieces) store() error {
	r, folder := p.work.in.Run, p.work.fetchFolder(p.Source)
	if p.buffer.Len() > 0 {
		p.next++
		name := fmt.Sprintf("%s%d-%d-%d.jsonl", folder, r.Round, r.Attempt, p.next)
		if err := p.work.objects.Put(p.ctx, name, &p.buffer); err != nil {
			return fmt.Errorf("%w: %w", errStore, err)
		}
		p.Parts = append(p.Parts, name)
		p.buffer.Reset()
	}
	raw, err := json.Marshal(p.progress)
	if err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	if err := p.work.objects.Put(p.ctx, folder+"progress.json", bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	p.began = p.work.Now()
	return nil
}
