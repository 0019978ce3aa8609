package platform

import (
	"context"
	"errors"
	"strings"

	"netra/shared/llm"
	"netra/shared/llm/connect"
)

// vertexLocation is where Vertex AI serves Gemini without a choice of region.
const vertexLocation = "global"

// Model is the language model of the settings, nil if they name none. It asks
// for nothing, its key included, before a stage speaks to it.
func (p *Platform) Model() llm.Model {
	m := p.Config.Model
	return connect.Lazy(connect.Settings{
		Models: m.Name, Endpoint: m.Endpoint, Project: p.Config.Project, Location: vertexLocation,
	}, p.modelKey, p.Now)
}

// modelKey reads the model's key from Secret Manager; "" if the settings name no
// secret: Vertex AI takes the function's own account then.
func (p *Platform) modelKey(ctx context.Context) (string, error) {
	name := p.Config.Model.Secret
	if name == "" {
		return "", nil
	}
	if p.Secrets == nil {
		return "", errors.New("this local cloud has no secrets: set NETRA_SECRETS_ENDPOINT")
	}
	value, err := p.Secrets.Read(ctx, name)
	return strings.TrimSpace(string(value)), err
}
