// Package connect builds the model of an instance from its settings: one client
// per model name, each behind a circuit breaker, asked in turn.
package connect

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
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

// Lazy returns a model that is built when it is first asked: key reads the API
// key then, and again for every request, so that a rotated key is taken up (the
// reader is expected to remember it for a while). It is nil if the settings name
// no model. An instance that never asks a model needs no permission for its key.
func Lazy(s Settings, key func(context.Context) (string, error), now func() time.Time) llm.Model {
	if strings.Trim(s.Models, ", ") == "" {
		return nil
	}
	return &lazy{settings: s, key: key, now: now}
}

type lazy struct {
	settings Settings
	key      func(context.Context) (string, error)
	now      func() time.Time

	mu    sync.Mutex
	model llm.Model
}

// Generate asks the model, made with the current key.
func (l *lazy) Generate(ctx context.Context, request llm.Request) (llm.Response, error) {
	model, err := l.current(ctx)
	if err != nil {
		return llm.Response{}, fmt.Errorf("%w: %w", llm.ErrUnavailable, err)
	}
	return model.Generate(ctx, request)
}

func (l *lazy) current(ctx context.Context) (llm.Model, error) {
	key, err := l.key(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the model's key: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.model != nil && key == l.settings.Key {
		return l.model, nil
	}
	settings := l.settings
	settings.Key = key
	model, err := Model(ctx, settings, l.now)
	if err != nil {
		return nil, err
	}
	l.settings, l.model = settings, model
	return model, nil
}
