package dispatcher_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"netra/emulators/dispatcher"
	"netra/emulators/localtest"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// patience is how long a test waits for what must happen; nothing is timed.
const patience = time.Minute

// pushed is one request as a function sees it.
type pushed struct {
	header http.Header
	body   map[string]any
}

func (p pushed) message() map[string]any { return p.body["message"].(map[string]any) }

// endpoint is a function that records what it gets; status decides the answer
// to the n-th request, from 1.
type endpoint struct {
	*httptest.Server
	requests chan pushed
}

func newEndpoint(t *testing.T, answer func(n int, p pushed) int) *endpoint {
	t.Helper()
	var mu sync.Mutex
	var n int
	e := &endpoint{requests: make(chan pushed, 1000)}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := pushed{header: r.Header}
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &p.body)
		}
		if !assert.NoError(t, err) {
			return
		}
		mu.Lock()
		n++
		number := n
		mu.Unlock()
		status := answer(number, p)
		e.requests <- p
		w.WriteHeader(status)
	}))
	t.Cleanup(e.Close)
	return e
}

func always(status int) func(int, pushed) int {
	return func(int, pushed) int { return status }
}

func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func subscription(url string) dispatcher.Subscription {
	return dispatcher.Subscription{
		ID: "stage", Topic: "stage", URL: url, InFlight: 10, AckDeadline: time.Minute,
		MinBackoff: 5 * time.Millisecond, MaxBackoff: 20 * time.Millisecond,
		DeadTopic: "stage-dead", MaxAttempts: 5,
	}
}

func start(t *testing.T, o dispatcher.Options) *dispatcher.Dispatcher {
	t.Helper()
	if o.Host == "" {
		o.Project = localtest.PubSub(t)
		o.Host = os.Getenv("PUBSUB_EMULATOR_HOST")
	}
	d, err := dispatcher.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Stop()) })
	return d
}

// publisher publishes to one topic through a front of the dispatcher.
type publisher struct {
	client *pubsub.TopicAdminClient
	topic  string
}

func newPublisher(t testing.TB, host, project, topic string) publisher {
	t.Helper()
	client, err := pubsub.NewTopicAdminClient(t.Context(), clientOptions(host)...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	return publisher{client, "projects/" + project + "/topics/" + topic}
}

func clientOptions(host string) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(host), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

func (p publisher) publish(ctx context.Context, messages ...*pubsubpb.PubsubMessage) error {
	_, err := p.client.Publish(ctx, &pubsubpb.PublishRequest{Topic: p.topic, Messages: messages})
	return err
}

func text(data string) *pubsubpb.PubsubMessage {
	return &pubsubpb.PubsubMessage{Data: []byte(data)}
}

// cloud is a dispatcher of one subscription with a front and a publisher.
func cloud(t *testing.T, s dispatcher.Subscription, change func(*dispatcher.Options)) publisher {
	t.Helper()
	o := dispatcher.Options{
		Project: localtest.PubSub(t), Host: os.Getenv("PUBSUB_EMULATOR_HOST"),
		Subscriptions: []dispatcher.Subscription{s},
	}
	if change != nil {
		change(&o)
	}
	front, err := start(t, o).StartFront()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, front.Stop()) })
	return newPublisher(t, front.Host(), o.Project, s.Topic)
}
