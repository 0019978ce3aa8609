// Package google starts Google's own Firestore and Pub/Sub emulators as plain
// Java processes: without gcloud's Python parent, with a small heap and a
// class-data archive, on a free port, warmed up, and gone when this program is.
package google

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"netra/emulators/process"
)

// Options say how to start an emulator. The zero value is a good start.
type Options struct {
	// Port is the loopback port, a free one if 0.
	Port int
	// Rules is a Firestore rules file, or "" for open rules.
	Rules string
	// Data is a folder with an Export to begin with; Firestore begins empty if "", or if
	// the folder has none.
	Data string
	// LogDir takes the emulator's log; if "", a temporary folder that Stop removes.
	LogDir string
	// HeapMB bounds the Java heap, 512 if 0. The Firestore emulator keeps
	// all documents in it.
	HeapMB int
	// Timeout is how long the start may take, 60 s if 0.
	Timeout time.Duration
}

// Emulator is a running emulator.
type Emulator struct {
	product product
	options Options
	args    []string
	archive archive
	process *process.Process
	ready   time.Duration
	discard string // the temporary log folder, or ""
}

// attempts is how often a start is tried on new ports: between finding a free
// port and binding it another program may take it.
const attempts = 3

func start(ctx context.Context, p product, o Options, args ...string) (*Emulator, error) {
	if o.HeapMB == 0 {
		o.HeapMB = 512
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	discard := ""
	if o.LogDir == "" {
		dir, err := os.MkdirTemp("", "netra-emulator-")
		if err != nil {
			return nil, fmt.Errorf("start the %s: %w", p.title, err)
		}
		o.LogDir, discard = dir, dir
	}
	e := &Emulator{product: p, options: o, args: args, discard: discard}
	if err := e.launchSomewhere(ctx); err != nil {
		return nil, errors.Join(err, e.clean())
	}
	return e, nil
}

func (e *Emulator) launchSomewhere(ctx context.Context) (err error) {
	if e.options.Port != 0 {
		return e.launch(ctx)
	}
	for range attempts {
		if e.options.Port, err = process.FreePort(); err != nil {
			return err
		}
		if err = e.launch(ctx); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// launch starts the process on the port of the options and waits for it.
func (e *Emulator) launch(ctx context.Context) error {
	program, err := java()
	if err != nil {
		return err
	}
	jar, err := e.product.find()
	if err != nil {
		return err
	}
	e.archive = newArchive(program, jar)
	e.process, err = process.Start(process.Spec{
		Name: "the " + e.product.title, Path: program, Args: e.arguments(jar),
		Log:   filepath.Join(e.options.LogDir, e.product.component+".log"),
		Grace: 10 * time.Second, // recording an archive takes two
	})
	if err != nil {
		return err
	}
	if err := e.process.WaitReady(ctx, e.options.Timeout, e.probe); err != nil {
		_ = e.process.Kill() // the reason is in err
		return err
	}
	e.ready = time.Since(e.process.Started())
	return nil
}

func (e *Emulator) arguments(jar string) []string {
	flags := []string{
		"-Xmx" + strconv.Itoa(e.options.HeapMB) + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Duser.language=en", // the emulators' messages are English only
	}
	flags = append(flags, e.archive.flags()...)
	flags = append(flags, "-cp", jar)
	flags = append(flags, e.product.launch...)
	flags = append(flags, "--host=127.0.0.1", "--port="+strconv.Itoa(e.options.Port))
	return append(flags, e.args...)
}

// probe is one readiness check: both emulators answer GET / when they serve.
func (e *Emulator) probe(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Host()+"/", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET / answers %s", response.Status)
	}
	return nil
}

// Host is the address, host:port, as the emulator variables want it.
func (e *Emulator) Host() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(e.options.Port))
}

// Process is the emulator's process, for its memory and its end.
func (e *Emulator) Process() *process.Process { return e.process }

// StartTook is the time from executing Java to the first answer.
func (e *Emulator) StartTook() time.Duration { return e.ready }

// Stop ends the emulator; what it held is lost unless it was exported.
func (e *Emulator) Stop() error {
	if err := e.process.Stop(); err != nil {
		return err
	}
	return errors.Join(e.archive.keep(), e.clean())
}

func (e *Emulator) clean() error {
	if e.discard == "" {
		return nil
	}
	return os.RemoveAll(e.discard)
}

// Restart kills the emulator and starts it again, empty, on the same port.
func (e *Emulator) Restart(ctx context.Context) error {
	if err := e.process.Kill(); err != nil {
		return err
	}
	return e.launch(ctx)
}
