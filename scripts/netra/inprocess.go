package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gocloud.dev/blob/fileblob"

	"netra/functions"
	"netra/shared/bucket"
	"netra/shared/pipeline"
	"netra/shared/pricing"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/store"
	"netra/shared/usage"
)

// Ids of a run in this process.
const (
	localUser    = "local"
	localRun     = "in-this-process"
	localDataset = "log"
	localTerms   = "prices"
	localLabels  = "labels"
)

// oneRun is what a run in this process works on.
type oneRun struct {
	log, goal string
	// labels is a file of quality labels, "" for none.
	labels string
	// model prices the calls that name none, "" for no model.
	model string
	// mapping reads a log of unknown format; nil for any other.
	mapping json.RawMessage
	// terms are the user's own prices, nil for the book's.
	terms *savings.Terms
}

// uploads is the documents of a run in this process: its data sets and nothing else.
type uploads struct {
	store.Reader
	datasets []store.Dataset
}

func (u uploads) UID() string { return localUser }

func (u uploads) Dataset(_ context.Context, id string) (store.Versioned[store.Dataset], error) {
	for _, d := range u.datasets {
		if d.ID == id {
			return store.Versioned[store.Dataset]{Value: d}, nil
		}
	}
	return store.Versioned[store.Dataset]{}, store.ErrNotFound
}

func (u uploads) ids() []string {
	var ids []string
	for _, d := range u.datasets {
		ids = append(ids, d.ID)
	}
	return ids
}

// progress shows what the stages tell, where they are shown at all.
type progress struct{ show func(string) }

func (p progress) Think(_ context.Context, _, thought string, _ float64) error {
	p.show(thought)
	return nil
}
func (progress) ToolExecuting(context.Context, run.ToolExecutingData) error { return nil }
func (p progress) ToolCompleted(_ context.Context, d run.ToolCompletedData) error {
	p.show(d.Tool + ": " + d.Summary)
	return nil
}
func (progress) Partial(context.Context, run.PartialResultData) error { return nil }

// inProcess runs the stages of the pipeline on one log in this process, with no
// cloud, no emulator and no Java, and returns the files that they made.
func inProcess(ctx context.Context, asked oneRun, show func(string)) (files map[string]store.Artifact, err error) {
	dir, err := os.MkdirTemp("", "netra-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	opened, err := fileblob.OpenBucket(dir, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	b := bucket.New(opened)
	documents, err := put(ctx, b.User(localUser), asked)
	if err != nil {
		return nil, err
	}
	table, err := pipeline.Load()
	if err != nil {
		return nil, err
	}
	prices, err := pricing.Embedded()
	if err != nil {
		return nil, err
	}
	in := pipeline.Input{Documents: documents, Run: run.Run{
		ID: localRun, UserID: localUser, Goal: asked.goal, PriceModel: asked.model, Plan: "enterprise",
		Datasets: documents.ids(), Status: run.Running}}
	agents := functions.Agents(functions.Deps{Table: table, Bucket: b, Prices: prices, Now: time.Now})
	out, err := pipeline.Drive(ctx, table, agents, in, progress{show})
	return out.Files, err
}

// put stores the data sets of the run.
func put(ctx context.Context, objects bucket.Objects, asked oneRun) (uploads, error) {
	log, err := putFile(ctx, objects, localDataset, asked.log)
	if err != nil {
		return uploads{}, err
	}
	log.Mapping = store.JSON(asked.mapping)
	u := uploads{datasets: []store.Dataset{log}}
	if asked.labels != "" {
		labels, err := putLabels(ctx, objects, asked.labels)
		if err != nil {
			return uploads{}, err
		}
		u.datasets = append(u.datasets, labels)
	}
	if asked.terms == nil {
		return u, nil
	}
	raw, err := document(asked.terms)
	if err != nil {
		return uploads{}, err
	}
	size := int64(len(raw))
	u.datasets = append(u.datasets, store.Dataset{ID: localTerms, Filename: "prices.json", Format: savings.TermsFormat, Bytes: size, PartBytes: size})
	return u, objects.PutPart(ctx, localTerms, 0, bytes.NewReader(raw))
}

// putLabels stores a file of quality labels, told by its beginning as an upload is.
func putLabels(ctx context.Context, objects bucket.Objects, name string) (store.Dataset, error) {
	f, err := os.Open(name)
	if err != nil {
		return store.Dataset{}, err
	}
	defer f.Close()
	if _, ok := routing.Sniff(usage.Text(name, f)); !ok {
		return store.Dataset{}, notLabels(name)
	}
	d, err := putFile(ctx, objects, localLabels, name)
	d.Format = routing.Format
	return d, err
}

// putFile stores a file as one part of a data set.
func putFile(ctx context.Context, objects bucket.Objects, id, name string) (store.Dataset, error) {
	f, err := os.Open(name)
	if err != nil {
		return store.Dataset{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return store.Dataset{}, err
	}
	if info.IsDir() || info.Size() == 0 {
		return store.Dataset{}, fmt.Errorf("%s is a folder or empty: name one file", name)
	}
	return store.Dataset{ID: id, Filename: filepath.Base(name), Bytes: info.Size(), PartBytes: info.Size()},
		objects.PutPart(ctx, id, 0, f)
}
