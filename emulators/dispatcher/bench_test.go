package dispatcher_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/require"

	"netra/emulators/dispatcher"
	"netra/emulators/localtest"
)

// BenchmarkPublishToPush is the way of one message at a time from the
// publisher's call to the function, through the front and past it, and the rate
// at which a thousand messages get there.
func BenchmarkPublishToPush(b *testing.B) {
	arrived := make(chan struct{}, 1000)
	sink := transport(func(r *http.Request) (*http.Response, error) {
		arrived <- struct{}{}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})
	project := localtest.PubSub(b)
	host := os.Getenv("PUBSUB_EMULATOR_HOST")
	s := subscription("http://function.invalid")
	s.Transport = sink
	d, err := dispatcher.Start(b.Context(), dispatcher.Options{Host: host, Project: project, Subscriptions: []dispatcher.Subscription{s}})
	require.NoError(b, err)
	front, err := d.StartFront()
	require.NoError(b, err)
	for name, host := range map[string]string{"one/front": front.Host(), "one/direct": host} {
		p := newPublisher(b, host, project, "stage")
		b.Run(name, func(b *testing.B) {
			for range b.N {
				require.NoError(b, p.publish(b.Context(), text("x")))
				<-arrived
				time.Sleep(time.Millisecond) // let the acknowledgement pass
			}
		})
	}
	p := newPublisher(b, front.Host(), project, "stage")
	b.Run("thousand", func(b *testing.B) {
		for range b.N {
			for range 10 {
				require.NoError(b, p.publish(b.Context(), hundred()...))
			}
			for range 1000 {
				<-arrived
			}
		}
		b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
	require.NoError(b, front.Stop())
	require.NoError(b, d.Stop())
}

func hundred() []*pubsubpb.PubsubMessage {
	messages := make([]*pubsubpb.PubsubMessage, 100)
	for i := range messages {
		messages[i] = text("x")
	}
	return messages
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }
