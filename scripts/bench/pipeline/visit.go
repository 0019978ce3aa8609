package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"netra/emulators/local"
	"netra/scripts/internal/figures"
)

// visits is how many visits are measured, after one that warms the functions up.
const visits = 3

// visit measures what infra/cost works with: a user who uploads the sample log,
// asks, watches every event, fetches every file and deletes everything again
// (scripts/smoke), on the functions as they are deployed. The two emulators
// and the sweeper's clock are left out.
func (b *bench) visit(ctx context.Context) (err error) {
	dir := filepath.Join(b.dir, "visit")
	var m *meter
	cloud, err := local.Start(ctx, local.Options{Binary: filepath.Join(b.dir, "real"), ProjectID: "netra-bench", Dir: dir, SweepEvery: -1,
		Intercept: func(firestore string) (string, error) {
			m, err = startMeter(firestore)
			if err != nil {
				return "", err
			}
			return m.host, nil
		}})
	if err != nil {
		return err
	}
	err = b.countVisits(ctx, cloud, m, dir)
	return errors.Join(err, cloud.Stop(), m.stop())
}

func (b *bench) countVisits(ctx context.Context, cloud *local.Cloud, m *meter, dir string) error {
	if _, err := b.smoke(ctx, cloud, false); err != nil {
		return err
	}
	cpu, err := processorTime(cloud)
	if err != nil {
		return err
	}
	before, logged := m.now(), size(filepath.Join(dir, "log"))
	var files int64
	for range visits {
		if files, err = b.smoke(ctx, cloud, false); err != nil {
			return err
		}
	}
	after, err := processorTime(cloud)
	if err != nil {
		return err
	}
	c := m.now().less(before)
	per := func(n int) float64 { return float64(n) / visits }
	note := "a visit with the sample log (5,321 calls, 2.3 MB) by the smoke test, through the api"
	err = b.report(
		figures.New("visit.firestore_reads", per(c.reads), "reads", visits, note),
		figures.New("visit.firestore_listened", per(c.listened), "reads", visits, "documents that the listener was sent; the emulator repeats itself, for a run tells 32 events"),
		figures.New("visit.firestore_writes", per(c.writes), "writes", visits, note),
		figures.New("visit.firestore_deletes", per(c.deletes), "deletes", visits, "when everything is deleted again"),
		figures.New("visit.files_kb", float64(files)/1e3, "kB", 1, "the report in three forms, the files to apply and the events"),
		figures.New("visit.logged_kb", float64(size(filepath.Join(dir, "log"))-logged)/visits/1e3, "kB", visits, "log lines of all functions"),
	)
	for name, used := range after {
		err = errors.Join(err, b.report(figures.New("visit.cpu."+name+"_ms", ms(used-cpu[name])/visits, "ms", visits, "processor time of the function, warm")))
	}
	return errors.Join(err, b.kept(ctx, cloud, m, dir))
}

// kept measures what one visit leaves behind if nothing is deleted.
func (b *bench) kept(ctx context.Context, cloud *local.Cloud, m *meter, dir string) error {
	before, objects := m.now(), size(filepath.Join(dir, "bucket"))
	if _, err := b.smoke(ctx, cloud, true); err != nil {
		return err
	}
	return b.report(
		figures.New("visit.firestore_stored_kb", float64(m.now().less(before).stored)/1e3, "kB", 1, "documents kept until the retention ends, without their indexes"),
		figures.New("visit.bucket_stored_kb", float64(size(filepath.Join(dir, "bucket"))-objects)/1e3, "kB", 1, "the log, its normalised form and large files"))
}

// smoke makes one visit and returns the size of what it fetched.
func (b *bench) smoke(ctx context.Context, cloud *local.Cloud, keep bool) (int64, error) {
	out, err := os.MkdirTemp(b.dir, "files-")
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "smoke"), "-console", cloud.URL("console"), "-timeout", "3m", "-out", out, fmt.Sprintf("-keep=%v", keep))
	text, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("smoke: %w: %s", err, text)
	}
	return size(out), nil
}

// processorTime is what every function has used so far.
func processorTime(cloud *local.Cloud) (map[string]time.Duration, error) {
	all, err := cloud.Figures()
	used := map[string]time.Duration{}
	for _, f := range all {
		used[f.Name] = f.CPU
	}
	delete(used, "firestore")
	delete(used, "pubsub")
	return used, err
}

// size is the bytes of all files below a folder; a file that goes meanwhile counts nothing.
func size(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
