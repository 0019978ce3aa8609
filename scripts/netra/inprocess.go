package main

import (
	"context"
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
	"netra/shared/store"
)

// Ids of a run in this process.
const (
	localUser    = "local"
	localDataset = "log"
)

// oneLog is the documents of a run in this process: the one data set and
// nothing else.
type oneLog struct {
	store.Reader
	log store.Dataset
}

func (o oneLog) UID() string { return localUser }

func (o oneLog) Dataset(_ context.Context, id string) (store.Versioned[store.Dataset], error) {
	if id != o.log.ID {
		return store.Versioned[store.Dataset]{}, store.ErrNotFound
	}
	return store.Versioned[store.Dataset]{Value: o.log}, nil
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
func inProcess(ctx context.Context, log, goal, model string, show func(string)) (files map[string]store.Artifact, err error) {
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
	document, err := putLog(ctx, b.User(localUser), log)
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
	in := pipeline.Input{Documents: oneLog{log: document}, Run: run.Run{
		ID: "local", UserID: localUser, Goal: goal, PriceModel: model, Plan: "enterprise",
		Datasets: []string{localDataset}, Status: run.Running}}
	agents := functions.Agents(functions.Deps{Table: table, Bucket: b, Prices: prices, Now: time.Now})
	out, err := pipeline.Drive(ctx, table, agents, in, progress{show})
	return out.Files, err
}

// putLog stores the log as one part of a data set.
func putLog(ctx context.Context, objects bucket.Objects, log string) (store.Dataset, error) {
	f, err := os.Open(log)
	if err != nil {
		return store.Dataset{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return store.Dataset{}, err
	}
	if info.IsDir() || info.Size() == 0 {
		return store.Dataset{}, fmt.Errorf("%s is a folder or empty: name one usage log", log)
	}
	return store.Dataset{ID: localDataset, Filename: filepath.Base(log), Bytes: info.Size(), PartBytes: info.Size()},
		objects.PutPart(ctx, localDataset, 0, f)
}
