package platform

import (
	"context"
	"errors"

	"netra/shared/connector"
	"netra/shared/secret"
)

// Credential reads what a user stored for a source of logs. It is read anew each
// time: a user who has just put a wrong one right must not wait. It is not found
// where there are no secrets at all.
func (p *Platform) Credential(ctx context.Context, uid string, kind connector.Kind) (string, bool, error) {
	name, ok := kind.Secret(uid)
	if p.Secrets == nil || !ok {
		return "", false, nil
	}
	value, err := p.Secrets.ReadNewest(ctx, name)
	if errors.Is(err, secret.ErrNotFound) {
		return "", false, nil
	}
	return string(value), err == nil, err
}
