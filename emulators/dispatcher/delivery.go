package dispatcher

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// Delivery is one attempt to hand a message to its function.
type Delivery struct {
	Subscription, MessageID, OrderingKey string
	Data                                 []byte
	// Attempt counts the deliveries of this message, from 1.
	Attempt int
	// Published is the emulator's time; Received is when the dispatcher had
	// the message, Sent and Answered when the request began and ended.
	Published, Received, Sent, Answered time.Time
	// Status is the answer's, 0 if there was none and Err says why.
	Status int
	Err    error
}

// Accepted reports whether the answer acknowledges the message:
// https://cloud.google.com/pubsub/docs/push#receive_push
func (d Delivery) Accepted() bool {
	switch d.Status {
	case 102, 200, 201, 202, 204:
		return d.Err == nil
	}
	return false
}

// accept begins the delivery of messages. Pushes under way outlive the session,
// as requests outlive what Pub/Sub remembers of them; waiting ones do not.
func (s *subscriber) accept(ctx, session context.Context, messages []*pubsubpb.ReceivedMessage) {
	received := time.Now()
	for _, m := range messages {
		s.hold(m.AckId, true)
		turn := turn{}
		if s.config.Ordered && m.Message.OrderingKey != "" {
			turn = s.queues.join(m.Message.OrderingKey)
		}
		s.pushesUnderWay.Go(func() {
			defer s.hold(m.AckId, false)
			defer turn.end()
			if turn.wait(session) {
				s.deliver(ctx, session, m, received)
			}
		})
	}
}

// deliver pushes a message until it is accepted, dead or forgotten.
func (s *subscriber) deliver(ctx, session context.Context, m *pubsubpb.ReceivedMessage, received time.Time) {
	for attempt := 1; ; attempt++ {
		select {
		case <-session.Done():
			return
		case s.slots <- struct{}{}:
		}
		d := s.push(ctx, m.Message, Delivery{
			Subscription: s.config.ID, MessageID: m.Message.MessageId, OrderingKey: m.Message.OrderingKey,
			Data: m.Message.Data, Published: m.Message.PublishTime.AsTime(), Attempt: attempt, Received: received,
		})
		<-s.slots
		if ctx.Err() != nil || s.settle(session, m, d) || !pause(session, s.backoff(attempt)) {
			return
		}
	}
}

// settle ends a message that was accepted or that has failed too often.
func (s *subscriber) settle(session context.Context, m *pubsubpb.ReceivedMessage, d Delivery) bool {
	if s.options.Observe != nil {
		s.options.Observe(d)
	}
	if d.Accepted() {
		if s.options.LoseAck != nil && s.options.LoseAck(d) {
			return false
		}
		s.acknowledge(session, m)
		return true
	}
	s.options.Log.Warn("delivery failed", "subscription", d.Subscription, "message", d.MessageID,
		"attempt", d.Attempt, "status", d.Status, "error", d.Err)
	if s.deadTopic == "" || d.Attempt < s.config.MaxAttempts {
		return false
	}
	if err := s.bury(session, m.Message, d.Attempt); err != nil {
		s.options.Log.Error("dead letter not sent, trying again", "subscription", d.Subscription, "error", err)
		return false
	}
	s.acknowledge(session, m)
	return true
}

// acknowledge may fail when the emulator restarts: it has forgotten the message
// anyway. While the session lives a failure means a second delivery.
func (s *subscriber) acknowledge(session context.Context, m *pubsubpb.ReceivedMessage) {
	err := s.admin.Acknowledge(session, &pubsubpb.AcknowledgeRequest{Subscription: s.name, AckIds: []string{m.AckId}})
	if err != nil && session.Err() == nil {
		s.options.Log.Warn("acknowledgement failed", "subscription", s.config.ID, "message", m.Message.MessageId, "error", err)
	}
}

// bury forwards a message to the dead-letter topic with the attributes that
// Pub/Sub adds: https://cloud.google.com/pubsub/docs/handling-failures
func (s *subscriber) bury(ctx context.Context, m *pubsubpb.PubsubMessage, attempts int) error {
	attributes := maps.Clone(m.Attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	attributes["CloudPubSubDeadLetterSourceSubscription"] = s.config.ID
	attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] = s.options.Project
	attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = strconv.Itoa(attempts)
	attributes["CloudPubSubDeadLetterSourceTopicPublishTime"] = m.PublishTime.AsTime().Format(time.RFC3339Nano)
	_, err := s.topics.Publish(ctx, &pubsubpb.PublishRequest{Topic: s.deadTopic, Messages: []*pubsubpb.PubsubMessage{{
		Data: m.Data, Attributes: attributes, OrderingKey: m.OrderingKey,
	}}})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", s.deadTopic, err)
	}
	s.Wake(s.deadTopic)
	return nil
}

// backoff is the wait after the given number of failed attempts.
func (s *subscriber) backoff(attempt int) time.Duration {
	wait := s.config.MinBackoff
	for range attempt - 1 {
		if wait *= 2; wait >= s.config.MaxBackoff {
			return s.config.MaxBackoff
		}
	}
	return wait
}
