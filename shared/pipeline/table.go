// Package pipeline runs agent stages exactly once on top of at-least-once
// messages. stages.json is the one list of what is deployed; Step is the one
// owner of claims, events, retries and commits.
package pipeline

import (
	_ "embed" // stages.json
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

//go:embed stages.json
var stagesJSON []byte

// Function is one deployed function: its limits are the platform's settings.
type Function struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Purpose string `json:"purpose"`
	// Public functions may be called by anybody; the others need a token.
	Public         bool    `json:"public"`
	TimeoutSeconds int     `json:"timeout_seconds"`
	MemoryMB       int     `json:"memory_mb"`
	CPU            float64 `json:"cpu"`
	// Concurrency is how many requests one instance serves at once.
	Concurrency  int `json:"concurrency"`
	MaxInstances int `json:"max_instances"`
	// Schedule is a cron line for functions that run by the clock, or "".
	Schedule string `json:"schedule"`
}

// Timeout is the longest that one request may take.
func (f Function) Timeout() time.Duration {
	return time.Duration(f.TimeoutSeconds) * time.Second
}

// Delivery is how messages reach the stages.
type Delivery struct {
	TopicPrefix        string `json:"topic_prefix"`
	DeadLetterSuffix   string `json:"dead_letter_suffix"`
	MaxAttempts        int    `json:"max_attempts"`
	MinBackoffMS       int    `json:"min_backoff_ms"`
	MaxBackoffMS       int    `json:"max_backoff_ms"`
	AckDeadlineSeconds int    `json:"ack_deadline_seconds"`
}

// Topic is the id of the Pub/Sub topic that starts a stage.
func (d Delivery) Topic(stage string) string { return d.TopicPrefix + stage }

// DeadTopic is the id of the topic that takes a stage's undeliverable messages.
func (d Delivery) DeadTopic(stage string) string { return d.Topic(stage) + d.DeadLetterSuffix }

// Table is the content of stages.json.
type Table struct {
	// Stages are the agent stages in their order.
	Stages   []Function `json:"stages"`
	Services []Function `json:"services"`
	Delivery Delivery   `json:"delivery"`
	// Routes are the stages of a run by the state of its data: insufficient,
	// minimal, sufficient, optimal. Triage chooses one, intelligence revises it.
	Routes map[string][]string `json:"routes"`
}

// After returns what follows the stage on the route of a data state.
func (t Table) After(stage, state string) []string {
	route := t.Routes[state]
	return slices.Clone(route[slices.Index(route, stage)+1:])
}

// Load parses and checks the embedded stages.json.
func Load() (Table, error) { return parse(stagesJSON) }

func parse(data []byte) (Table, error) {
	var t Table
	if err := json.Unmarshal(data, &t); err != nil {
		return Table{}, fmt.Errorf("parse stages.json: %w", err)
	}
	seen := map[string]bool{}
	for _, f := range t.Functions() {
		if f.Name == "" || seen[f.Name] {
			return Table{}, fmt.Errorf("stages.json: function name %q is empty or used twice", f.Name)
		}
		if f.TimeoutSeconds <= 0 || f.MemoryMB <= 0 || f.Concurrency <= 0 || f.MaxInstances <= 0 {
			return Table{}, fmt.Errorf("stages.json: function %s lacks a limit", f.Name)
		}
		seen[f.Name] = true
	}
	for state, route := range t.Routes {
		for _, name := range route {
			if !slices.Contains(t.StageNames(), name) {
				return Table{}, fmt.Errorf("stages.json: route %s has an unknown stage %q", state, name)
			}
		}
	}
	if t.Delivery.MaxAttempts < 5 || t.Delivery.TopicPrefix == "" {
		return Table{}, fmt.Errorf("stages.json: delivery needs a topic prefix and at least 5 attempts")
	}
	return t, nil
}

// Functions returns every deployed function, the stages first.
func (t Table) Functions() []Function { return slices.Concat(t.Stages, t.Services) }

// Function returns the function of that name.
func (t Table) Function(name string) (Function, bool) {
	for _, f := range t.Functions() {
		if f.Name == name {
			return f, true
		}
	}
	return Function{}, false
}

// StageNames returns the names of all stages in their order.
func (t Table) StageNames() []string {
	names := make([]string, len(t.Stages))
	for i, s := range t.Stages {
		names[i] = s.Name
	}
	return names
}
