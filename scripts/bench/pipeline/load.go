package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netra/emulators/dispatcher"
	"netra/emulators/local"
	"netra/scripts/internal/figures"
	"netra/scripts/internal/rig"
	"netra/shared/run"
	"netra/shared/sample"
)

// deliveries collects how long the functions took for their pushes.
type deliveries struct {
	mu   sync.Mutex
	took []time.Duration
}

func (d *deliveries) observe(one dispatcher.Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if one.Accepted() {
		d.took = append(d.took, one.Answered.Sub(one.Sent))
	}
}

func (d *deliveries) take() []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	took := d.took
	d.took = nil
	return took
}

// start starts a cloud of one of the two programs with so many users.
func (b *bench) start(ctx context.Context, program string, users int, d *deliveries) (*local.Cloud, *rig.Rig, error) {
	cloud, err := local.Start(ctx, local.Options{Binary: filepath.Join(b.dir, program), ProjectID: "netra-bench",
		Env: []string{"PROBE_STAGE_MS=0", "NETRA_LOG_LEVEL=error"}, Observe: d.observe})
	if err != nil {
		return nil, nil, err
	}
	r, err := rig.New(ctx, cloud, users)
	if err != nil {
		return nil, nil, errors.Join(err, cloud.Stop())
	}
	return cloud, r, nil
}

func (b *bench) empty(ctx context.Context) error {
	return b.levels(ctx, "empty", []int{1, 32, 128}, 6, nil)
}

func (b *bench) real(ctx context.Context) error {
	in, err := sample.Coding().Open()
	if err != nil {
		return err
	}
	defer in.Close()
	log, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return b.levels(ctx, "real", []int{1, 8, 32}, 3, log)
}

// levels measures a program at several numbers of users at once; each user does
// one run after the other.
func (b *bench) levels(ctx context.Context, program string, users []int, each int, log []byte) error {
	if b.quick {
		users, each = users[:2], 2
	}
	if b.only > 0 {
		users = []int{b.only}
	}
	d := &deliveries{}
	cloud, r, err := b.start(ctx, program, slices.Max(users), d)
	if err != nil {
		return err
	}
	for _, n := range users {
		runs := each
		if n == 1 {
			runs = 5 * each
		}
		if err := b.level(ctx, r, program, n, runs, log, d); err != nil {
			return errors.Join(err, r.Close(), cloud.Stop())
		}
	}
	return errors.Join(r.Close(), cloud.Stop())
}

// longest is how long a run may take before the benchmark gives up.
const longest = 90 * time.Second

// timed is what one run took, as its user saw it.
type timed struct{ first, whole time.Duration }

func (b *bench) level(ctx context.Context, r *rig.Rig, program string, users, each int, log []byte, d *deliveries) error {
	var mu sync.Mutex
	var all []timed
	var delays []time.Duration
	group, ctx := errgroup.WithContext(ctx)
	ready := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Add(users)
	for n := range users {
		group.Go(func() error {
			u := r.User(n)
			threads, data := make([]string, each), make([]string, each)
			var err error
			for i := range each { // a thread each: in one, later runs are follow-ups that read nothing again
				key := fmt.Sprintf("%s-%d-%d", program, users, i)
				if threads[i], data[i], err = u.Prepare(ctx, key, log); err != nil {
					break
				}
			}
			waiting.Done()
			if err != nil {
				return err
			}
			<-ready
			run := follow
			if users > mostListeners {
				run = poll
			}
			for i := range each {
				t, late, err := run(ctx, r, u, threads[i], fmt.Sprintf("%s-%d-%d", program, users, i), data[i])
				if err != nil {
					return err
				}
				mu.Lock()
				all = append(all, t)
				delays = append(delays, late...)
				mu.Unlock()
			}
			return nil
		})
	}
	waiting.Wait()
	d.take()
	began := time.Now()
	close(ready)
	if err := group.Wait(); err != nil {
		return err
	}
	return b.summary(fmt.Sprintf("pipeline.%s_%d", program, users), all, delays, d.take(), time.Since(began))
}

// mostListeners is up to how many users listen: each listener slows every write
// to any events collection of the emulator, so that at 128 it is the listeners
// that would be measured. Above it the run's document is asked ten times a second.
const mostListeners = 32

// poll submits a run and asks for its end.
func poll(ctx context.Context, r *rig.Rig, u *rig.User, thread, key, data string) (timed, []time.Duration, error) {
	var t timed
	var datasets []string
	if data != "" {
		datasets = []string{data}
	}
	began := time.Now()
	a, err := u.Submit(ctx, thread, key, datasets)
	if err != nil {
		return t, nil, err
	}
	if err := r.Wait(ctx, []rig.Accepted{a}, longest); err != nil {
		return t, nil, err
	}
	t.whole = time.Since(began)
	if t.whole >= longest {
		return t, nil, errors.New(state(ctx, r, u, a.RunID))
	}
	return t, nil, nil
}

// follow submits a run and listens to its events to the end.
func follow(ctx context.Context, r *rig.Rig, u *rig.User, thread, key, data string) (timed, []time.Duration, error) {
	var t timed
	var late []time.Duration
	var datasets []string
	if data != "" {
		datasets = []string{data}
	}
	began := time.Now()
	a, err := u.Submit(ctx, thread, key, datasets)
	if err != nil {
		return t, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	events := r.Firestore.Collection("users/" + a.UID + "/runs/" + a.RunID + "/events").Snapshots(ctx)
	defer events.Stop()
	for {
		snap, err := events.Next()
		if err != nil {
			return t, nil, fmt.Errorf("%s: %w", state(ctx, r, u, a.RunID), err)
		}
		now := time.Now()
		for _, c := range snap.Changes {
			if t.first == 0 {
				t.first = now.Sub(began)
			} else {
				late = append(late, now.Sub(c.Doc.CreateTime))
			}
			switch kind, _ := c.Doc.DataAt("type"); run.EventType(fmt.Sprint(kind)) {
			case run.RunCompleted:
				t.whole = now.Sub(began)
				return t, late, nil
			case run.RunFailed, run.RunCancelled:
				return t, nil, fmt.Errorf("run %s of %s did not complete", a.RunID, a.UID)
			}
		}
	}
}

func (b *bench) summary(name string, all []timed, delays, pushes []time.Duration, took time.Duration) error {
	first, whole := make([]time.Duration, len(all)), make([]time.Duration, len(all))
	for i, t := range all {
		first[i], whole[i] = t.first, t.whole
	}
	n := len(all)
	if len(delays) == 0 {
		return b.report(
			figures.New(name+".runs_per_second", float64(n)/took.Seconds(), "1/s", n, "whole runs, without listeners"),
			figures.New(name+".end_to_end_p50", ms(quantile(whole, 0.5)), "ms", n, "to within 200 ms"),
			figures.New(name+".end_to_end_p99", ms(quantile(whole, 0.99)), "ms", n, "to within 200 ms"),
			figures.New(name+".push_p50", ms(quantile(pushes, 0.5)), "ms", len(pushes), "a stage's whole request"))
	}
	return b.report(
		figures.New(name+".runs_per_second", float64(n)/took.Seconds(), "1/s", n, "whole runs, API to run_completed at the listener"),
		figures.New(name+".end_to_end_p50", ms(quantile(whole, 0.5)), "ms", n, ""),
		figures.New(name+".end_to_end_p99", ms(quantile(whole, 0.99)), "ms", n, ""),
		figures.New(name+".first_event_p50", ms(quantile(first, 0.5)), "ms", n, "from the POST"),
		figures.New(name+".event_to_listener_p50", ms(quantile(delays, 0.5)), "ms", len(delays), "from the document's commit to the Go listener"),
		figures.New(name+".event_to_listener_p99", ms(quantile(delays, 0.99)), "ms", len(delays), ""),
		figures.New(name+".push_p50", ms(quantile(pushes, 0.5)), "ms", len(pushes), "a stage's whole request: for empty runs this is orchestration alone"),
		figures.New(name+".function_ms_per_run", ms(sum(pushes))/float64(n), "ms", n, "all stage requests of a run added up"),
	)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func sum(all []time.Duration) (s time.Duration) {
	for _, d := range all {
		s += d
	}
	return s
}

// quantile is the nearest-rank quantile.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// state says where a run stands that did not end in time.
func state(ctx context.Context, r *rig.Rig, u *rig.User, id string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	store, err := r.Fleet.User(u.UID)
	if err != nil {
		return err.Error()
	}
	doc, err := store.Run(ctx, id)
	if err != nil {
		return err.Error()
	}
	v := doc.Value
	return fmt.Sprintf("run %s of %s is %s in %s, attempt %d, %d events", id, u.UID, v.Status, v.Stage, v.Attempt, v.LastSeq)
}
