package pubsub_test

import (
	"context"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/localtest"
	"netra/shared/queue"
	queuepubsub "netra/shared/queue/pubsub"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

func TestMessageReachesTheTopicOfItsStage(t *testing.T) {
	project := localtest.PubSub(t)
	client, err := pubsub.NewClient(t.Context(), project)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	topic, subscription := "projects/"+project+"/topics/netra-triage", "projects/"+project+"/subscriptions/work"
	_, err = client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic})
	require.NoError(t, err)
	_, err = client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscription, Topic: topic})
	require.NoError(t, err)

	p := queuepubsub.New(client, []string{"triage", "report"}, func(stage string) string { return "netra-" + stage })
	t.Cleanup(p.Stop)
	require.NoError(t, p.Publish(t.Context(), queue.Message{UID: "ann", RunID: "r1", Stage: "triage", Trace: "00-a-b-01"}))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got := make(chan *pubsub.Message, 1)
	go func() {
		_ = client.Subscriber("work").Receive(ctx, func(_ context.Context, m *pubsub.Message) {
			m.Ack()
			got <- m
			cancel()
		})
	}()
	m := <-got
	assert.JSONEq(t, `{"uid":"ann","run_id":"r1","stage":"triage"}`, string(m.Data), "ids only")
	assert.Equal(t, "00-a-b-01", m.Attributes[queue.TraceAttribute])

	assert.ErrorContains(t, p.Publish(t.Context(), queue.Message{Stage: "unknown"}), `no topic for stage "unknown"`)
	ended, stop := context.WithCancel(t.Context())
	stop()
	assert.Error(t, p.Publish(ended, queue.Message{Stage: "triage"}), "not stored is not published")
}
