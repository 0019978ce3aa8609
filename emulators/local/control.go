package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"cloud.google.com/go/firestore"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"netra/emulators/google"
	"netra/shared/secret"
)

// Project is the project id of the cloud.
func (c *Cloud) Project() string { return c.options.ProjectID }

// URL is the address of a function, "" if it does not run here.
func (c *Cloud) URL(function string) string {
	if f := c.find(function); f != nil {
		return f.URL()
	}
	return ""
}

// Kill ends a function's instance with SIGKILL. It is started again, after
// Options.RestartAfter.
func (c *Cloud) Kill(function string) error {
	f := c.find(function)
	if f == nil {
		return fmt.Errorf("no function %q runs here", function)
	}
	return f.Kill()
}

// Restart stops a function's instance in order and waits for the next one.
func (c *Cloud) Restart(ctx context.Context, function string) error {
	f := c.find(function)
	if f == nil {
		return fmt.Errorf("no function %q runs here", function)
	}
	return f.Restart(ctx)
}

// Figure is what one program costs.
type Figure struct {
	// Name is the function's, or firestore or pubsub.
	Name string
	// Start is the time from executing the program to its first answer; a
	// function answers when it listens.
	Start time.Duration
	// Memory and Peak are its resident set in bytes, now and at most.
	Memory, Peak int64
	// CPU is the processor time that it has used so far, 0 where the system does
	// not tell it (Linux does).
	CPU time.Duration
}

// Figures measures every program of the cloud.
func (c *Cloud) Figures() ([]Figure, error) {
	var figures []Figure
	var errs []error
	add := func(name string, start time.Duration, p measured) {
		now, peak, err := p.Memory()
		cpu, _ := p.CPU() // not every system tells
		figures = append(figures, Figure{name, start, now, peak, cpu})
		errs = append(errs, err)
	}
	add("firestore", c.firestore.StartTook(), c.firestore.Process())
	add("pubsub", c.pubsub.StartTook(), c.pubsub.Process())
	for _, f := range c.functions {
		starts := f.Starts()
		add(f.Name(), starts[len(starts)-1], f)
	}
	return figures, errors.Join(errs...)
}

// Sweep has the sweeper do its scheduled work now.
func (c *Cloud) Sweep(ctx context.Context) error {
	f := c.find("sweeper")
	if f == nil {
		return errors.New("no sweeper runs here")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL()+"/sweep", http.NoBody)
	if err != nil {
		return err
	}
	token, err := c.signer.Token(audience("sweeper"), c.account())
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("User-Agent", "Google-Cloud-Scheduler")
	response, err := f.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 2000))
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("sweep: the sweeper answers %d: %s", response.StatusCode, text)
	}
	return err
}

// startSweeps calls the sweeper on a ticker, as Cloud Scheduler does by the
// clock: never twice at once.
func (c *Cloud) startSweeps(ctx context.Context) error {
	if c.find("sweeper") == nil || c.options.SweepEvery < 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(c.options.SweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := c.Sweep(ctx); err != nil && ctx.Err() == nil {
				c.options.Log.Warn("scheduled sweep failed", "error", err)
			}
		}
	}()
	c.atStop(func() error { cancel(); <-ended; return nil })
	return nil
}

// seed writes the demo user and the secrets.
func (c *Cloud) seed(ctx context.Context) error {
	store, err := google.Admin(ctx, c.firestore.Host(), c.options.ProjectID)
	if err != nil {
		return fmt.Errorf("seed the demo user: %w", err)
	}
	defer store.Close()
	if _, err := store.Doc("users/"+c.options.User).Set(ctx, map[string]any{"plan": c.options.Plan}, firestore.MergeAll); err != nil {
		return fmt.Errorf("seed the demo user: %w", err)
	}
	insecure := option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))
	client, err := secretmanager.NewClient(ctx, option.WithEndpoint(c.secrets.Host()), option.WithoutAuthentication(), insecure)
	if err != nil {
		return fmt.Errorf("seed the secrets: %w", err)
	}
	defer client.Close()
	keeper := secret.NewKeeper(client, c.options.ProjectID, "")
	for name, value := range c.options.Secrets {
		if _, err := keeper.Put(ctx, name, []byte(value)); err != nil {
			return fmt.Errorf("seed the secret %s: %w", name, err)
		}
	}
	return nil
}
