package observe

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// checkLimit bounds one dependency's check.
const checkLimit = 3 * time.Second

// Check is one dependency of a function.
type Check struct {
	Name string
	Ping func(context.Context) error
	// Optional dependencies degrade the function; the others take it down.
	Optional bool
}

// Health answers /health, /health/live and /health/ready.
type Health struct {
	// Checks are asked by /health and /health/ready, all at once.
	Checks []Check
}

// finding is one check's outcome. Reason never holds an internal message.
type finding struct {
	Name      string  `json:"name"`
	Status    string  `json:"status"`
	LatencyMS float64 `json:"latency_ms"`
	Reason    string  `json:"reason,omitempty"`
}

// Register adds the three routes.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, "ok", []finding{})
	})
	mux.HandleFunc("GET /health/ready", h.serve)
	mux.HandleFunc("GET /health", h.serve)
}

func (h *Health) serve(w http.ResponseWriter, r *http.Request) {
	findings := make([]finding, len(h.Checks))
	var wg sync.WaitGroup
	for i, c := range h.Checks {
		wg.Go(func() { findings[i] = c.run(r.Context()) })
	}
	wg.Wait()
	status := "ok"
	for i, f := range findings {
		switch {
		case f.Status == "ok":
		case h.Checks[i].Optional && status == "ok":
			status = "degraded"
		case !h.Checks[i].Optional:
			status = "down"
		}
	}
	answer(w, status, findings)
}

func (c Check) run(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	start := time.Now()
	err := c.Ping(ctx)
	f := finding{Name: c.Name, Status: "ok", LatencyMS: float64(time.Since(start).Microseconds()) / 1000}
	switch {
	case err != nil && ctx.Err() != nil:
		f.Status, f.Reason = "down", "no answer within "+checkLimit.String()
	case err != nil:
		f.Status, f.Reason = "down", "answered with an error"
	}
	return f
}

func answer(w http.ResponseWriter, status string, findings []finding) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if status == "down" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "checks": findings})
}
