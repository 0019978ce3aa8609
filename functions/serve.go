package functions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	framework "github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	gcf "github.com/GoogleCloudPlatform/functions-framework-go/functions"

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

// Serve serves the function that the settings name on its port, until ctx ends
// or the server fails.
func Serve(ctx context.Context, lookup func(string) (string, bool), logs io.Writer, r Registry) error {
	guard, p, err := Open(ctx, lookup, logs, r)
	if err != nil {
		return err
	}
	c := p.Config
	// functions.HTTP and never functions.CloudEvent: its receiver deadlocks under
	// load (cloudevents/sdk-go #1224, #1332).
	gcf.HTTP(c.Function, guard.ServeHTTP)
	failed := make(chan error, 1)
	go func() { failed <- framework.StartHostPort(c.Host(), strconv.Itoa(c.Port)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		guard.Drain(context.WithoutCancel(ctx))
		return p.Close()
	}
}
