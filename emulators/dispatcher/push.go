package dispatcher

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// envelope is the body of a push:
// https://cloud.google.com/pubsub/docs/push#receive_push
type envelope struct {
	Message         message `json:"message"`
	Subscription    string  `json:"subscription"`
	DeliveryAttempt int     `json:"deliveryAttempt,omitempty"`
}

// message has some fields twice because Pub/Sub sends both spellings.
type message struct {
	Attributes   map[string]string `json:"attributes,omitempty"`
	Data         []byte            `json:"data,omitempty"` // base64 in JSON
	MessageID    string            `json:"messageId"`
	MessageID2   string            `json:"message_id"`
	OrderingKey  string            `json:"orderingKey,omitempty"`
	PublishTime  time.Time         `json:"publishTime"`
	PublishTime2 time.Time         `json:"publish_time"`
}

// push sends one request and fills in how it went.
func (s *subscriber) push(ctx context.Context, m *pubsubpb.PubsubMessage, d Delivery) Delivery {
	ctx, cancel := context.WithTimeout(ctx, s.config.AckDeadline)
	defer cancel()
	request, err := s.request(ctx, m, d.Attempt)
	if err != nil {
		d.Err = err
		return d
	}
	d.Sent = time.Now()
	response, err := s.config.Transport.RoundTrip(request)
	if err != nil {
		d.Err, d.Answered = err, time.Now()
		return d
	}
	defer response.Body.Close()
	d.Status = response.StatusCode
	_, d.Err = io.Copy(io.Discard, response.Body)
	d.Answered = time.Now()
	return d
}

func (s *subscriber) request(ctx context.Context, m *pubsubpb.PubsubMessage, attempt int) (*http.Request, error) {
	e := envelope{
		Message: message{
			Attributes: m.Attributes, Data: m.Data, MessageID: m.MessageId, MessageID2: m.MessageId,
			OrderingKey: m.OrderingKey, PublishTime: m.PublishTime.AsTime(), PublishTime2: m.PublishTime.AsTime(),
		},
		Subscription: s.name,
	}
	if s.deadTopic != "" { // only then does Pub/Sub count
		e.DeliveryAttempt = attempt
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write the push body: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("push to %s: %w", s.config.URL, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "CloudPubSub-Google")
	if s.config.Account == "" {
		return request, nil
	}
	token, err := s.options.Signer.Token(s.config.Audience, s.config.Account)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return request, nil
}
