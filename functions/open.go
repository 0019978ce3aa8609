package functions

import (
	"context"
	"errors"
	"fmt"
	"io"

	"netra/shared/config"
	"netra/shared/platform"
)

// Open builds the function that the settings name, from the registry, behind its
// guard. lookup gives the settings, such as os.LookupEnv. The platform is to be
// closed at the end.
func Open(ctx context.Context, lookup func(string) (string, bool), logs io.Writer, r Registry) (*platform.Guard, *platform.Platform, error) {
	c, err := config.Read(lookup)
	if err != nil {
		return nil, nil, fmt.Errorf("settings: %w", err)
	}
	p, err := platform.New(ctx, c, logs)
	if err != nil {
		return nil, nil, err
	}
	guard, err := r.Handler(ctx, p, c.Function)
	if err != nil {
		return nil, nil, errors.Join(err, p.Close())
	}
	return guard, p, nil
}
