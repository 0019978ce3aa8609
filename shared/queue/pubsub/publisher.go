// Package pubsub publishes stage messages to Google Pub/Sub.
package pubsub

import (
	"context"
	"encoding/json"
	"fmt"

	"cloud.google.com/go/pubsub/v2"

	"netra/shared/queue"
)

// Publisher is the Pub/Sub adapter of queue.Publisher.
type Publisher struct {
	topics map[string]*pubsub.Publisher
}

// New makes a publisher for the stages; topic maps a stage to its topic id.
// The caller owns the client.
func New(client *pubsub.Client, stages []string, topic func(stage string) string) *Publisher {
	p := &Publisher{topics: map[string]*pubsub.Publisher{}}
	for _, stage := range stages {
		t := client.Publisher(topic(stage))
		// One message a hand-on: waiting for more to fill a batch is only delay.
		t.PublishSettings.CountThreshold = 1
		p.topics[stage] = t
	}
	return p
}

// Publish stores the message in the topic of its stage.
func (p *Publisher) Publish(ctx context.Context, m queue.Message) error {
	topic, ok := p.topics[m.Stage]
	if !ok {
		return fmt.Errorf("publish: no topic for stage %q", m.Stage)
	}
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	msg := &pubsub.Message{Data: data}
	if m.Trace != "" {
		msg.Attributes = map[string]string{queue.TraceAttribute: m.Trace}
	}
	if _, err := topic.Publish(ctx, msg).Get(ctx); err != nil {
		return fmt.Errorf("publish to %s: %w", m.Stage, err)
	}
	return nil
}

// Stop sends what is still buffered.
func (p *Publisher) Stop() {
	for _, t := range p.topics {
		t.Stop()
	}
}
