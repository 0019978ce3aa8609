// Package connect builds the model of an instance from its settings: one client
// per model name, each behind a circuit breaker, asked in turn.
package connect

import (
	"context"
	"net/http"
	"strings"
	"time"

	"netra/shared/llm"
	"netra/shared/llm/compat"
	"netra/shared/llm/gemini"
)

// Settings say which models to ask and where.
type Settings struct {
	// Models is a comma-separated list of names, the preferred one first and
	// smaller ones after it. "" means that there is no model.
	Models string
	// Endpoint is an OpenAI-compatible address; "" asks Gemini.
	Endpoint string
	// Key is the API key; without one, Gemini is asked through Vertex AI with
	// the function's own account, in Project and Location.
	Key               string
	Project, Location string
	Client            *http.Client
}

const (
	// failures in a row open a circuit, for pause.
	failures = 3
	pause    = 30 * time.Second
)

// Model builds the model; nil without an error if the settings name none. It is
// built once per instance and shared by all its requests.
func Model(ctx context.Context, s Settings, now func() time.Time) (llm.Model, error) {
	var models []llm.Model
	for _, name := range strings.Split(s.Models, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		client, err := s.client(ctx, name)
		if err != nil {
			return nil, err
		}
		models = append(models, llm.NewBreaker(client, failures, pause, now))
	}
	if len(models) == 0 {
		return nil, nil
	}
	return llm.NewFallback(models...), nil
}

func (s Settings) client(ctx context.Context, name string) (llm.Model, error) {
	if s.Endpoint != "" {
		return compat.New(compat.Options{BaseURL: s.Endpoint, Model: name, Key: s.Key, Client: s.Client})
	}
	return gemini.New(ctx, gemini.Options{Model: name, Key: s.Key, Project: s.Project, Location: s.Location, Client: s.Client})
}
