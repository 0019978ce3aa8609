package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"

	"netra/emulators/google"
	"netra/emulators/local"
	"netra/scripts/internal/figures"
	"netra/scripts/internal/rig"
	"netra/shared/pipeline"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

// messages counts what is published, and keeps it for delivery.
type messages struct{ waiting []queue.Message }

// Publish keeps the message.
func (p *messages) Publish(_ context.Context, m queue.Message) error {
	p.waiting = append(p.waiting, m)
	return nil
}

// cost counts what one empty run reads, writes and publishes, by running the
// very steps of the functions in this process against the emulator, and what a
// user's whole visit with the sample log does to a cloud of the real functions.
func (b *bench) cost(ctx context.Context) error {
	cloud, r, err := b.start(ctx, "empty", 1, &deliveries{})
	if err != nil {
		return err
	}
	err = b.countRun(ctx, cloud)
	return errors.Join(err, r.Close(), cloud.Stop(), b.visit(ctx))
}

func (b *bench) countRun(ctx context.Context, cloud *local.Cloud) error {
	m, err := startMeter(rig.Setting(cloud, "FIRESTORE_EMULATOR_HOST"))
	if err != nil {
		return err
	}
	published, events, err := b.meteredRun(ctx, cloud, m)
	if err = errors.Join(err, m.stop()); err != nil {
		return err
	}
	c := m.now()
	note := "an empty run: five stages, three events each, in-process steps against the emulator"
	return b.report(
		figures.New("cost.firestore_reads_per_run", float64(c.reads), "reads", 1, fmt.Sprintf("%s; a watching browser adds one for each of the %d events", note, events)),
		figures.New("cost.firestore_writes_per_run", float64(c.writes), "writes", 1, note),
		figures.New("cost.firestore_deletes_per_run", float64(c.deletes), "deletes", 1, note),
		figures.New("cost.pubsub_messages_per_run", float64(published), "messages", 1, note),
	)
}

func (b *bench) meteredRun(ctx context.Context, cloud *local.Cloud, m *meter) (published int, events int64, err error) {
	conn, err := google.Dial(m.host)
	if err != nil {
		return 0, 0, err
	}
	client, err := firestore.NewClient(ctx, cloud.Project(), option.WithGRPCConn(conn))
	if err != nil {
		return 0, 0, fmt.Errorf("connect to firestore: %w", err)
	}
	defer client.Close()
	return oneRun(ctx, storefirestore.New(client))
}

// oneRun submits a run and delivers its messages until it has ended.
func oneRun(ctx context.Context, fleet store.Fleet) (published int, events int64, err error) {
	table, err := pipeline.Load()
	if err != nil {
		return 0, 0, err
	}
	out := &messages{}
	desk := &pipeline.Desk{Table: table, Store: fleet, Queue: out, Now: time.Now}
	u, err := fleet.User("cost")
	if err != nil {
		return 0, 0, err
	}
	now := time.Now()
	if _, err := u.Apply(ctx, store.Change{Threads: []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t1", CreatedAt: now}}}}); err != nil {
		return 0, 0, err
	}
	submission := pipeline.Submission{
		Run:     run.Run{ID: "r1", UserID: "cost", ThreadID: "t1", MessageID: "m1", Goal: "cut cost", Plan: "enterprise", ExpireAt: now.Add(time.Hour)},
		Message: store.Message{ID: "m1", ThreadID: "t1", Role: "user", Content: "cut cost", RunID: "r1"},
	}
	if _, _, err := desk.Submit(ctx, u, submission); err != nil {
		return 0, 0, err
	}
	nothing := pipeline.StageFunc(func(ctx context.Context, _ pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		return pipeline.Result{Summary: "nothing"}, emit.Think(ctx, "nothing", "nothing", 1)
	})
	for len(out.waiting) > 0 {
		m := out.waiting[0]
		out.waiting = out.waiting[1:]
		published++
		f, _ := table.Function(m.Stage)
		step := &pipeline.Step{Stage: f, Work: nothing, Desk: desk, Lease: time.Minute, Log: slog.New(slog.DiscardHandler)}
		if err := step.Handle(ctx, m); err != nil {
			return 0, 0, err
		}
	}
	doc, err := u.Run(ctx, "r1")
	if err == nil && doc.Value.Status != run.Completed {
		err = fmt.Errorf("the run is %s", doc.Value.Status)
	}
	return published, doc.Value.LastSeq, err
}
