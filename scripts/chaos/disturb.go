package main

import (
	"context"
	"math/rand/v2"
	"sync"

	"netra/scripts/internal/rig"
	"netra/shared/queue"
)

// disturber publishes messages that nobody asked for: copies of what is on the
// way, and messages for stages that are done or not yet due.
type disturber struct {
	publish queue.Publisher
	stages  []string

	mu     sync.Mutex
	counts map[string]int
}

// disturb sends one message of each kind for the run.
func (d *disturber) disturb(ctx context.Context, a rig.Accepted) {
	kinds := map[string]string{
		"duplicate":    d.stages[rand.N(len(d.stages))],
		"out_of_order": d.stages[len(d.stages)-1-rand.N(2)],
	}
	for kind, stage := range kinds {
		copies := 1
		if kind == "duplicate" {
			copies = 2
		}
		for range copies {
			if d.publish.Publish(ctx, queue.Message{UID: a.UID, RunID: a.RunID, Stage: stage}) != nil {
				return // the emulator is down at the moment; not counted
			}
		}
		d.mu.Lock()
		d.counts[kind]++
		d.mu.Unlock()
	}
}
