package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"
)

// points are the step boundaries at which a function is killed; see package fault.
func points() []string {
	return []string{"before_claim", "after_claim", "between_events", "before_commit", "after_commit", "before_ack"}
}

// controller decides, for every step boundary that any function passes, whether
// the process dies there. It spreads the deaths of each kind over the whole load.
type controller struct {
	url    string
	server *http.Server

	mu    sync.Mutex
	on    bool
	every map[string]int
	seen  map[string]int
	dead  map[string]int
	most  int
}

// startController listens on a free port of this machine. Each kind kills at
// most so many times, at every n-th pass.
func startController(most int, every map[string]int) (*controller, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the fault controller: %w", err)
	}
	c := &controller{url: "http://" + l.Addr().String(), every: every, seen: map[string]int{}, dead: map[string]int{}, most: most}
	c.server = &http.Server{Handler: c}
	go func() { _ = c.server.Serve(l) }() // ends with Close
	return c, nil
}

func (c *controller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := "go"
	if c.dies(r.URL.Query().Get("point")) {
		answer = "die"
	}
	_, _ = w.Write([]byte(answer)) // the asker may be dead by now
}

func (c *controller) dies(point string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	every := c.every[point]
	if !c.on || every == 0 || c.dead[point] >= c.most {
		return false
	}
	c.seen[point]++
	if c.seen[point]%every != 0 {
		return false
	}
	c.dead[point]++
	return true
}

func (c *controller) arm(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = on
}

// killed returns how often each kind killed.
func (c *controller) killed() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for _, p := range points() {
		out["kill_"+p] = c.dead[p]
	}
	return out
}
