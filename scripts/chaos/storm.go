package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netra/emulators/dispatcher"
	"netra/emulators/local"
	"netra/scripts/internal/rig"
	"netra/shared/sample"
)

// users is over how many users the runs are spread; each may run five at once.
const users = 10

// settle is how long the runs may take to end after the last fault.
const settle = 4 * time.Minute

// storm runs the load under faults and looks at what came of it.
func storm(ctx context.Context, binary string, runs, most int) (result, error) {
	started := time.Now()
	// A pass count that spreads the kills over the load: a run passes each point
	// five times, some points more often.
	every := max(2, 5*runs/(most+most/4+1))
	control, err := startController(most, map[string]int{
		"before_claim": every + 1, "after_claim": every, "between_events": every, "before_commit": every,
		"after_commit": every, "before_ack": every})
	if err != nil {
		return result{}, err
	}
	defer control.server.Close()
	acks := &lossy{most: most, every: every}
	cloud, err := local.Start(ctx, local.Options{
		Binary: binary, ProjectID: "netra-chaos", Env: []string{"NETRA_FAULT_URL=" + control.url, "NETRA_LOG_LEVEL=error"},
		SweepEvery: time.Second, LoseAck: acks.lose,
	})
	if err != nil {
		return result{}, err
	}
	k, err := newSuite(ctx, cloud)
	if err != nil {
		return result{}, errors.Join(err, cloud.Stop())
	}
	defer k.Close()
	r, err := k.storm(ctx, control, acks, runs, most)
	r.Seconds = time.Since(started).Seconds()
	return r, errors.Join(err, cloud.Stop())
}

// suite is the rig with what this suite does on it.
type suite struct{ *rig.Rig }

func newSuite(ctx context.Context, cloud *local.Cloud) (*suite, error) {
	r, err := rig.New(ctx, cloud, users)
	return &suite{r}, err
}

// lossy loses every n-th acknowledgement, so that the message comes again.
type lossy struct {
	most, every int
	mu          sync.Mutex
	on          bool
	seen, lost  int
}

func (l *lossy) lose(dispatcher.Delivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.on || l.lost >= l.most {
		return false
	}
	l.seen++
	if l.seen%l.every != 0 {
		return false
	}
	l.lost++
	return true
}

func (l *lossy) arm(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.on = on
}

func (k *suite) storm(ctx context.Context, control *controller, acks *lossy, runs, most int) (result, error) {
	log, err := firstRows(200)
	if err != nil {
		return result{}, err
	}
	disturb := &disturber{publish: k.Publisher, stages: k.Stages, counts: map[string]int{}}
	control.arm(true)
	acks.arm(true)
	faults, stopFaults := context.WithCancel(ctx)
	restarts := make(chan int, 1)
	go func() { restarts <- k.restartPubSub(faults, most) }()
	accepted, err := k.submitAll(ctx, runs, log, disturb)
	if err == nil {
		err = k.Wait(ctx, accepted, 2*settle)
	}
	control.arm(false)
	acks.arm(false)
	stopFaults()
	restarted := <-restarts
	if err != nil {
		return result{}, err
	}
	if err := k.Wait(ctx, accepted, settle); err != nil {
		return result{}, err
	}
	f, err := verify(ctx, k.Fleet, accepted)
	injected := control.killed()
	injected["lost_ack"], injected["pubsub_restart"] = acks.lost, restarted
	injected["duplicate"], injected["out_of_order"] = disturb.counts["duplicate"], disturb.counts["out_of_order"]
	return result{Runs: len(accepted), Injected: injected, findings: f}, err
}

// firstRows is the beginning of the sample log.
func firstRows(n int) ([]byte, error) {
	log, err := sample.Coding().Open()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	var out bytes.Buffer
	rows := bufio.NewScanner(log)
	rows.Buffer(nil, 1<<20)
	for range n {
		if !rows.Scan() {
			break
		}
		out.Write(rows.Bytes())
		out.WriteByte('\n')
	}
	return out.Bytes(), rows.Err()
}

// restartPubSub restarts the emulator again and again, and counts.
func (k *suite) restartPubSub(ctx context.Context, most int) int {
	n := 0
	for n < most && rig.Pause(ctx, 500*time.Millisecond+rand.N(time.Second)) {
		if err := k.Cloud.RestartPubSub(ctx); err != nil {
			return n
		}
		n++
	}
	return n
}

// submitAll submits the runs of all users at the same time, a few a second, and
// disturbs each.
func (k *suite) submitAll(ctx context.Context, runs int, log []byte, d *disturber) ([]rig.Accepted, error) {
	var mu sync.Mutex
	var all []rig.Accepted
	group, ctx := errgroup.WithContext(ctx)
	for n := range users {
		user := k.User(n)
		share := runs / users
		if n < runs%users {
			share++
		}
		group.Go(func() error {
			thread, dataset, err := user.Prepare(ctx, "chaos", log)
			if err != nil {
				return fmt.Errorf("prepare %s: %w", user.UID, err)
			}
			for i := range share {
				a, err := user.Submit(ctx, thread, fmt.Sprintf("run-%d", i), []string{dataset})
				if err != nil {
					return err
				}
				mu.Lock()
				all = append(all, a)
				mu.Unlock()
				d.disturb(ctx, a)
			}
			return nil
		})
	}
	err := group.Wait()
	return all, err
}
