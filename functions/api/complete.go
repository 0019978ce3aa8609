package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"netra/shared/run"
	"netra/shared/store"
	"netra/shared/usage"
)

// Limits of what a refused data set tells of its columns, in bytes of their names.
const (
	maxColumns  = 32 << 10
	maxUnmapped = 16 << 10
)

// parseMapping reads the mapping of a request, nil if there is none.
func parseMapping(raw json.RawMessage) (*usage.Mapping, error) {
	if len(raw) > maxMapping {
		return nil, refuse("invalid", fmt.Sprintf("mapping has at most %d bytes.", maxMapping))
	}
	m, err := usage.ParseMapping(raw)
	if err != nil {
		return nil, refuse("invalid", fmt.Sprintf("mapping cannot be used: %v. A refused data set holds a proposal in preview.proposed_mapping.", err))
	}
	return m, nil
}

// completeDataset checks the parts and looks into the log, so that its user
// learns what is in it before a run starts. With a mapping it looks again into a
// log that was refused: what was uploaded stays where it is.
func (s *server) completeDataset(ctx context.Context, c *call) (reply, error) {
	var in struct {
		SHA256 string `json:"sha256"`
		// Mapping reads a log of unknown format: a usage.Mapping.
		Mapping json.RawMessage `json:"mapping"`
	}
	if len(c.body) > 0 {
		if err := c.decode(&in); err != nil {
			return reply{}, err
		}
	}
	mapping, err := parseMapping(in.Mapping)
	if err != nil {
		return reply{}, err
	}
	d, err := c.user.Dataset(ctx, c.req.PathValue("dataset"))
	if err != nil {
		return reply{}, err
	}
	if done, err := completed(d.Value, mapping); done || err != nil {
		return reply{status: http.StatusOK, body: d.Value}, err
	}
	if err := s.allThere(ctx, c.user, d.Value); err != nil {
		return reply{}, err
	}
	if in.SHA256 != "" {
		d.Value.SHA256 = strings.ToLower(in.SHA256)
	}
	if mapping != nil {
		d.Value.Mapping = store.JSON(in.Mapping)
	}
	if err := s.inspect(ctx, c.user, &d.Value); err != nil {
		return reply{}, err
	}
	_, err = c.user.Apply(ctx, store.Change{Datasets: []store.Versioned[store.Dataset]{d}})
	return reply{status: http.StatusOK, body: d.Value}, err
}

// completed says whether there is nothing to do. A log that is ready keeps how it
// is read, since runs may have read it.
func completed(d store.Dataset, mapping *usage.Mapping) (bool, error) {
	if d.Status != ready || mapping == nil {
		return d.Status == ready || d.Status == refused && mapping == nil, nil
	}
	old, err := usage.ParseMapping([]byte(d.Mapping))
	if err != nil {
		return false, fmt.Errorf("read the mapping of %s: %w", d.ID, err)
	}
	if !mapping.Equal(old) {
		return false, refuse("already_read", "The data set "+d.ID+" is ready and keeps how it is read. Upload the log again to read it with another mapping.")
	}
	return true, nil
}

// allThere refuses a log with missing parts.
func (s *server) allThere(ctx context.Context, u store.User, d store.Dataset) error {
	missing, err := s.withURLs(ctx, u, d)
	if err != nil {
		return err
	}
	if n := len(missing.Parts); n > 0 {
		return refuse("not_ready", fmt.Sprintf("%d of %d parts are missing or have another size than announced. Read the data set for their URLs and upload them again.", n, d.Parts()))
	}
	return nil
}

// inspect notes on the data set what its beginning holds, or why it is refused.
func (s *server) inspect(ctx context.Context, u store.User, d *store.Dataset) error {
	log := s.Bucket.User(u.UID()).Log(ctx, d.ID, d.Parts())
	defer log.Close()
	mapping, err := usage.ParseMapping([]byte(d.Mapping))
	if err != nil {
		return fmt.Errorf("read the mapping: %w", err)
	}
	preview, err := s.Preview(log, usage.Options{Name: d.Filename, Mapping: mapping})
	var unusable *usage.Error
	if errors.As(err, &unusable) {
		return refuseLog(d, unusable)
	}
	if err != nil {
		return fmt.Errorf("look into the log: %w", err)
	}
	if d.Preview, err = store.NewJSON(preview.Document); err != nil {
		return fmt.Errorf("keep the preview: %w", err)
	}
	d.Status, d.Format, d.Problem = ready, preview.Format, nil
	return nil
}

// proposal is the preview of a log that a mapping may help to read.
type proposal struct {
	// Proposed is nil if not even token counts could be guessed.
	Proposed *usage.Mapping `json:"proposed_mapping,omitempty"`
	Columns  []usage.Column `json:"columns"`
}

// refuseLog notes why a log cannot be used, and the mapping that may help. What
// was proposed stays for another try where a mapping did not help.
func refuseLog(d *store.Dataset, why *usage.Error) (err error) {
	d.Status = refused
	d.Problem = &run.Failure{Kind: string(why.Kind), Reason: why.Message, Advice: "upload another export of the log"}
	switch {
	case len(why.Columns) > 0:
		d.Problem.Advice = "complete the data set again with the mapping, corrected where it is wrong (mapping of POST /api/datasets/{dataset}/complete, the columns below the log in the console, --mapping on the command line), or upload another export"
		d.Preview, err = store.NewJSON(newProposal(why))
	case len(d.Mapping) > 0 && (why.Kind == usage.KindTooManyUnreadable || why.Kind == usage.KindEmpty):
		d.Problem.Advice = "correct the mapping and complete the data set with it again, or upload another export of the log"
	}
	return err
}

// newProposal is what a refused log holds, cut to what a document takes: a log may
// have thousands of columns.
func newProposal(why *usage.Error) proposal {
	p := proposal{Columns: fitting(why.Columns, maxColumns, func(c usage.Column) int { return len(c.Name) })}
	if why.Proposal != nil {
		m := *why.Proposal
		m.Unmapped = fitting(m.Unmapped, maxUnmapped, func(name string) int { return len(name) })
		p.Proposed = &m
	}
	return p
}

// fitting are the first of a list that together have at most so many bytes.
func fitting[T any](all []T, most int, size func(T) int) []T {
	for i, one := range all {
		if most -= size(one); most < 0 {
			return all[:i]
		}
	}
	return all
}
