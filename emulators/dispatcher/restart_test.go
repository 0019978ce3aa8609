package dispatcher_test

import (
	"net/http"
	"testing"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"netra/emulators/dispatcher"
	"netra/emulators/google"
)

func TestDeliveryGoesOnAfterARestartThatForgetsEverything(t *testing.T) {
	emulator, err := google.PubSub(t.Context(), google.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, emulator.Stop()) })
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	e := newEndpoint(t, func(n int, _ pushed) int {
		arrived <- struct{}{}
		if n == 1 {
			<-release
		}
		return http.StatusOK
	})
	received := make(chan dispatcher.Delivery, 100)
	s := subscription(e.URL)
	s.InFlight = 1
	d := start(t, dispatcher.Options{Host: emulator.Host(), Project: "p", Subscriptions: []dispatcher.Subscription{s}, Observe: func(d dispatcher.Delivery) { received <- d }})
	front, err := d.StartFront()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, front.Stop()) })
	p := newPublisher(t, front.Host(), "p", "stage")

	require.NoError(t, p.publish(t.Context(), text("old"), text("old")))
	next(t, arrived) // one is under way, the other waits for its end
	require.NoError(t, emulator.Restart(t.Context()))
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		require.NoError(c, p.publish(t.Context(), text("new")))
	}, patience, 20*time.Millisecond)
	close(release)
	first := next(t, received)
	assert.Equal(t, "old", string(first.Data))
	assert.True(t, first.Accepted(), "a request under way is not cut")
	assert.Equal(t, "new", string(next(t, received).Data), "what waited is forgotten")
}

func TestFrontPassesEveryCallThrough(t *testing.T) {
	e := newEndpoint(t, always(http.StatusOK))
	s := subscription(e.URL)
	p := cloud(t, s, nil)
	client := p.client
	ctx := t.Context()

	other := p.topic + "-other"
	err := p.publishTo(t, other)
	assert.Equal(t, codes.NotFound, status.Code(err), "a topic that nobody made is missing")
	_, err = client.CreateTopic(ctx, &pubsubpb.Topic{Name: other})
	require.NoError(t, err)
	_, err = client.CreateTopic(ctx, &pubsubpb.Topic{Name: other})
	assert.Equal(t, codes.AlreadyExists, status.Code(err))
}

func (p publisher) publishTo(t *testing.T, topic string) error {
	t.Helper()
	ctx := t.Context()
	p.client.CallOptions = &pubsub.TopicAdminCallOptions{} // no retries
	_, err := p.client.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{text("x")}})
	return err
}
