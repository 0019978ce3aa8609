package local

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"netra/emulators/auth"
	"netra/emulators/cloudrun"
	"netra/emulators/dispatcher"
	"netra/emulators/lambda"
	"netra/emulators/oidc"
	"netra/emulators/secrets"
	"netra/shared/pipeline"
)

func (c *Cloud) startStandIns(context.Context) (err error) {
	if c.secrets, err = secrets.Start(); err != nil {
		return err
	}
	c.atStop(func() error { c.secrets.Stop(); return nil })
	if c.auth, err = auth.Start(c.options.ProjectID); err != nil {
		return err
	}
	c.atStop(c.auth.Stop)
	if c.signer, err = oidc.NewSigner(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the token keys: %w", err)
	}
	server := &http.Server{Handler: c.signer, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Stop
	c.atStop(server.Close)
	c.keysURL = "http://" + listener.Addr().String() + "/certs"
	return nil
}

// makeFunctions gives every function its URL; requests are held until it runs.
func (c *Cloud) makeFunctions(context.Context) error {
	for _, name := range c.options.Functions {
		spec, _ := c.table.Function(name)
		f, err := c.newFunction(spec)
		if err != nil {
			return err
		}
		c.functions = append(c.functions, f)
	}
	c.atStop(func() error {
		var group errgroup.Group
		for _, f := range c.functions {
			group.Go(f.Stop)
		}
		return group.Wait()
	})
	return nil
}

func (c *Cloud) newFunction(f pipeline.Function) (function, error) {
	if slices.Contains(c.options.Lambda, f.Name) {
		return lambda.New(lambda.Config{
			Name: f.Name, Program: c.options.LambdaBinary, LogDir: c.LogDir(), Port: c.options.Ports[f.Name],
			Concurrency: c.concurrency(f), MemoryMB: f.MemoryMB, Timeout: f.Timeout(), Log: c.options.Log,
		})
	}
	return cloudrun.New(cloudrun.Config{
		Name: f.Name, Program: c.options.Binary, LogDir: c.LogDir(), Port: c.options.Ports[f.Name],
		InFlight: c.concurrency(f), Timeout: f.Timeout(),
		RestartAfter: c.options.RestartAfter, Log: c.options.Log,
	})
}

// concurrency is how many requests a function serves at once. A Lambda has a
// process for each, so there are fewer of them on one machine.
func (c *Cloud) concurrency(f pipeline.Function) int {
	if slices.Contains(c.options.Lambda, f.Name) {
		return c.options.LambdaConcurrency
	}
	return f.MaxInstances * f.Concurrency
}

// startFunctions starts all programs at once and waits for each.
func (c *Cloud) startFunctions(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, f := range c.functions {
		f.SetEnv(c.FunctionEnv(f.Name()))
		group.Go(func() error { return f.Start(ctx) })
	}
	return group.Wait()
}

func audience(function string) string { return "netra-" + function }

func (c *Cloud) account() string {
	return "netra-push@" + c.options.ProjectID + ".iam.gserviceaccount.com"
}

// FunctionEnv is the whole environment of a function on this cloud, but PORT.
func (c *Cloud) FunctionEnv(name string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "K_") })
	env = append(env, c.Env()...)
	env = append(env, "FUNCTION_TARGET="+name,
		"NETRA_PUSH_AUDIENCE="+audience(name), "NETRA_PUSH_ACCOUNT="+c.account(), "NETRA_PUSH_KEYS_URL="+c.keysURL)
	return append(env, c.options.Env...)
}

// Env is the environment with which a program works on this cloud, as
// NAME=value: the emulators' addresses, the project, the bucket and the URLs.
func (c *Cloud) Env() []string {
	console := c.URL("console")
	if console != "" { // a browser may come by either name
		console += "," + strings.Replace(console, "127.0.0.1", "localhost", 1)
	}
	env := map[string]string{
		"NETRA_PROJECT": c.options.ProjectID, "NETRA_BUCKET": "file://" + c.bucketDir(),
		"NETRA_API_URL": c.URL("api"), "NETRA_CONSOLE_URL": console,
		"NETRA_FIREBASE_API_KEY": "local", "NETRA_FIREBASE_AUTH_DOMAIN": "localhost",
		"FIRESTORE_EMULATOR_HOST": c.firestoreHost, "PUBSUB_EMULATOR_HOST": c.front.Host(),
		"FIREBASE_AUTH_EMULATOR_HOST": c.auth.Host(), "NETRA_SECRETS_ENDPOINT": c.secrets.Host(),
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// startDispatcher makes the topics, the subscriptions and the dead letters of
// the stages that run here.
func (c *Cloud) startDispatcher(ctx context.Context) (err error) {
	var subscriptions []dispatcher.Subscription
	sweeper := c.find("sweeper")
	for _, stage := range c.table.Stages {
		if f := c.find(stage.Name); f != nil {
			subscriptions = append(subscriptions, c.subscription(stage, f))
		}
		if spec, ok := c.table.Function("sweeper"); ok && sweeper != nil {
			subscriptions = append(subscriptions, c.deadLetters(stage, spec, sweeper))
		}
	}
	c.dispatcher, err = dispatcher.Start(ctx, dispatcher.Options{
		Host: c.pubsub.Host(), Project: c.options.ProjectID, Subscriptions: subscriptions,
		Signer: c.signer, Log: c.options.Log, Observe: c.options.Observe, LoseAck: c.options.LoseAck,
	})
	if err != nil {
		return err
	}
	c.atStop(c.dispatcher.Stop)
	if c.front, err = c.dispatcher.StartFront(); err != nil {
		return err
	}
	c.atStop(c.front.Stop)
	return nil
}

func (c *Cloud) subscription(stage pipeline.Function, f function) dispatcher.Subscription {
	d := c.table.Delivery
	return dispatcher.Subscription{
		ID: d.Topic(stage.Name), Topic: d.Topic(stage.Name), URL: f.URL() + "/", Transport: f,
		InFlight:    c.concurrency(stage),
		AckDeadline: time.Duration(d.AckDeadlineSeconds) * time.Second,
		MinBackoff:  time.Duration(d.MinBackoffMS) * time.Millisecond,
		MaxBackoff:  time.Duration(d.MaxBackoffMS) * time.Millisecond,
		DeadTopic:   d.DeadTopic(stage.Name), MaxAttempts: d.MaxAttempts,
		Audience: audience(f.Name()), Account: c.account(),
	}
}

// deadLetters pushes what a stage could not be given to the sweeper, without
// end: a dead letter that is lost leaves a run without an end.
func (c *Cloud) deadLetters(stage, sweeper pipeline.Function, f function) dispatcher.Subscription {
	s := c.subscription(stage, f)
	s.ID, s.Topic = c.table.Delivery.DeadTopic(stage.Name), c.table.Delivery.DeadTopic(stage.Name)
	s.DeadTopic, s.MaxAttempts = "", 0
	s.URL += "dead-letter"
	s.InFlight = c.concurrency(sweeper)
	return s
}

func (c *Cloud) find(name string) function {
	for _, f := range c.functions {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

// Token is a sign-in of the local cloud: an ID token of any user.
func (c *Cloud) Token(uid string) (string, error) {
	return auth.Token(c.options.ProjectID, auth.Identity{UID: uid, Provider: "custom"}, time.Now())
}
