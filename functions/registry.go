package functions

import (
	"context"
	"fmt"
	"net/http"

	"netra/functions/api"
	"netra/functions/console"
	"netra/functions/stage"
	"netra/functions/sweeper"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/platform"
)

// builder makes one function's handler.
type builder func(ctx context.Context, p *platform.Platform) (http.Handler, error)

// registry is THE table of functions: name to handler. A stage is a row here, a
// folder beside this file and a line in shared/pipeline/stages.json.
func registry() map[string]builder {
	return map[string]builder{
		"api":     buildAPI,
		"console": buildConsole,
		"sweeper": buildSweeper,
	}
}

// Handler makes the handler of the named function, behind its guard.
func Handler(ctx context.Context, p *platform.Platform, name string) (*platform.Guard, error) {
	f, ok := p.Table.Function(name)
	build, known := registry()[name]
	if !ok || !known {
		return nil, fmt.Errorf("no function %q: FUNCTION_TARGET is one of %v", name, names(p.Table))
	}
	h, err := build(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("make the function %s: %w", name, err)
	}
	return platform.NewGuard(f, h, p.Log), nil
}

func names(t pipeline.Table) []string {
	var all []string
	for _, f := range t.Functions() {
		all = append(all, f.Name)
	}
	return all
}

func push(p *platform.Platform) stage.Push {
	return stage.Push{Tokens: p.Push, Tracer: p.Tracer, Log: p.Log}
}

// health checks what a function needs to do its work.
func health(p *platform.Platform) *observe.Health {
	return &observe.Health{Checks: []observe.Check{
		{Name: "firestore", Ping: p.Store.Ping},
		{Name: "bucket", Ping: p.Bucket.Ping},
	}}
}

func buildAPI(_ context.Context, p *platform.Platform) (http.Handler, error) {
	deps := api.Deps{
		Desk: p.Desk, Fleet: p.Store, Bucket: p.Bucket, Tokens: p.Users, Origins: p.Config.ConsoleURLs,
		Preview: preview, Health: health(p), Tracer: p.Tracer, Log: p.Log, Now: p.Now,
	}
	if p.Uploads != nil {
		deps.Uploads = p.Uploads
	}
	return api.New(deps), nil
}

func buildConsole(_ context.Context, p *platform.Platform) (http.Handler, error) {
	c := p.Config
	return console.New(console.Config{
		Project: c.Project, APIURL: c.APIURL, FirebaseAPIKey: c.Firebase.APIKey, FirebaseAuthDomain: c.Firebase.AuthDomain,
		FirestoreEmulator: c.Emulators.Firestore, AuthEmulator: c.Emulators.Auth,
	}, p.Table)
}

func buildSweeper(_ context.Context, p *platform.Platform) (http.Handler, error) {
	s := &sweeper.Sweeper{Desk: p.Desk, Fleet: p.Store, Bucket: p.Bucket, Log: p.Log, Now: p.Now}
	return sweeper.New(s, push(p), health(p)), nil
}
