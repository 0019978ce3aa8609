// Package rig drives a local cloud from outside, as many users at once: for the
// fault suite and the benchmarks.
package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	"google.golang.org/api/option"

	"netra/emulators/google"
	"netra/emulators/local"
	"netra/shared/pipeline"
	"netra/shared/queue"
	queuepubsub "netra/shared/queue/pubsub"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

// Rig is a cloud with its users, and an administrator's way into the emulators.
type Rig struct {
	Cloud     *local.Cloud
	Fleet     store.Fleet
	Firestore *firestore.Client
	Publisher queue.Publisher
	// Stages are the names of the agent stages, in order.
	Stages  []string
	users   []*User
	closers []func() error
}

// New gives the cloud so many users with the largest plan.
func New(ctx context.Context, cloud *local.Cloud, users int) (*Rig, error) {
	table, err := pipeline.Load()
	if err != nil {
		return nil, err
	}
	r := &Rig{Cloud: cloud, Stages: table.StageNames()}
	fsConn, err := google.Dial(Setting(cloud, "FIRESTORE_EMULATOR_HOST"))
	if err != nil {
		return nil, err
	}
	if r.Firestore, err = firestore.NewClient(ctx, cloud.Project(), option.WithGRPCConn(fsConn)); err != nil {
		return nil, fmt.Errorf("connect to firestore: %w", err)
	}
	psConn, err := google.Dial(Setting(cloud, "PUBSUB_EMULATOR_HOST"))
	if err != nil {
		return nil, err
	}
	ps, err := pubsub.NewClient(ctx, cloud.Project(), option.WithGRPCConn(psConn))
	if err != nil {
		return nil, fmt.Errorf("connect to pub/sub: %w", err)
	}
	r.closers = []func() error{r.Firestore.Close, ps.Close}
	r.Fleet = storefirestore.New(r.Firestore)
	r.Publisher = queuepubsub.New(ps, r.Stages, table.Delivery.Topic)
	for n := range users {
		u, err := r.addUser(ctx, fmt.Sprintf("user%03d", n))
		if err != nil {
			return nil, err
		}
		r.users = append(r.users, u)
	}
	return r, nil
}

func (r *Rig) addUser(ctx context.Context, uid string) (*User, error) {
	token, err := r.Cloud.Token(uid)
	if err != nil {
		return nil, err
	}
	if _, err := r.Firestore.Doc("users/"+uid).Set(ctx, map[string]any{"plan": "enterprise"}); err != nil {
		return nil, fmt.Errorf("give %s a plan: %w", uid, err)
	}
	return &User{UID: uid, api: r.Cloud.URL("api"), token: token, http: &http.Client{Timeout: 30 * time.Second}}, nil
}

// User is the n-th user.
func (r *Rig) User(n int) *User { return r.users[n%len(r.users)] }

// Close ends the connections; the cloud goes on.
func (r *Rig) Close() error {
	var errs []error
	for _, c := range r.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// Setting is one variable of the cloud's environment.
func Setting(cloud *local.Cloud, name string) string {
	for _, s := range cloud.Env() {
		if v, ok := strings.CutPrefix(s, name+"="); ok {
			return v
		}
	}
	return ""
}

// Accepted is one run that the api said yes to.
type Accepted struct{ UID, RunID string }

// Wait returns when every run has ended, or after the time, whatever came first.
func (r *Rig) Wait(ctx context.Context, runs []Accepted, most time.Duration) error {
	until := time.Now().Add(most)
	open := runs
	for len(open) > 0 && time.Now().Before(until) {
		var still []Accepted
		for _, a := range open {
			u, err := r.Fleet.User(a.UID)
			if err != nil {
				return err
			}
			doc, err := u.Run(ctx, a.RunID)
			if err != nil {
				return err
			}
			if !doc.Value.Status.Final() && doc.Value.Status != run.Waiting {
				still = append(still, a)
			}
		}
		open = still
		if !Pause(ctx, 200*time.Millisecond) {
			return ctx.Err()
		}
	}
	return nil
}

// Pause waits, or returns false when ctx ends first.
func Pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
