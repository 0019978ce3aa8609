package dispatcher

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// outstanding bounds the messages that one subscription holds, most of them
// waiting for a free instance or for their next attempt.
const outstanding = 5000

// subscriber serves one subscription. Its names are full resource names.
type subscriber struct {
	*Dispatcher
	config         Subscription
	name, topic    string
	deadTopic      string
	slots          chan struct{}
	woken          chan struct{}
	queues         queues
	mu             sync.Mutex
	held           map[string]struct{} // acknowledgement ids
	pushesUnderWay sync.WaitGroup
	there          atomic.Bool // topic and subscription exist, as far as is known
}

func (d *Dispatcher) newSubscriber(c Subscription) (*subscriber, error) {
	switch {
	case c.ID == "" || c.Topic == "" || c.URL == "":
		return nil, fmt.Errorf("subscription %q needs an id, a topic and a URL", c.ID)
	case c.AckDeadline < 10*time.Second || c.AckDeadline > 10*time.Minute:
		return nil, fmt.Errorf("subscription %s: the acknowledgement deadline %v is not between 10 s and 600 s", c.ID, c.AckDeadline)
	case c.InFlight <= 0:
		return nil, fmt.Errorf("subscription %s: no request may be in flight", c.ID)
	case c.DeadTopic != "" && (c.MaxAttempts < 5 || c.MaxAttempts > 100):
		return nil, fmt.Errorf("subscription %s: %d attempts before the dead letter are not between 5 and 100", c.ID, c.MaxAttempts)
	case c.MinBackoff < 0 || c.MaxBackoff < c.MinBackoff || c.MaxBackoff > 10*time.Minute:
		return nil, fmt.Errorf("subscription %s: the backoff from %v to %v is not within 0 s and 600 s", c.ID, c.MinBackoff, c.MaxBackoff)
	case c.Account != "" && d.options.Signer == nil:
		return nil, fmt.Errorf("subscription %s: an account but no signer", c.ID)
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{MaxIdleConnsPerHost: c.InFlight}
	}
	s := &subscriber{
		Dispatcher: d, config: c,
		name:  "projects/" + d.options.Project + "/subscriptions/" + c.ID,
		topic: d.topicName(c.Topic),
		slots: make(chan struct{}, c.InFlight), woken: make(chan struct{}, 1),
		held: map[string]struct{}{},
	}
	if c.DeadTopic != "" {
		s.deadTopic = d.topicName(c.DeadTopic)
	}
	return s, nil
}

func (d *Dispatcher) topicName(id string) string {
	return "projects/" + d.options.Project + "/topics/" + id
}

// ensure makes the topics and the subscription if they are not there. The
// policies are written down for whoever looks; the dispatcher keeps them itself.
func (s *subscriber) ensure(ctx context.Context) error {
	wanted := &pubsubpb.Subscription{
		Name: s.name, Topic: s.topic, EnableMessageOrdering: s.config.Ordered,
		AckDeadlineSeconds: int32(s.config.AckDeadline / time.Second),
		RetryPolicy: &pubsubpb.RetryPolicy{
			MinimumBackoff: durationpb.New(s.config.MinBackoff), MaximumBackoff: durationpb.New(s.config.MaxBackoff),
		},
	}
	names := []string{s.topic}
	if s.deadTopic != "" {
		names = append(names, s.deadTopic)
		wanted.DeadLetterPolicy = &pubsubpb.DeadLetterPolicy{
			DeadLetterTopic: s.deadTopic, MaxDeliveryAttempts: int32(s.config.MaxAttempts),
		}
	}
	for _, name := range names {
		_, err := s.topics.CreateTopic(ctx, &pubsubpb.Topic{Name: name})
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return fmt.Errorf("create topic %s: %w", name, err)
		}
	}
	_, err := s.admin.CreateSubscription(ctx, wanted)
	if err != nil && status.Code(err) != codes.AlreadyExists {
		return fmt.Errorf("create subscription %s: %w", s.name, err)
	}
	s.there.Store(true)
	return nil
}

// run serves the subscription until the context ends, one session after the
// other: each lasts until the emulator goes away.
func (s *subscriber) run(ctx context.Context) {
	defer s.pushesUnderWay.Wait()
	for ctx.Err() == nil {
		err := s.session(ctx)
		if ctx.Err() != nil {
			return
		}
		s.options.Log.Info("pub/sub went away, connecting again", "subscription", s.config.ID, "error", err)
		pause(ctx, 20*time.Millisecond)
	}
}

func (s *subscriber) session(ctx context.Context) error {
	if err := s.ensure(ctx); err != nil {
		return err
	}
	defer s.there.Store(false)
	group, session := errgroup.WithContext(ctx)
	group.Go(func() error { return s.stream(ctx, session) })
	group.Go(func() error { return s.pullWhenWoken(ctx, session) })
	group.Go(func() error { return s.extend(session) })
	return group.Wait()
}

// stream takes messages as the emulator gives them.
func (s *subscriber) stream(ctx, session context.Context) error {
	stream, err := s.admin.StreamingPull(session)
	if err != nil {
		return err
	}
	err = stream.Send(&pubsubpb.StreamingPullRequest{
		Subscription: s.name, MaxOutstandingMessages: outstanding,
		StreamAckDeadlineSeconds: int32(s.config.AckDeadline / time.Second),
	})
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		s.accept(ctx, session, response.ReceivedMessages)
	}
}

func (s *subscriber) wake() {
	select {
	case s.woken <- struct{}{}:
	default: // it is awake
	}
}

// pullWhenWoken asks for messages as soon as one was published. The streaming
// pull finds them too, but only when the emulator looks next.
func (s *subscriber) pullWhenWoken(ctx, session context.Context) error {
	for {
		select {
		case <-session.Done():
			return session.Err()
		case <-s.woken:
		}
		//lint:ignore SA1019 the emulator looks for messages every 50 ms unless it may answer with none
		request := &pubsubpb.PullRequest{Subscription: s.name, MaxMessages: 100, ReturnImmediately: true}
		response, err := s.admin.Pull(session, request)
		if err != nil {
			return err
		}
		if len(response.ReceivedMessages) > 0 {
			s.accept(ctx, session, response.ReceivedMessages)
			s.wake() // there may be more
		}
	}
}

// extend keeps the held messages from being given out again.
func (s *subscriber) extend(session context.Context) error {
	tick := time.NewTicker(s.config.AckDeadline / 3)
	defer tick.Stop()
	for {
		select {
		case <-session.Done():
			return session.Err()
		case <-tick.C:
		}
		ids := s.heldIDs()
		if len(ids) == 0 {
			continue
		}
		err := s.admin.ModifyAckDeadline(session, &pubsubpb.ModifyAckDeadlineRequest{
			Subscription: s.name, AckIds: ids, AckDeadlineSeconds: int32(s.config.AckDeadline / time.Second),
		})
		if err != nil {
			return err
		}
	}
}

func (s *subscriber) heldIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.held))
	for id := range s.held {
		ids = append(ids, id)
	}
	return ids
}

func (s *subscriber) hold(id string, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held {
		s.held[id] = struct{}{}
		return
	}
	delete(s.held, id)
}

// pause waits; it is false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
