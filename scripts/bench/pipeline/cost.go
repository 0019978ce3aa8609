package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"

	"netra/emulators/local"
	"netra/scripts/internal/figures"
	"netra/scripts/internal/rig"
	"netra/shared/pipeline"
	"netra/shared/queue"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

// List prices in us-central1, in USD:
// https://cloud.google.com/firestore/pricing (per 100,000 operations),
// https://cloud.google.com/pubsub/pricing (per TiB, at least 1,000 bytes a
// message and direction), https://cloud.google.com/run/pricing (request-based,
// vCPU-second and GiB-second, and per million requests).
const (
	perRead    = 0.03 / 100_000
	perWrite   = 0.09 / 100_000
	perDelete  = 0.01 / 100_000
	perMessage = 2 * 1000 * 40.0 / (1 << 40)
	perSecond  = 0.000024 + 0.0000025
	perRequest = 0.40 / 1_000_000
)

// meter counts billed Firestore operations on the wire.
type meter struct{ reads, writes, deletes atomic.Int64 }

// unary counts the writes of commits.
func (m *meter) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if c, ok := req.(*pb.CommitRequest); ok {
		for _, w := range c.Writes {
			if w.GetDelete() != "" {
				m.deletes.Add(1)
			} else {
				m.writes.Add(1)
			}
		}
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// stream counts the documents of reads; an empty query is billed as one.
func (m *meter) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := streamer(ctx, desc, cc, method, opts...)
	return &metered{s, m}, err
}

type metered struct {
	grpc.ClientStream
	meter *meter
}

func (s *metered) RecvMsg(msg any) error {
	err := s.ClientStream.RecvMsg(msg)
	if err != nil {
		return err
	}
	switch r := msg.(type) {
	case *pb.BatchGetDocumentsResponse:
		s.meter.reads.Add(1)
	case *pb.RunQueryResponse:
		if r.GetDocument() != nil {
			s.meter.reads.Add(1)
		}
	}
	return nil
}

// messages counts what is published, and keeps it for delivery.
type messages struct{ waiting []queue.Message }

// Publish keeps the message.
func (p *messages) Publish(_ context.Context, m queue.Message) error {
	p.waiting = append(p.waiting, m)
	return nil
}

// cost counts what one empty run reads, writes and publishes, by running the
// very steps of the functions in this process against the emulator, and says
// what that is at list prices.
func (b *bench) cost(ctx context.Context) error {
	cloud, r, err := b.start(ctx, "empty", 1, &deliveries{})
	if err != nil {
		return err
	}
	err = b.countRun(ctx, cloud)
	return errors.Join(err, r.Close(), cloud.Stop())
}

func (b *bench) countRun(ctx context.Context, cloud *local.Cloud) error {
	m := &meter{}
	conn, err := rig.Dial(rig.Setting(cloud, "FIRESTORE_EMULATOR_HOST"),
		grpc.WithChainUnaryInterceptor(m.unary), grpc.WithChainStreamInterceptor(m.stream))
	if err != nil {
		return err
	}
	client, err := firestore.NewClient(ctx, cloud.Project(), option.WithGRPCConn(conn))
	if err != nil {
		return fmt.Errorf("connect to firestore: %w", err)
	}
	defer client.Close()
	published, events, err := oneRun(ctx, storefirestore.New(client))
	if err != nil {
		return err
	}
	reads, writes, deletes := float64(m.reads.Load()), float64(m.writes.Load()), float64(m.deletes.Load())
	watched := float64(events) // a listener is billed a read per event
	const seconds = 5 * 0.1    // request-based billing rounds each request up to 100 ms
	usd := (reads+watched)*perRead + writes*perWrite + deletes*perDelete + float64(published)*perMessage + seconds*perSecond + 6*perRequest
	note := "an empty run: five stages, three events each, in-process steps against the emulator"
	return b.report(
		figures.New("cost.firestore_reads_per_run", reads, "reads", 1, note+"; a watching browser adds one per event"),
		figures.New("cost.firestore_writes_per_run", writes, "writes", 1, note),
		figures.New("cost.firestore_deletes_per_run", deletes, "deletes", 1, note),
		figures.New("cost.pubsub_messages_per_run", float64(published), "messages", 1, note),
		figures.New("cost.usd_per_1000_runs", 1000*usd, "USD", 1, "list prices, one watcher, 100 ms billed per stage; a real run adds its compute time"),
	)
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
