// Package console serves Netra's web console: the files that Vite built from
// console/web, and /config.json, the settings that the page starts with. The
// page itself talks to the api and to Firebase; this handler keeps no state and
// needs no service.
package console

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"netra/shared/pipeline"
)

// dist holds what `npm run build` left in web/dist. A checkout has only a
// placeholder there, so that Go builds work without Node; the handler then says
// that the console was not built.
//
//go:embed all:web/dist
var dist embed.FS

// Console is the handler. Make it with New.
type Console struct {
	files    map[string]file
	index    file
	built    bool
	settings []byte
	headers  http.Header
}

// New reads the built files and prepares every answer. It fails if a setting
// cannot be used or the table has no stages.
func New(cfg Config, table pipeline.Table) (*Console, error) {
	built, err := fs.Sub(dist, "web/dist")
	if err != nil {
		return nil, fmt.Errorf("console: open the built files: %w", err)
	}
	return newFrom(built, cfg, table)
}

func newFrom(built fs.FS, cfg Config, table pipeline.Table) (*Console, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	settings, err := cfg.settings(table)
	if err != nil {
		return nil, err
	}
	files, err := load(built)
	if err != nil {
		return nil, err
	}
	c := &Console{files: files, settings: settings, headers: cfg.headers()}
	c.index, c.built = files["index.html"]
	if !c.built {
		c.index = notBuilt()
	}
	return c, nil
}

// ServeHTTP answers GET and HEAD: health, /config.json, a built file, or the page for
// every other path without an extension, since the page does its own routing.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, values := range c.headers {
		w.Header()[name] = values
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the console only answers GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch f, ok := c.files[name]; {
	case name == "health", name == "health/live", name == "health/ready":
		c.serveHealth(w)
	case name == "config.json":
		c.serveSettings(w, r)
	case ok:
		f.serve(w, r)
	case path.Ext(name) == "":
		c.index.serve(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (c *Console) serveSettings(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(c.settings)))
}

// serveHealth answers the platform's probes. The console needs nothing but its
// files; without them it still answers, and says so.
func (c *Console) serveHealth(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	answer := `{"status":"ok"}`
	if !c.built {
		answer = `{"status":"degraded","checks":[{"name":"files","status":"down","reason":"the console was not built"}]}`
	}
	fmt.Fprintln(w, answer)
}
