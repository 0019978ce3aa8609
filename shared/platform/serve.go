package platform

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"netra/shared/observe"
	"netra/shared/pipeline"
)

// drainTime is how long requests may finish after SIGTERM; Cloud Run kills
// after 10 seconds: https://cloud.google.com/run/docs/container-contract#instance-shutdown
const drainTime = 9 * time.Second

// memoryShare is the part of the function's memory over which an instance takes
// no new work.
const memoryShare = 0.85

// Guard stands before a function's handler and brings what the functions
// framework lacks: panics answered, a time limit on reading a request, refusal
// of new work near the memory limit, and an orderly end.
type Guard struct {
	next  http.Handler
	limit uint64 // bytes
	read  time.Duration
	log   *slog.Logger

	mu      sync.Mutex
	running int
	ending  bool
	idle    chan struct{}
}

// NewGuard makes the guard of a function. It also tells the runtime its memory
// limit, so that the collector works harder before the platform kills.
func NewGuard(f pipeline.Function, next http.Handler, log *slog.Logger) *Guard {
	limit := uint64(f.MemoryMB) << 20
	debug.SetMemoryLimit(int64(float64(limit) * 0.8))
	return &Guard{next: next, limit: limit, read: f.Timeout(), log: log, idle: make(chan struct{})}
}

func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.enter() {
		refuse(w, "this instance is shutting down")
		return
	}
	defer g.leave()
	if r.Method != http.MethodGet && float64(observe.MemoryInUse()) > memoryShare*float64(g.limit) {
		debug.FreeOSMemory()
		if float64(observe.MemoryInUse()) > memoryShare*float64(g.limit) {
			g.log.WarnContext(r.Context(), "request refused near the memory limit")
			refuse(w, "this instance is near its memory limit")
			return
		}
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(g.read)) // not every writer can
	defer func() {
		if p := recover(); p != nil {
			g.log.ErrorContext(r.Context(), "panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			w.WriteHeader(http.StatusInternalServerError)
		}
	}()
	g.next.ServeHTTP(w, r)
}

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, why, http.StatusServiceUnavailable)
}

func (g *Guard) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ending {
		return false
	}
	g.running++
	return true
}

func (g *Guard) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running--; g.ending && g.running == 0 {
		close(g.idle)
	}
}

// Drain refuses new requests and waits for the running ones, for a time.
func (g *Guard) Drain(ctx context.Context) {
	g.mu.Lock()
	g.ending = true
	quiet := g.running == 0
	g.mu.Unlock()
	if quiet {
		return
	}
	select {
	case <-g.idle:
	case <-ctx.Done():
	case <-time.After(drainTime):
	}
}
