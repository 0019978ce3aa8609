// Package dispatcher pushes the messages of Google's Pub/Sub emulator to HTTP
// functions as Pub/Sub itself does: the push body with ordering key and
// delivery attempt, a signed token, the subscription's retry and dead-letter
// policy, and no more requests in flight than the function has instances times
// concurrency. The emulator's own push has none of these and polls slowly.
//
// Nothing is lost silently: a message is acknowledged only after the function
// accepted it or the dead-letter topic took it. When the emulator restarts it
// has forgotten topics, subscriptions and messages; the dispatcher then makes
// the first two again and drops the messages that it holds but has not sent,
// because the service they came from does not know them any more.
package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

// Subscription is a push subscription. Names are short ids, without project.
type Subscription struct {
	ID, Topic string
	// URL is the push endpoint; Transport carries the requests there, the
	// standard one if nil. Redirects are not followed.
	URL       string
	Transport http.RoundTripper
	// InFlight bounds the requests under way: instances x concurrency.
	InFlight int
	// AckDeadline is how long the endpoint may take, from 10 s to 600 s.
	AckDeadline time.Duration
	// MinBackoff doubles with each failed delivery of a message, up to MaxBackoff.
	MinBackoff, MaxBackoff time.Duration
	// DeadTopic takes messages after MaxAttempts deliveries; "" tries for ever.
	DeadTopic   string
	MaxAttempts int
	// Ordered delivers messages of one ordering key one after the other.
	Ordered bool
	// Audience and Account are the token's; no token is sent if Account is "".
	Audience, Account string
}

// Signer makes the token of a push.
type Signer interface {
	Token(audience, email string) (string, error)
}

// Options are what New needs.
type Options struct {
	// Host is the emulator's address and Project the project of all names.
	Host, Project string
	Subscriptions []Subscription
	// Signer may be nil if no subscription has an Account.
	Signer Signer
	// Log takes failed deliveries; silent if nil.
	Log *slog.Logger
	// Observe, if set, is told of every delivery once it was answered. It is
	// called from many goroutines and must not block.
	Observe func(Delivery)
	// LoseAck, if set, is asked before a success is acknowledged; with true the
	// acknowledgement is lost and the message delivered again. For fault tests.
	LoseAck func(Delivery) bool
}

// Dispatcher is a running dispatcher.
type Dispatcher struct {
	options     Options
	topics      *pubsub.TopicAdminClient
	admin       *pubsub.SubscriptionAdminClient
	subscribers []*subscriber
	cancel      context.CancelFunc
	work        sync.WaitGroup
}

// Start creates the topics and subscriptions and begins to deliver. It returns
// when publishing can begin.
func Start(ctx context.Context, o Options) (*Dispatcher, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Dispatcher{options: o}
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	for _, s := range o.Subscriptions {
		subscriber, err := d.newSubscriber(s)
		if err == nil {
			err = subscriber.ensure(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.subscribers = append(d.subscribers, subscriber)
	}
	ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, s := range d.subscribers {
		d.work.Go(func() { s.run(ctx) })
	}
	return d, nil
}

func (d *Dispatcher) connect(ctx context.Context) error {
	options := []option.ClientOption{
		option.WithEndpoint(d.options.Host), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithDefaultCallOptions(grpc.WaitForReady(true))),
		option.WithGRPCDialOption(grpc.WithConnectParams(quickReconnect())),
	}
	var err error
	if d.topics, err = pubsub.NewTopicAdminClient(ctx, options...); err != nil {
		return fmt.Errorf("connect to Pub/Sub at %s: %w", d.options.Host, err)
	}
	if d.admin, err = pubsub.NewSubscriptionAdminClient(ctx, options...); err != nil {
		return errors.Join(fmt.Errorf("connect to Pub/Sub at %s: %w", d.options.Host, err), d.topics.Close())
	}
	return nil
}

// quickReconnect finds a restarted emulator soon; the standard waits seconds.
func quickReconnect() grpc.ConnectParams {
	return grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.5, MaxDelay: 200 * time.Millisecond},
		MinConnectTimeout: time.Second,
	}
}

// Wake has the subscriptions of a topic look for messages at once. The emulator
// looks every 50 ms on its own.
func (d *Dispatcher) Wake(topic string) {
	for _, s := range d.subscribers {
		if s.topic == topic {
			s.wake()
		}
	}
}

// Stop ends the deliveries under way and waits for their end. What was not
// acknowledged stays with the emulator.
func (d *Dispatcher) Stop() error {
	d.cancel()
	d.work.Wait()
	return d.close()
}

func (d *Dispatcher) close() error {
	return errors.Join(d.topics.Close(), d.admin.Close())
}
