package platform

import (
	"context"
	"errors"
	"time"

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

// Credentials stores what users give for the sources of their logs, each under a
// name made from the user's id and the source. It cannot read them.
type Credentials struct{ keeper *secret.Keeper }

// Credentials are those of this deployment.
func (p *Platform) Credentials() Credentials { return Credentials{p.Keeper} }

// Since says when the user stored a credential for the source; false if none is stored.
func (c Credentials) Since(ctx context.Context, uid string, kind connector.Kind) (time.Time, bool, error) {
	name, ok := kind.Secret(uid)
	if c.keeper == nil || !ok {
		return time.Time{}, false, nil
	}
	at, err := c.keeper.Since(ctx, name)
	if errors.Is(err, secret.ErrNotFound) {
		return time.Time{}, false, nil
	}
	return at, err == nil, err
}

// Put stores the user's credential for the source, in place of the one before.
func (c Credentials) Put(ctx context.Context, uid string, kind connector.Kind, value string) (time.Time, error) {
	name, err := c.name(uid, kind)
	if err != nil {
		return time.Time{}, err
	}
	return c.keeper.Put(ctx, name, []byte(value))
}

// Delete removes the user's credential for the source; none is no error.
func (c Credentials) Delete(ctx context.Context, uid string, kind connector.Kind) error {
	name, err := c.name(uid, kind)
	if err != nil {
		return err
	}
	return c.keeper.Delete(ctx, name)
}

// Erase removes the user's credentials for all sources; where none can be stored
// there are none.
func (c Credentials) Erase(ctx context.Context, uid string) error {
	for _, kind := range connector.Kinds() {
		name, ok := kind.Secret(uid)
		if c.keeper == nil || !ok {
			continue
		}
		if err := c.keeper.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (c Credentials) name(uid string, kind connector.Kind) (string, error) {
	name, ok := kind.Secret(uid)
	switch {
	case c.keeper == nil:
		return "", errors.New("this local cloud has no secrets")
	case !ok:
		return "", connector.ErrNoName
	}
	return name, nil
}
