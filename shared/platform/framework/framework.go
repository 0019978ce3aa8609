// Package framework serves a function with Google's functions-framework-go, as
// Cloud Run runs it. It is apart from package platform so that a Lambda
// bootstrap, which is served by AWS's runtime, does not carry it.
package framework

import (
	"context"
	"fmt"
	"strconv"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"netra/shared/platform"
)

// Serve serves the guarded function on its port, until ctx ends or the server
// fails, and closes the platform.
func Serve(ctx context.Context, guard *platform.Guard, p *platform.Platform) error {
	c := p.Config
	// functions.HTTP and never functions.CloudEvent: its receiver deadlocks under
	// load (cloudevents/sdk-go #1224, #1332).
	functions.HTTP(c.Function, guard.ServeHTTP)
	failed := make(chan error, 1)
	go func() { failed <- funcframework.StartHostPort(c.Host(), strconv.Itoa(c.Port)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		guard.Drain(context.WithoutCancel(ctx))
		return p.Close()
	}
}
