package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netra/emulators/local"
	"netra/scripts/internal/rig"
)

// The probe that other engines were measured with.
const (
	probeRuns  = 20
	stageMS    = 200
	killAfter  = 500 * time.Millisecond
	downFor    = time.Second
	probeLimit = time.Minute
)

type probeResult struct {
	Runs       int     `json:"runs"`
	StageMS    int     `json:"stage_ms"`
	KillMS     int     `json:"kill_ms"`
	DownMS     int     `json:"down_ms"`
	Seconds    float64 `json:"seconds"`
	Doubled    int     `json:"doubled"`
	Unfinished int     `json:"unfinished"`
}

// probe starts 20 runs at once, kills every function at 500 ms, has them back a
// second later, and measures until all runs are done.
func probe(ctx context.Context, binary string) (*probeResult, error) {
	cloud, err := local.Start(ctx, local.Options{Binary: binary, ProjectID: "netra-probe", RestartAfter: downFor,
		Env: []string{fmt.Sprintf("PROBE_STAGE_MS=%d", stageMS), "NETRA_LOG_LEVEL=error"}, SweepEvery: time.Second})
	if err != nil {
		return nil, err
	}
	r, err := runProbe(ctx, cloud)
	return r, errors.Join(err, cloud.Stop())
}

func runProbe(ctx context.Context, cloud *local.Cloud) (*probeResult, error) {
	k, err := newSuite(ctx, cloud)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	threads := make([]string, users)
	for n := range users {
		if threads[n], _, err = k.User(n).Prepare(ctx, "chaos", nil); err != nil {
			return nil, err
		}
	}
	if err := k.warmUp(ctx, threads); err != nil {
		return nil, err
	}
	started := time.Now()
	kill := time.AfterFunc(killAfter, func() {
		for _, f := range append([]string{"api", "sweeper"}, k.Stages...) {
			_ = cloud.Kill(f) // one that is down already is as good
		}
	})
	defer kill.Stop()
	runs, err := k.submitProbe(ctx, threads, "probe", probeRuns/users)
	if err != nil {
		return nil, err
	}
	if err := k.Wait(ctx, runs, probeLimit); err != nil {
		return nil, err
	}
	r := &probeResult{Runs: len(runs), StageMS: stageMS, KillMS: int(killAfter.Milliseconds()), DownMS: int(downFor.Milliseconds())}
	r.Seconds, err = k.lastEnd(ctx, runs, started)
	if err != nil {
		return nil, err
	}
	f, err := verify(ctx, k.Fleet, runs)
	r.Doubled, r.Unfinished = f.Duplicated, f.Stuck+f.Lost
	return r, err
}

// warmUp lets every function do its first request, so that the probe measures
// recovery and not a first connection.
func (k *suite) warmUp(ctx context.Context, threads []string) error {
	runs, err := k.submitProbe(ctx, threads, "warm", 1)
	if err != nil {
		return err
	}
	return k.Wait(ctx, runs, probeLimit)
}

func (k *suite) submitProbe(ctx context.Context, threads []string, key string, each int) ([]rig.Accepted, error) {
	var mu sync.Mutex
	var all []rig.Accepted
	group, ctx := errgroup.WithContext(ctx)
	for n := range threads {
		for i := range each {
			group.Go(func() error {
				a, err := k.User(n).Submit(ctx, threads[n], fmt.Sprintf("%s-%d", key, i), nil)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, a)
				return err
			})
		}
	}
	err := group.Wait()
	return all, err
}

// lastEnd is when the last run ended, in seconds after the start.
func (k *suite) lastEnd(ctx context.Context, runs []rig.Accepted, started time.Time) (float64, error) {
	last := started
	for _, a := range runs {
		u, err := k.Fleet.User(a.UID)
		if err != nil {
			return 0, err
		}
		doc, err := u.Run(ctx, a.RunID)
		if err != nil {
			return 0, err
		}
		if doc.Value.EndedAt.After(last) {
			last = doc.Value.EndedAt
		}
	}
	return last.Sub(started).Seconds(), nil
}
