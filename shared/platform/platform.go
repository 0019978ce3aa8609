// Package platform is the composition root: it makes the clients of one
// function once, from its settings, for main to pass down.
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"netra/shared/access"
	"netra/shared/bucket"
	"netra/shared/config"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/pricing"
	"netra/shared/queue"
	queuepubsub "netra/shared/queue/pubsub"
	"netra/shared/secret"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

// Platform is what the functions stand on. It is read-only after New.
type Platform struct {
	Config config.Config
	Table  pipeline.Table
	Store  *storefirestore.Store
	// Fleet is Store with its writes watched (pipeline.Watch).
	Fleet   store.Fleet
	Desk    *pipeline.Desk
	Bucket  *bucket.Bucket
	Uploads *Uploads
	Secrets *secret.Reader
	// Keeper stores secrets; nil, as Secrets, on a local cloud without them.
	Keeper *secret.Keeper
	Users  *Users
	Push   *queue.TokenChecker
	// Prices loads the price book when it is first asked for: most functions need none.
	Prices func() (*pricing.Book, error)
	Tracer *observe.Tracer
	Log    *slog.Logger
	Now    func() time.Time

	closers []func() error
}

// New makes the clients. No client connects before it is used, so a function
// that does not use one needs no permission for it.
func New(ctx context.Context, c config.Config, logs io.Writer) (*Platform, error) {
	p := &Platform{Config: c, Now: time.Now, Log: observe.NewLogger(logs, c.LogLevel, c.Project, c.Function)}
	steps := []func(context.Context) error{p.openTables, p.openFirestore, p.openQueue, p.openBucket, p.openSecrets, p.openAuth, p.openTracer}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

func (p *Platform) openTables(context.Context) (err error) {
	if p.Table, err = pipeline.Load(); err != nil {
		return err
	}
	p.Prices = sync.OnceValues(pricing.Embedded)
	return nil
}

func (p *Platform) openFirestore(ctx context.Context) error {
	client, err := firestore.NewClient(ctx, p.Config.Project)
	if err != nil {
		return fmt.Errorf("make the firestore client: %w", err)
	}
	p.closers = append(p.closers, client.Close)
	p.Store = storefirestore.New(client)
	p.Fleet = pipeline.Watch(p.Store, p.Log)
	return nil
}

func (p *Platform) openQueue(ctx context.Context) error {
	client, err := pubsub.NewClient(ctx, p.Config.Project)
	if err != nil {
		return fmt.Errorf("make the pub/sub client: %w", err)
	}
	publisher := queuepubsub.New(client, p.Table.StageNames(), p.Table.Delivery.Topic)
	p.closers = append(p.closers, client.Close, func() error { publisher.Stop(); return nil })
	p.Desk = &pipeline.Desk{Table: p.Table, Store: p.Fleet, Queue: publisher, Now: p.Now}
	if push := p.Config.Push; push.Audience != "" {
		p.Push = queue.NewTokenChecker(context.WithoutCancel(ctx), push.Audience, push.Account, push.KeysURL)
	}
	return nil
}

func (p *Platform) openBucket(ctx context.Context) error {
	b, uploads, err := openBucket(ctx, p.Config)
	if err != nil {
		return err
	}
	p.closers = append(p.closers, b.Close)
	p.Bucket, p.Uploads = bucket.New(b), uploads
	return nil
}

func (p *Platform) openSecrets(ctx context.Context) error {
	var options []option.ClientOption
	if addr := p.Config.Emulators.Secrets; addr != "" {
		options = append(options, option.WithEndpoint(addr), option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	} else if p.Config.Emulators.Local() {
		return nil // a local cloud without secrets
	}
	client, err := secretmanager.NewClient(ctx, options...)
	if err != nil {
		return fmt.Errorf("make the secret manager client: %w", err)
	}
	p.closers = append(p.closers, client.Close)
	p.Secrets = secret.NewReader(client, p.Config.Project, p.Now)
	p.Keeper = secret.NewKeeper(client, p.Config.Project, p.Config.Region)
	return nil
}

func (p *Platform) openAuth(ctx context.Context) error {
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: p.Config.Project})
	if err != nil {
		return fmt.Errorf("make the firebase app: %w", err)
	}
	client, err := app.Auth(ctx)
	if err != nil {
		return fmt.Errorf("make the auth client: %w", err)
	}
	p.Users = &Users{client, p.Config.Access}
	return nil
}

func (p *Platform) openTracer(ctx context.Context) (err error) {
	p.Tracer, err = observe.NewTracer(ctx, p.Config.OTLPEndpoint, p.Config.Function)
	if err == nil {
		p.closers = append(p.closers, func() error { return p.Tracer.Close(context.WithoutCancel(ctx)) })
	}
	return err
}

// Close ends the clients, the newest first.
func (p *Platform) Close() error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	return errors.Join(errs...)
}

// Users checks Firebase ID tokens, and whether who has one may come in.
type Users struct {
	client *auth.Client
	access access.List
}

// UserOf returns the uid of a valid, unexpired token. Its error is an
// *access.Refusal for somebody who may not come in.
func (u *Users) UserOf(ctx context.Context, token string) (string, error) {
	t, err := u.client.VerifyIDToken(ctx, token)
	if err != nil {
		return "", fmt.Errorf("verify the id token: %w", err)
	}
	email, _ := t.Claims["email"].(string)
	verified, _ := t.Claims["email_verified"].(bool)
	return t.UID, u.access.Admit(access.Person{UID: t.UID, Email: email, Verified: verified})
}
