package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"

	"netra/scripts/internal/tool"
)

// awaitHealth waits until the API says that it is ready.
func (d *demo) awaitHealth(ctx context.Context) error {
	url := d.found.outputs.API + "/health/ready"
	if d.dryRun {
		d.say("would ask %s until it answers 200", url)
		return nil
	}
	const tries = 30
	last := ""
	for try := 1; try <= tries; try++ {
		if last = d.status(ctx, url); last == "200 OK" {
			d.say("%s is ready", d.found.outputs.API)
			return nil
		}
		if err := d.wait(ctx, d.pause); err != nil {
			return err
		}
	}
	return fail(nil, url+" answers "+last, "curl %s/health names the dependency that is down; infra/runbooks/api-down.md says more", d.found.outputs.API)
}

func (d *demo) status(ctx context.Context, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	res, err := d.web.Do(req)
	if err != nil {
		return err.Error()
	}
	res.Body.Close()
	return res.Status
}

// smoke sends a real small log through the deployed pipeline.
func (d *demo) smoke(ctx context.Context) error {
	o := d.found.outputs
	err := d.tools.Stream(ctx, "go", "run", "./scripts/smoke", "-api="+o.API, "-console="+o.Console)
	if err != nil {
		return fail(err, "the smoke test failed", "the message above says how far the run came; infra/runbooks/stage-errors.md says where to look")
	}
	return nil
}

// open shows the console: the deployed one in the browser, or one that this
// machine serves until it is interrupted.
func (d *demo) open(ctx context.Context) error {
	if d.frontend == "localhost" {
		return d.serveConsole(ctx)
	}
	d.say("The console: %s", d.found.outputs.Console)
	d.say("Sign in there with a link by e-mail, as: %s", strings.Join(d.allow, ", "))
	if d.yes || d.dryRun {
		return nil
	}
	browser := map[string]string{"darwin": "open", "linux": "xdg-open"}[runtime.GOOS]
	if _, err := d.tools.Output(ctx, browser, d.found.outputs.Console); err != nil {
		d.say("No browser could be opened (%v): open the address above.", err)
	}
	return nil
}

// serveConsole runs the console's function here, against the deployed API.
func (d *demo) serveConsole(ctx context.Context) error {
	o := d.found.outputs
	env := append(d.environment(),
		"FUNCTION_TARGET=console", fmt.Sprintf("PORT=%d", d.port), "NETRA_PROJECT="+d.project, "NETRA_BUCKET=gs://"+o.Bucket,
		"NETRA_API_URL="+o.API, "NETRA_CONSOLE_URL="+d.origin(),
		"NETRA_FIREBASE_API_KEY="+o.FirebaseKey, "NETRA_FIREBASE_AUTH_DOMAIN="+d.project+".firebaseapp.com")
	d.say("The console: %s (Ctrl-C ends it)", d.origin())
	if d.dryRun {
		d.say("would run ./functions/cmd/cloudrun as the console on port %d", d.port)
		return nil
	}
	local := tool.Runner{Dir: d.root, Env: env, Log: d.out}
	if err := local.Stream(ctx, "npm", "--prefix=functions/console/web", "install", "--no-save"); err != nil {
		return fail(err, "the console's packages cannot be installed", "install Node 20 or newer: https://nodejs.org")
	}
	if err := local.Stream(ctx, "npm", "--prefix=functions/console/web", "run", "build"); err != nil {
		return fail(err, "the console cannot be built", "make test shows the same")
	}
	if err := local.Stream(ctx, "go", "run", "./functions/cmd/cloudrun"); err != nil && ctx.Err() == nil {
		return fail(err, "the console ended", "is port %d taken? another: ARGS=--port=5174", d.port)
	}
	return nil
}

func (d *demo) environment() []string {
	if d.env == nil {
		return os.Environ()
	}
	return append([]string{}, d.env...)
}
