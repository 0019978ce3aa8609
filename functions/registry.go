package functions

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"netra/functions/api"
	"netra/functions/console"
	"netra/functions/stage"
	"netra/functions/sweeper"
	"netra/shared/connector"
	"netra/shared/erase"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/platform"
)

// Builder makes one function's handler.
type Builder func(ctx context.Context, p *platform.Platform) (http.Handler, error)

// Registry is a table of functions: name to handler.
type Registry map[string]Builder

// All is the table of functions: the agent stages of Agents and the services.
func All() Registry {
	return WithAgents(func(p *platform.Platform) (map[string]pipeline.Stage, error) {
		deps := Deps{Table: p.Table, Bucket: p.Bucket, Model: p.Model(),
			Fetcher: connector.New(connector.Settings{Private: p.Config.Emulators.Local()}), Credential: p.Credential, Now: p.Now}
		if NeedsPrices(p.Config.Function) {
			book, err := p.Prices()
			if err != nil {
				return nil, err
			}
			deps.Prices = book
		}
		return Agents(deps), nil
	})
}

// WithAgents is the registry with other work in its stages; benchmarks put empty
// stages there.
func WithAgents(agents func(*platform.Platform) (map[string]pipeline.Stage, error)) Registry {
	r := Registry{"api": buildAPI, "console": buildConsole, "sweeper": buildSweeper}
	for name := range Agents(Deps{}) {
		r[name] = func(_ context.Context, p *platform.Platform) (http.Handler, error) {
			f, _ := p.Table.Function(name)
			work := inBackground(func() (pipeline.Stage, error) {
				all, err := agents(p)
				return all[name], err
			})
			step := &pipeline.Step{Stage: f, Work: work, Desk: p.Desk, Files: p.Bucket, Lease: p.Config.Lease, Log: p.Log}
			return stage.New(step, push(p), health(p)), nil
		}
	}
	return r
}

// inBackground begins to make a stage and returns one that waits for it: a
// function answers its probes at once, while it reads the price book.
func inBackground(build func() (pipeline.Stage, error)) pipeline.Stage {
	made := sync.OnceValues(build)
	go func() { _, _ = made() }() // the first run gets the error
	return pipeline.StageFunc(func(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
		stage, err := made()
		if err != nil {
			return pipeline.Result{}, fmt.Errorf("make the stage: %w", err)
		}
		return stage.Run(ctx, in, emit)
	})
}

// Handler makes the handler of the named function, behind its guard.
func (r Registry) Handler(ctx context.Context, p *platform.Platform, name string) (*platform.Guard, error) {
	f, ok := p.Table.Function(name)
	build, known := r[name]
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
		Desk: p.Desk, Fleet: p.Fleet, Bucket: p.Bucket, Tokens: p.Users, Credentials: p.Credentials(), Eraser: eraser(p), Origins: p.Config.ConsoleURLs,
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
		Project: c.Project, APIURL: c.APIURL, FirebaseAPIKey: c.Firebase.APIKey, FirebaseAuthDomain: c.Firebase.AuthDomain, FirebaseGoogle: c.Firebase.Google,
		FirestoreEmulator: c.Emulators.Firestore, AuthEmulator: c.Emulators.Auth, UploadOrigins: uploadOrigins(c.Bucket),
	}, p.Table)
}

func buildSweeper(_ context.Context, p *platform.Platform) (http.Handler, error) {
	s := &sweeper.Sweeper{Desk: p.Desk, Fleet: p.Fleet, Eraser: eraser(p), Log: p.Log, Now: p.Now}
	return sweeper.New(s, push(p), health(p)), nil
}

func eraser(p *platform.Platform) *erase.Eraser {
	return &erase.Eraser{Desk: p.Desk, Bucket: p.Bucket, Credentials: p.Credentials(), Now: p.Now}
}

// uploadOrigins are the origins that take part uploads, for the console's
// content security policy; the api's own is always allowed.
func uploadOrigins(bucket string) []string {
	scheme, name, _ := strings.Cut(bucket, "://")
	name, _, _ = strings.Cut(name, "?")
	switch scheme {
	case "gs":
		return []string{"https://storage.googleapis.com"}
	case "s3":
		return []string{"https://" + name + ".s3.amazonaws.com"}
	}
	return nil
}
