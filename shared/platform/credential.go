package platform

import (
	"context"
	"errors"

	"netra/shared/connector"
	"netra/shared/secret"
)

// Credential reads what a user stored for a source of logs: the secret
// netra-<source>-<uid>. It is not found where there are no secrets at all.
func (p *Platform) Credential(ctx context.Context, uid string, kind connector.Kind) (string, bool, error) {
	if p.Secrets == nil {
		return "", false, nil
	}
	value, err := p.Secrets.Read(ctx, "netra-"+string(kind)+"-"+uid)
	if errors.Is(err, secret.ErrNotFound) {
		return "", false, nil
	}
	return string(value), err == nil, err
}
