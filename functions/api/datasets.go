package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"netra/shared/bucket"
	"netra/shared/sample"
	"netra/shared/store"
)

const (
	uploading = "uploading"
	ready     = "ready"
	refused   = "refused"
)

// maxFilename bounds a file name, in characters.
const maxFilename = 255

// part is where one part of an upload goes.
type part struct {
	Number int `json:"number"`
	// Offset is where the part begins in the log.
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	URL    string `json:"url"`
}

// dataset is a data set with the URLs for what is not uploaded yet.
type dataset struct {
	store.Dataset
	Parts []part `json:"parts,omitempty"`
}

func partBytes(d store.Dataset, n int) int64 {
	return min(d.PartBytes, d.Bytes-int64(n)*d.PartBytes)
}

func (s *server) listDatasets(ctx context.Context, c *call) (reply, error) {
	p, err := c.page()
	if err != nil {
		return reply{}, err
	}
	all, err := c.user.Datasets(ctx, p)
	return reply{status: http.StatusOK, body: map[string]any{"datasets": notNil(all)}}, err
}

func (s *server) createDataset(ctx context.Context, c *call) (reply, error) {
	var in struct {
		Filename   string `json:"filename"`
		Bytes      int64  `json:"bytes"`
		PriceModel string `json:"price_model"`
		// Mapping reads a log of unknown format: a usage.Mapping.
		Mapping json.RawMessage `json:"mapping"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if _, err := parseMapping(in.Mapping); err != nil {
		return reply{}, err
	}
	in.Filename = cleanTitle(in.Filename)
	p, err := c.plan(ctx)
	if err != nil {
		return reply{}, err
	}
	switch {
	case in.Filename == "" || utf8.RuneCountInString(in.Filename) > maxFilename:
		return reply{}, refuse("invalid", fmt.Sprintf("filename has 1 to %d characters.", maxFilename))
	case utf8.RuneCountInString(in.PriceModel) > maxModel:
		return reply{}, refuse("invalid", fmt.Sprintf("price_model has at most %d characters.", maxModel))
	case in.Bytes <= 0:
		return reply{}, refuse("invalid", "bytes must be over 0: the file is empty. Choose a usage log with at least one call.")
	case in.Bytes > p.LogBytes:
		return reply{}, refuse("too_large", fmt.Sprintf("The log has %d bytes; the plan %s takes %d. Pack it with gzip, zstd or zip, send a shorter span, or choose a larger plan.", in.Bytes, p.Name, p.LogBytes))
	}
	d := s.newDataset(in.Filename, in.Bytes, in.PriceModel)
	d.ExpireAt, d.Mapping = d.CreatedAt.Add(p.Retention()), store.JSON(in.Mapping)
	receipt, err := s.receipt(c)
	if err != nil {
		return reply{}, err
	}
	out, err := s.withURLs(ctx, c.user, d)
	if err != nil {
		return reply{}, err
	}
	change := store.Change{Datasets: []store.Versioned[store.Dataset]{{Value: d}}}
	if change.Receipt, err = receipt.stored(ctx, http.StatusCreated, out); err != nil {
		return reply{}, err
	}
	_, err = c.user.Apply(ctx, change)
	return reply{status: http.StatusCreated, body: out}, err
}

func (s *server) newDataset(filename string, size int64, priceModel string) store.Dataset {
	return store.Dataset{ID: newID("d"), Filename: filename, Bytes: size, PartBytes: bucket.PartBytes,
		Status: uploading, PriceModel: priceModel, CreatedAt: s.Now()}
}

// withURLs adds upload URLs for the parts that are not there in full yet.
func (s *server) withURLs(ctx context.Context, u store.User, d store.Dataset) (dataset, error) {
	out := dataset{Dataset: d}
	objects := s.Bucket.User(u.UID())
	for n := range d.Parts() {
		size, err := objects.PartSize(ctx, d.ID, n)
		if err != nil && !errors.Is(err, bucket.ErrNotFound) {
			return out, err
		}
		if err == nil && size == partBytes(d, n) {
			continue
		}
		url, err := objects.PartURL(ctx, d.ID, n)
		if err != nil {
			return out, err
		}
		out.Parts = append(out.Parts, part{n, int64(n) * d.PartBytes, partBytes(d, n), url})
	}
	return out, nil
}

func (s *server) readDataset(ctx context.Context, c *call) (reply, error) {
	d, err := c.user.Dataset(ctx, c.req.PathValue("dataset"))
	if err != nil {
		return reply{}, err
	}
	out := dataset{Dataset: d.Value}
	if d.Value.Status == uploading {
		if out, err = s.withURLs(ctx, c.user, d.Value); err != nil {
			return reply{}, err
		}
	}
	return reply{status: http.StatusOK, body: out}, nil
}

// sampleDataset stores the built-in log as one of the user's data sets.
func (s *server) sampleDataset(ctx context.Context, c *call) (reply, error) {
	log, err := sample.Coding().Open()
	if err != nil {
		return reply{}, err
	}
	defer log.Close()
	raw, err := io.ReadAll(log)
	if err != nil {
		return reply{}, fmt.Errorf("read the sample: %w", err)
	}
	p, err := c.plan(ctx)
	if err != nil {
		return reply{}, err
	}
	receipt, err := s.receipt(c)
	if err != nil {
		return reply{}, err
	}
	if _, err := receipt.stored(ctx, 0, nil); err != nil {
		return reply{}, err
	}
	d := s.newDataset(sample.Coding().Name, int64(len(raw)), "")
	d.ExpireAt = d.CreatedAt.Add(p.Retention())
	if err := s.Bucket.User(c.user.UID()).PutPart(ctx, d.ID, 0, strings.NewReader(string(raw))); err != nil {
		return reply{}, err
	}
	if err := s.inspect(ctx, c.user, &d); err != nil {
		return reply{}, err
	}
	change := store.Change{Datasets: []store.Versioned[store.Dataset]{{Value: d}}}
	if change.Receipt, err = receipt.stored(ctx, http.StatusCreated, d); err != nil {
		return reply{}, err
	}
	_, err = c.user.Apply(ctx, change)
	return reply{status: http.StatusCreated, body: d}, err
}

func (s *server) deleteDataset(ctx context.Context, c *call) (reply, error) {
	id := c.req.PathValue("dataset")
	if _, err := c.user.Dataset(ctx, id); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, s.Eraser.Dataset(ctx, c.user, id)
}
