package dispatcher_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/dispatcher"
	"netra/emulators/oidc"
)

func TestPushHasTheFormOfPubSub(t *testing.T) {
	e := newEndpoint(t, always(http.StatusNoContent))
	signer, err := oidc.NewSigner()
	require.NoError(t, err)
	s := subscription(e.URL + "/hook")
	s.Audience, s.Account = "https://netra.test", "push@netra.test"
	p := cloud(t, s, func(o *dispatcher.Options) { o.Signer = signer })
	require.NoError(t, p.publish(t.Context(), &pubsubpb.PubsubMessage{
		Data: []byte(`{"n":1}`), Attributes: map[string]string{"a": "b"}, OrderingKey: "key",
	}))

	got := next(t, e.requests)
	assert.Equal(t, []string{"deliveryAttempt", "message", "subscription"}, slices.Sorted(maps.Keys(got.body)))
	assert.InDelta(t, 1, got.body["deliveryAttempt"], 0)
	assert.Regexp(t, "^projects/test-.*/subscriptions/stage$", got.body["subscription"])
	m := got.message()
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte(`{"n":1}`)), m["data"])
	assert.Equal(t, map[string]any{"a": "b"}, m["attributes"])
	assert.Equal(t, "key", m["orderingKey"])
	assert.NotEmpty(t, m["messageId"])
	assert.Equal(t, m["messageId"], m["message_id"])
	assert.Equal(t, m["publishTime"], m["publish_time"])
	published, err := time.Parse(time.RFC3339, m["publishTime"].(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), published, patience)
	assert.Equal(t, "application/json", got.header.Get("Content-Type"))

	token, err := jwt.ParseSigned(got.header.Get("Authorization")[len("Bearer "):], []jose.SignatureAlgorithm{jose.RS256})
	require.NoError(t, err)
	var claims struct {
		Aud   string `json:"aud"`
		Email string `json:"email"`
	}
	require.NoError(t, token.UnsafeClaimsWithoutVerification(&claims))
	assert.Equal(t, "https://netra.test", claims.Aud)
	assert.Equal(t, "push@netra.test", claims.Email)
}

func TestWithoutAccountAndDeadLetterThereIsNoTokenAndNoCount(t *testing.T) {
	e := newEndpoint(t, always(http.StatusOK))
	s := subscription(e.URL)
	s.DeadTopic, s.MaxAttempts = "", 0
	p := cloud(t, s, nil)
	require.NoError(t, p.publish(t.Context(), text("x")))
	got := next(t, e.requests)
	assert.NotContains(t, got.body, "deliveryAttempt")
	assert.NotContains(t, got.header, "Authorization")
}

func TestOnlySuccessAcknowledges(t *testing.T) {
	for status, accepted := range map[int]bool{200: true, 201: true, 202: true, 204: true, 203: false, 302: false, 400: false, 429: false, 500: false, 503: false} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t, func(n int, _ pushed) int {
				if n == 1 {
					return status
				}
				return http.StatusOK
			})
			p := cloud(t, subscription(e.URL), nil)
			require.NoError(t, p.publish(t.Context(), text("first")))
			first := next(t, e.requests)
			if accepted { // a second message shows that nothing else comes before it
				require.NoError(t, p.publish(t.Context(), text("second")))
			}
			second := next(t, e.requests)
			assert.Equal(t, accepted, first.message()["data"] != second.message()["data"])
			if !accepted {
				assert.InDelta(t, 2, second.body["deliveryAttempt"], 0)
			}
		})
	}
}

func TestRetriesWaitTwiceAsLongEachTimeUpToTheMaximum(t *testing.T) {
	e := newEndpoint(t, func(n int, _ pushed) int {
		if n < 5 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	seen := make(chan dispatcher.Delivery, 10)
	p := cloud(t, subscription(e.URL), func(o *dispatcher.Options) { o.Observe = func(d dispatcher.Delivery) { seen <- d } })
	require.NoError(t, p.publish(t.Context(), text("x")))
	before := next(t, seen)
	for i, least := range []time.Duration{5, 10, 20, 20} {
		d := next(t, seen)
		assert.Equal(t, i+2, d.Attempt)
		assert.GreaterOrEqual(t, d.Sent.Sub(before.Answered), least*time.Millisecond)
		before = d
	}
	assert.True(t, before.Accepted())
}

func TestDeadLetterAfterTheLastAttempt(t *testing.T) {
	failing := newEndpoint(t, always(http.StatusInternalServerError))
	dead := newEndpoint(t, always(http.StatusOK))
	s := subscription(failing.URL)
	burial := subscription(dead.URL)
	burial.ID, burial.Topic, burial.DeadTopic = "stage-dead", "stage-dead", ""
	p := cloud(t, s, func(o *dispatcher.Options) { o.Subscriptions = append(o.Subscriptions, burial) })
	require.NoError(t, p.publish(t.Context(), &pubsubpb.PubsubMessage{Data: []byte("x"), Attributes: map[string]string{"a": "b"}}))

	got := next(t, dead.requests)
	assert.Len(t, failing.requests, 5)
	attributes := got.message()["attributes"].(map[string]any)
	assert.Equal(t, "b", attributes["a"])
	assert.Equal(t, "stage", attributes["CloudPubSubDeadLetterSourceSubscription"])
	assert.Equal(t, "5", attributes["CloudPubSubDeadLetterSourceDeliveryCount"])
}

func TestNoMoreRequestsAreInFlightThanAllowed(t *testing.T) {
	const limit, messages = 3, 12
	var current, most atomic.Int64
	arrived, release := make(chan struct{}, messages), make(chan struct{})
	e := newEndpoint(t, func(int, pushed) int {
		most.Store(max(most.Load(), current.Add(1)))
		arrived <- struct{}{}
		<-release
		current.Add(-1)
		return http.StatusOK
	})
	s := subscription(e.URL)
	s.InFlight = limit
	p := cloud(t, s, nil)
	for i := range messages {
		require.NoError(t, p.publish(t.Context(), text(strconv.Itoa(i))))
	}
	for range limit {
		next(t, arrived)
	}
	for range messages { // each answer lets exactly one more in
		release <- struct{}{}
	}
	for range messages {
		next(t, e.requests)
	}
	assert.EqualValues(t, limit, most.Load())
}

func TestMessagesOfOneKeyComeInOrderEvenWhenTheFirstFails(t *testing.T) {
	e := newEndpoint(t, func(n int, _ pushed) int {
		if n <= 2 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	s := subscription(e.URL)
	s.Ordered = true
	p := cloud(t, s, nil)
	var messages []*pubsubpb.PubsubMessage
	for _, data := range []string{"a", "b", "c"} {
		messages = append(messages, &pubsubpb.PubsubMessage{Data: []byte(data), OrderingKey: "k"})
	}
	require.NoError(t, p.publish(t.Context(), messages...))
	var got string
	for range 5 {
		data, err := base64.StdEncoding.DecodeString(next(t, e.requests).message()["data"].(string))
		require.NoError(t, err)
		got += string(data)
	}
	assert.Equal(t, "aaabc", got)
}

func TestLostAcknowledgementDeliversAgain(t *testing.T) {
	e := newEndpoint(t, always(http.StatusOK))
	p := cloud(t, subscription(e.URL), func(o *dispatcher.Options) {
		o.LoseAck = func(d dispatcher.Delivery) bool { return d.Attempt == 1 }
	})
	require.NoError(t, p.publish(t.Context(), text("x")))
	assert.Equal(t, next(t, e.requests).message()["messageId"], next(t, e.requests).message()["messageId"])
}

func TestConfigurationErrorsNameTheSubscription(t *testing.T) {
	for name, change := range map[string]func(*dispatcher.Subscription){
		"needs an id":              func(s *dispatcher.Subscription) { s.Topic = "" },
		"no request may be":        func(s *dispatcher.Subscription) { s.InFlight = 0 },
		"not between 10 s":         func(s *dispatcher.Subscription) { s.AckDeadline = time.Second },
		"not between 5 and 100":    func(s *dispatcher.Subscription) { s.MaxAttempts = 1 },
		"not within 0 s and 600 s": func(s *dispatcher.Subscription) { s.MaxBackoff = time.Hour },
		"no signer":                func(s *dispatcher.Subscription) { s.Account = "push@netra.test" },
	} {
		t.Run(name, func(t *testing.T) {
			s := subscription("http://127.0.0.1:1")
			change(&s)
			_, err := dispatcher.Start(t.Context(), dispatcher.Options{Host: "127.0.0.1:1", Project: "p", Subscriptions: []dispatcher.Subscription{s}})
			assert.ErrorContains(t, err, name)
			assert.ErrorContains(t, err, "stage")
		})
	}
}
