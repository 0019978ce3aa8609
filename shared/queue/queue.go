// Package queue carries ids from one stage to the next. A message says which
// run waits for which stage; all state is in the store, so a message that is
// lost, late or doubled does no harm.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Message says that a run waits for a stage.
type Message struct {
	UID   string `json:"uid"`
	RunID string `json:"run_id"`
	Stage string `json:"stage"`
	// Trace is the W3C traceparent, carried as an attribute.
	Trace string `json:"-"`
}

// Publisher hands messages to the topics of their stages.
type Publisher interface {
	// Publish returns when the message is safely stored.
	Publish(ctx context.Context, m Message) error
}

// TraceAttribute is the message attribute that carries Message.Trace.
const TraceAttribute = "traceparent"

// Delivery is a message as it was pushed.
type Delivery struct {
	Message
	ID string
	// Attempt counts deliveries of this message from 1; 0 if unknown.
	Attempt     int
	PublishedAt time.Time
}

// ErrMalformed means that a push can never be understood: retrying is no use.
var ErrMalformed = errors.New("queue: malformed push")

// maxPush bounds a push body. Messages carry ids only.
const maxPush = 64 << 10

// pushBody is Pub/Sub's push format:
// https://cloud.google.com/pubsub/docs/push#receive_push
type pushBody struct {
	Message struct {
		Data        []byte            `json:"data"`
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
	} `json:"message"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
	Subscription    string `json:"subscription"`
}

// Decode reads a Pub/Sub push request. Its error is ErrMalformed unless the
// body could not be read at all.
func Decode(r *http.Request) (Delivery, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxPush+1))
	if err != nil {
		return Delivery{}, fmt.Errorf("read push: %w", err)
	}
	if len(raw) > maxPush {
		return Delivery{}, fmt.Errorf("%w: over %d bytes", ErrMalformed, maxPush)
	}
	var body pushBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return Delivery{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	d := Delivery{ID: body.Message.MessageID, Attempt: body.DeliveryAttempt, PublishedAt: body.Message.PublishTime}
	if err := json.Unmarshal(body.Message.Data, &d.Message); err != nil {
		return Delivery{}, fmt.Errorf("%w: data: %v", ErrMalformed, err)
	}
	if d.UID == "" || d.RunID == "" || d.Stage == "" {
		return Delivery{}, fmt.Errorf("%w: uid, run_id or stage is missing", ErrMalformed)
	}
	d.Trace = body.Message.Attributes[TraceAttribute]
	return d, nil
}
