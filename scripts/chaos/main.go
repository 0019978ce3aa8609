// Command chaos runs the product on a local cloud while it kills functions at
// every step boundary, doubles and reorders messages, and restarts Pub/Sub,
// which then forgets everything. At the end every accepted run must have ended,
// with its events and results exactly once. It prints a table and writes
// chaos.json; its exit code is 1 unless all is right.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// result is chaos.json.
type result struct {
	Runs     int            `json:"runs"`
	Injected map[string]int `json:"injected"`
	findings
	Seconds float64      `json:"seconds"`
	Probe   *probeResult `json:"probe,omitempty"`
}

func realMain(ctx context.Context) error {
	runs := flag.Int("runs", 100, "how many runs to accept")
	out := flag.String("out", "out", "folder for chaos.json")
	most := flag.Int("kills", 25, "how often each kind of fault is injected")
	skipProbe := flag.Bool("no-probe", false, "leave out the comparison with other engines")
	flag.Parse()
	dir, err := os.MkdirTemp("", "netra-chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(ctx, dir); err != nil {
		return err
	}
	r, err := storm(ctx, filepath.Join(dir, "faulty"), *runs, *most)
	if err != nil {
		return err
	}
	if !*skipProbe {
		if r.Probe, err = probe(ctx, filepath.Join(dir, "probe")); err != nil {
			return err
		}
	}
	r.print()
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(*out, 0o755), os.WriteFile(filepath.Join(*out, "chaos.json"), raw, 0o644)); err != nil {
		return err
	}
	return r.verdict(*most)
}

// build makes the functions' program with the fault points in, and the probe.
func build(ctx context.Context, dir string) error {
	for name, args := range map[string][]string{
		"faulty": {"build", "-tags", "faults", "-o", filepath.Join(dir, "faulty"), "./functions/cmd/cloudrun"},
		"probe":  {"build", "-o", filepath.Join(dir, "probe"), "./scripts/probe"},
	} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
	}
	return nil
}

func (r result) print() {
	fmt.Printf("%-24s %8s\n", "injected", "times")
	for _, kind := range kinds() {
		fmt.Printf("%-24s %8d\n", kind, r.Injected[kind])
	}
	fmt.Printf("\n%d runs in %.0f s: %d lost, %d duplicated, %d stuck, %d failed, %d leaked slots\n",
		r.Runs, r.Seconds, r.Lost, r.Duplicated, r.Stuck, r.Failed, r.LeakedSlots)
	for _, d := range r.Details {
		fmt.Println(" ", d)
	}
	if p := r.Probe; p != nil {
		fmt.Printf("\n%d runs of five %d ms stages at once, every function killed at %d ms and started again %d ms later:\n"+
			"all done after %.2f s, %d events doubled (Restate 3.6 s and 0, LangGraph 3.2 s and 40, DBOS 4.2 s and 38, Temporal 7.6 s and 14)\n",
			p.Runs, p.StageMS, p.KillMS, p.DownMS, p.Seconds, p.Doubled)
	}
}

// kinds are the injected faults, in the order of the table.
func kinds() []string {
	var all []string
	for _, p := range points() {
		all = append(all, "kill_"+p)
	}
	return append(all, "lost_ack", "duplicate", "out_of_order", "pubsub_restart")
}

// verdict is an error unless nothing went wrong and every fault was injected.
func (r result) verdict(most int) error {
	var errs []error
	if r.Lost+r.Duplicated+r.Stuck+r.Failed+r.LeakedSlots > 0 {
		errs = append(errs, errors.New("the runs are not as they must be"))
	}
	for _, kind := range kinds() {
		if r.Injected[kind] < min(20, most) {
			errs = append(errs, fmt.Errorf("%s was injected %d times only: raise -runs", kind, r.Injected[kind]))
		}
	}
	if p := r.Probe; p != nil && (p.Doubled > 0 || p.Unfinished > 0) {
		errs = append(errs, fmt.Errorf("the probe doubled %d events and left %d runs", p.Doubled, p.Unfinished))
	}
	return errors.Join(errs...)
}
