package dispatcher

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
)

// An internal test, since no subscription may have so short a deadline.
func TestPushEndsAtTheAcknowledgementDeadline(t *testing.T) {
	cut := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the end
		<-r.Context().Done()
		close(cut)
	}))
	defer slow.Close()
	s := subscriber{Dispatcher: &Dispatcher{}, config: Subscription{
		URL: slow.URL, Transport: http.DefaultTransport, AckDeadline: 20 * time.Millisecond,
	}}
	d := s.push(t.Context(), &pubsubpb.PubsubMessage{}, Delivery{})
	assert.ErrorIs(t, d.Err, context.DeadlineExceeded)
	assert.False(t, d.Accepted())
	<-cut
}

func TestBackoffDoublesUpToTheMaximum(t *testing.T) {
	s := subscriber{config: Subscription{MinBackoff: 200 * time.Millisecond, MaxBackoff: time.Minute}}
	for attempt, want := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 5: 3200 * time.Millisecond, 9: 51200 * time.Millisecond,
		10: time.Minute, 1000: time.Minute,
	} {
		assert.Equal(t, want, s.backoff(attempt), "after attempt %d", attempt)
	}
}
