package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// meter stands before a Firestore emulator and counts what Firestore bills
// (https://cloud.google.com/firestore/pricing): documents read by get, by query
// and by listener, documents written and deleted. It passes frames on as they are.
type meter struct {
	server *grpc.Server
	to     *grpc.ClientConn
	host   string

	mu     sync.Mutex
	counts counts
	sizes  map[string]int
}

// counts is what was billed so far.
type counts struct {
	reads, listened, writes, deletes int
	// stored is the size of the documents that are there, in bytes.
	stored int
}

func (c counts) less(o counts) counts {
	return counts{c.reads - o.reads, c.listened - o.listened, c.writes - o.writes, c.deletes - o.deletes, c.stored - o.stored}
}

// startMeter serves on loopback what the emulator at host serves.
func startMeter(host string) (*meter, error) {
	to, err := grpc.NewClient(host, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to the emulator: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	m := &meter{to: to, host: listener.Addr().String(), sizes: map[string]int{}}
	m.server = grpc.NewServer(grpc.ForceServerCodec(frames{}), grpc.UnknownServiceHandler(m.pass))
	go func() { _ = m.server.Serve(listener) }() // ends with stop
	return m, nil
}

func (m *meter) stop() error {
	m.server.Stop()
	return m.to.Close()
}

func (m *meter) now() counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.counts
	for _, n := range m.sizes {
		c.stored += n
	}
	return c
}

// frame is one message as it is on the wire.
type frame struct{ data []byte }

// frames is the codec that leaves messages as they are.
type frames struct{}

func (frames) Marshal(v any) ([]byte, error)      { return v.(*frame).data, nil }
func (frames) Unmarshal(data []byte, v any) error { v.(*frame).data = data; return nil }
func (frames) Name() string                       { return "proto" }

// pass hands one call on, in both directions.
func (m *meter) pass(_ any, from grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(from)
	ctx, cancel := context.WithCancel(from.Context())
	defer cancel()
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, md)
	}
	to, err := m.to.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method, grpc.ForceCodec(frames{}))
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.Go(func() error {
		err := pump(from, to, func(data []byte) error { return m.request(method, data) })
		return errors.Join(err, to.CloseSend())
	})
	err = pump(to, from, func(data []byte) error { return m.response(method, data) })
	from.SetTrailer(to.Trailer())
	if err != nil {
		return err
	}
	cancel()
	_ = group.Wait() // the caller has its answer
	return nil
}

// stream is either side of a call.
type stream interface {
	SendMsg(m any) error
	RecvMsg(m any) error
}

// pump moves frames until one side ends.
func pump(from, to stream, look func([]byte) error) error {
	for {
		var f frame
		if err := from.RecvMsg(&f); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := look(f.data); err != nil {
			return err
		}
		if err := to.SendMsg(&f); err != nil {
			return err
		}
	}
}

const service = "/google.firestore.v1.Firestore/"

// request counts the writes of commits.
func (m *meter) request(method string, data []byte) error {
	if method != service+"Commit" {
		return nil
	}
	var c pb.CommitRequest
	if err := proto.Unmarshal(data, &c); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range c.Writes {
		if name := w.GetDelete(); name != "" {
			m.counts.deletes++
			delete(m.sizes, name)
			continue
		}
		m.counts.writes++
		if d := w.GetUpdate(); d != nil {
			m.sizes[d.GetName()] = max(m.sizes[d.GetName()], proto.Size(d))
		}
	}
	return nil
}

// response counts the documents that are answered, those that a get did not find
// included. A query that finds nothing is billed as one read and not counted.
func (m *meter) response(method string, data []byte) error {
	switch method {
	case service + "BatchGetDocuments":
		return m.count(data, &pb.BatchGetDocumentsResponse{}, func(proto.Message) (int, int) { return 1, 0 })
	case service + "RunQuery":
		return m.count(data, &pb.RunQueryResponse{}, func(r proto.Message) (int, int) {
			if r.(*pb.RunQueryResponse).GetDocument() == nil {
				return 0, 0
			}
			return 1, 0
		})
	case service + "Listen":
		return m.count(data, &pb.ListenResponse{}, func(r proto.Message) (int, int) {
			if r.(*pb.ListenResponse).GetDocumentChange() == nil {
				return 0, 0
			}
			return 0, 1
		})
	}
	return nil
}

func (m *meter) count(data []byte, into proto.Message, of func(proto.Message) (reads, listened int)) error {
	if err := proto.Unmarshal(data, into); err != nil {
		return err
	}
	reads, listened := of(into)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.reads += reads
	m.counts.listened += listened
	return nil
}
