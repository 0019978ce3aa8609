// Package local is the whole cloud on one machine: Google's Firestore and
// Pub/Sub emulators, the stand-ins for what has no emulator, and every function
// of stages.json as a process of its own behind a URL of its own. Everything
// listens on loopback, on free ports, and ends with Stop or with this program.
package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netra/emulators/auth"
	"netra/emulators/dispatcher"
	"netra/emulators/google"
	"netra/emulators/oidc"
	"netra/emulators/secrets"
	"netra/shared/pipeline"
)

// function is a function of any platform behind its URL.
type function interface {
	http.RoundTripper
	Name() string
	URL() string
	SetEnv(env []string)
	Start(ctx context.Context) error
	Kill() error
	Restart(ctx context.Context) error
	Starts() []time.Duration
	Stop() error
	measured
}

// measured is a program whose cost can be looked at.
type measured interface {
	Memory() (now, peak int64, err error)
	CPU() (time.Duration, error)
}

// Cloud is a running local cloud.
type Cloud struct {
	options   Options
	table     pipeline.Table
	firestore *google.Emulator
	// firestoreHost is where the functions reach it.
	firestoreHost string
	pubsub        *google.Emulator
	secrets       *secrets.Server
	auth          *auth.Server
	signer        *oidc.Signer
	keysURL       string
	functions     []function
	dispatcher    *dispatcher.Dispatcher
	front         *dispatcher.Front

	stops []func() error // in the order of the starts
	once  sync.Once
	err   error
}

// Start starts the cloud and returns when every function listens. If it fails,
// or the context ends meanwhile, it stops what it had started. The context
// bounds the start only.
func Start(ctx context.Context, o Options) (*Cloud, error) {
	table, err := pipeline.Load()
	if err != nil {
		return nil, err
	}
	if o, err = o.complete(table); err != nil {
		return nil, fmt.Errorf("start the local cloud: %w", err)
	}
	c := &Cloud{options: o, table: table}
	for _, step := range []func(context.Context) error{
		c.makeFolders, c.startEmulators, c.startStandIns, c.makeFunctions, c.startDispatcher,
		c.seed, c.startFunctions, c.startSweeps,
	} {
		if err = ctx.Err(); err == nil {
			err = step(ctx)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start the local cloud: %w", err), c.Stop())
		}
	}
	return c, nil
}

// Stop ends everything, in the reverse order of the start. It may be called
// more than once.
func (c *Cloud) Stop() error {
	c.once.Do(func() {
		var errs []error
		for _, stop := range slices.Backward(c.stops) {
			errs = append(errs, stop())
		}
		c.err = errors.Join(errs...)
	})
	return c.err
}

func (c *Cloud) atStop(stop func() error) { c.stops = append(c.stops, stop) }

func (c *Cloud) makeFolders(context.Context) (err error) {
	if c.options.Dir == "" {
		if c.options.Dir, err = os.MkdirTemp("", "netra-cloud-"); err != nil {
			return err
		}
		c.atStop(func() error { return os.RemoveAll(c.options.Dir) })
	}
	if c.options.Dir, err = filepath.Abs(c.options.Dir); err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(c.bucketDir(), 0o755), os.MkdirAll(c.LogDir(), 0o755))
}

func (c *Cloud) bucketDir() string { return filepath.Join(c.options.Dir, "bucket") }

// LogDir is the folder with a log file per program.
func (c *Cloud) LogDir() string { return filepath.Join(c.options.Dir, "log") }

func (c *Cloud) startEmulators(ctx context.Context) error {
	if err := google.Install(ctx, os.Stderr); err != nil {
		return err
	}
	common := google.Options{LogDir: c.LogDir(), HeapMB: c.options.HeapMB}
	documents := common
	documents.Rules = c.options.Rules
	if c.options.Keep {
		documents.Data = c.options.Dir
	}
	var group errgroup.Group
	group.Go(func() (err error) { c.firestore, err = google.Firestore(ctx, documents); return err })
	group.Go(func() (err error) { c.pubsub, err = google.PubSub(ctx, common); return err })
	err := group.Wait()
	c.atStop(func() error {
		var group errgroup.Group
		for _, e := range []*google.Emulator{c.firestore, c.pubsub} {
			if e != nil {
				group.Go(e.Stop)
			}
		}
		return group.Wait()
	})
	if err != nil {
		return err
	}
	if c.options.Keep {
		c.atStop(c.keep)
	}
	c.firestoreHost = c.firestore.Host()
	if c.options.Intercept != nil {
		c.firestoreHost, err = c.options.Intercept(c.firestoreHost)
	}
	return err
}

// keep writes the documents down. All functions have ended by then.
func (c *Cloud) keep() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.firestore.Export(ctx, c.options.ProjectID, c.options.Dir)
}

// RestartPubSub kills the Pub/Sub emulator and starts it again; it has then
// forgotten everything. Topics and subscriptions are made again at once.
func (c *Cloud) RestartPubSub(ctx context.Context) error {
	return c.pubsub.Restart(ctx)
}
