package local

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netra/emulators/dispatcher"
	"netra/shared/pipeline"
)

// Options say what to start. Binary is needed; the rest has good defaults.
type Options struct {
	// Binary is the compiled functions/cmd/cloudrun.
	Binary string
	// LambdaBinary is the compiled functions/cmd/lambda; the functions named in
	// Lambda are served by it, through the Lambda Runtime API, instead.
	LambdaBinary string
	Lambda       []string
	// LambdaConcurrency is the reserved concurrency of each of these, 4 if 0.
	LambdaConcurrency int
	// Functions are the names to start; all of stages.json if nil.
	Functions []string
	// ProjectID is the Google Cloud project, "demo-netra" if "".
	ProjectID string
	// Dir takes the bucket (bucket/) and a log per program (log/); if "", a
	// temporary folder that Stop removes.
	Dir string
	// Keep has Stop write the documents to Dir (firestore/) too, and Start begin with
	// what lies there. Messages on their way and secrets are not kept: the sweeper
	// sends lost messages again.
	Keep bool
	// Ports fixes the port of a function's URL, by name; the others are free ones.
	Ports map[string]int
	// Env is added to the environment of every function, as NAME=value.
	Env []string
	// Rules is a Firestore rules file; rules are open if "".
	Rules string
	// Secrets are put into Secret Manager, by name.
	Secrets map[string]string
	// User and Plan are the seeded demo user; "demo" and "enterprise" if "".
	User, Plan string
	// SweepEvery replaces the sweeper's schedule of a minute, 2 s if 0; the
	// sweeper is not called if negative.
	SweepEvery time.Duration
	// RestartAfter is the pause before a killed function is started again.
	RestartAfter time.Duration
	// HeapMB bounds the heap of each emulator, 512 if 0.
	HeapMB int
	// Intercept, if not nil, is given the Firestore emulator's host:port and
	// returns the one that the functions and their clients use instead.
	Intercept func(firestore string) (string, error)
	// Log takes what happens; silent if nil.
	Log *slog.Logger
	// Observe and LoseAck are the dispatcher's.
	Observe func(dispatcher.Delivery)
	LoseAck func(dispatcher.Delivery) bool
}

// complete fills in the defaults and checks the rest.
func (o Options) complete(table pipeline.Table) (Options, error) {
	o.ProjectID = cmp.Or(o.ProjectID, "demo-netra")
	o.User, o.Plan = cmp.Or(o.User, "demo"), cmp.Or(o.Plan, "enterprise")
	o.LambdaConcurrency, o.SweepEvery = cmp.Or(o.LambdaConcurrency, 4), cmp.Or(o.SweepEvery, 2*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Functions == nil {
		for _, f := range table.Functions() {
			o.Functions = append(o.Functions, f.Name)
		}
	}
	var errs []error
	if o.Keep && o.Dir == "" {
		errs = append(errs, errors.New("to keep the data there must be a folder for it"))
	}
	for _, name := range slices.Concat(o.Functions, o.Lambda) {
		if _, ok := table.Function(name); !ok {
			errs = append(errs, fmt.Errorf("stages.json has no function %q", name))
		}
	}
	if len(o.Lambda) < len(o.Functions) {
		errs = append(errs, program("the functions' program", o.Binary))
	}
	if len(o.Lambda) > 0 {
		errs = append(errs, program("the Lambda program", o.LambdaBinary))
	}
	if o.Rules != "" {
		var err error
		o.Rules, err = filepath.Abs(o.Rules)
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}

func program(what, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s is not built: %w", what, err)
	}
	return nil
}
