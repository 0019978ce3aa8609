package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const publishMethod = "/google.pubsub.v1.Publisher/Publish"

// largest message: Pub/Sub takes 10 MB a request, and answers with more.
const largest = 32 << 20

// Front is the address that publishers use in place of the emulator's. It
// passes every call through unread but one: after a Publish it wakes the
// dispatcher, so that a message is delivered at once and not when the emulator
// looks next, 25 ms later on average. And while the topics and subscriptions
// are being made again after a restart of the emulator, publishing to them is
// unavailable, which clients retry: those of the real service do not go
// missing, and a message that finds a topic without subscription is lost.
type Front struct {
	dispatcher *Dispatcher
	server     *grpc.Server
	upstream   *grpc.ClientConn
	listener   net.Listener
}

// StartFront serves a front on a free loopback port.
func (d *Dispatcher) StartFront() (*Front, error) {
	upstream, err := grpc.NewClient("passthrough:///"+d.options.Host,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithConnectParams(quickReconnect()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(frames{}), grpc.MaxCallRecvMsgSize(largest)))
	if err != nil {
		return nil, fmt.Errorf("connect to Pub/Sub at %s: %w", d.options.Host, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for publishers: %w", err), upstream.Close())
	}
	f := &Front{dispatcher: d, upstream: upstream, listener: listener}
	f.server = grpc.NewServer(grpc.ForceServerCodec(frames{}), grpc.MaxRecvMsgSize(largest), grpc.UnknownServiceHandler(f.serve))
	go func() { _ = f.server.Serve(listener) }() // ends with Stop
	return f, nil
}

// Host is the address for PUBSUB_EMULATOR_HOST.
func (f *Front) Host() string { return f.listener.Addr().String() }

// Stop ends all calls.
func (f *Front) Stop() error {
	f.server.Stop()
	return f.upstream.Close()
}

func (f *Front) serve(_ any, client grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(client)
	incoming, _ := metadata.FromIncomingContext(client.Context())
	ctx := metadata.NewOutgoingContext(client.Context(), incoming)
	if method == publishMethod {
		return f.publish(ctx, client)
	}
	return f.pass(ctx, method, client)
}

func (f *Front) publish(ctx context.Context, client grpc.ServerStream) error {
	var request, response []byte
	if err := client.RecvMsg(&request); err != nil {
		return err
	}
	var parsed pubsubpb.PublishRequest
	if err := proto.Unmarshal(request, &parsed); err != nil {
		return status.Errorf(codes.InvalidArgument, "read the publish request: %v", err)
	}
	if !f.dispatcher.serves(parsed.Topic) {
		return status.Errorf(codes.Unavailable, "%s is being made again", parsed.Topic)
	}
	if err := f.upstream.Invoke(ctx, publishMethod, &request, &response); err != nil {
		return err
	}
	f.dispatcher.Wake(parsed.Topic)
	return client.SendMsg(&response)
}

// serves reports whether all subscriptions of a topic that the dispatcher knows
// are there, which is true of a topic that it does not know.
func (d *Dispatcher) serves(topic string) bool {
	return !slices.ContainsFunc(d.subscribers, func(s *subscriber) bool { return s.topic == topic && !s.there.Load() })
}

// pass copies the messages of a call both ways.
func (f *Front) pass(ctx context.Context, method string, client grpc.ServerStream) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	upstream, err := f.upstream.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() {
		if err := forward(client.RecvMsg, upstream.SendMsg); errors.Is(err, io.EOF) {
			_ = upstream.CloseSend() // the answer tells how the call ended
			return
		}
		cancel()
	}()
	err = forward(upstream.RecvMsg, client.SendMsg)
	client.SetTrailer(upstream.Trailer())
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// forward copies messages until one side ends.
func forward(receive, send func(any) error) error {
	for {
		var frame []byte
		if err := receive(&frame); err != nil {
			return err
		}
		if err := send(&frame); err != nil {
			return err
		}
	}
}

// frames is a codec that leaves messages as the bytes that they are.
type frames struct{}

func (frames) Marshal(v any) ([]byte, error) {
	frame, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("a frame is bytes, not %T", v)
	}
	return *frame, nil
}

func (frames) Unmarshal(data []byte, v any) error {
	frame, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("a frame is bytes, not %T", v)
	}
	*frame = slices.Clone(data)
	return nil
}

func (frames) Name() string { return "proto" }
