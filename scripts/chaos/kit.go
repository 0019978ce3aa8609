package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"netra/emulators/local"
	"netra/shared/pipeline"
	"netra/shared/queue"
	queuepubsub "netra/shared/queue/pubsub"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

// kit is what the suite works with: a cloud, and its own way into the emulators.
type kit struct {
	cloud     *local.Cloud
	fleet     store.Fleet
	publisher queue.Publisher
	stages    []string
	load      *load
	closers   []func() error
}

// owner signs in as the emulator's administrator.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

func dial(addr string) (*grpc.ClientConn, error) {
	return grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(owner{}))
}

func newKit(ctx context.Context, cloud *local.Cloud) (*kit, error) {
	table, err := pipeline.Load()
	if err != nil {
		return nil, err
	}
	k := &kit{cloud: cloud, stages: table.StageNames(), load: &load{api: cloud.URL("api"), tokens: map[string]string{}, http: httpClient()}}
	fsConn, err := dial(setting(cloud, "FIRESTORE_EMULATOR_HOST"))
	if err != nil {
		return nil, err
	}
	fs, err := firestore.NewClient(ctx, cloud.Project(), option.WithGRPCConn(fsConn))
	if err != nil {
		return nil, fmt.Errorf("connect to firestore: %w", err)
	}
	psConn, err := dial(setting(cloud, "PUBSUB_EMULATOR_HOST"))
	if err != nil {
		return nil, err
	}
	ps, err := pubsub.NewClient(ctx, cloud.Project(), option.WithGRPCConn(psConn))
	if err != nil {
		return nil, fmt.Errorf("connect to pub/sub: %w", err)
	}
	k.closers = []func() error{fs.Close, ps.Close}
	k.fleet = storefirestore.New(fs)
	k.publisher = queuepubsub.New(ps, k.stages, table.Delivery.Topic)
	for n := range users {
		uid := uid(n)
		if k.load.tokens[uid], err = cloud.Token(uid); err != nil {
			return nil, err
		}
		if _, err := fs.Doc("users/"+uid).Set(ctx, map[string]any{"plan": "enterprise"}); err != nil {
			return nil, fmt.Errorf("give %s a plan: %w", uid, err)
		}
	}
	return k, nil
}

func (k *kit) close() error {
	var errs []error
	for _, c := range k.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// setting is one variable of the cloud's environment.
func setting(cloud *local.Cloud, name string) string {
	for _, s := range cloud.Env() {
		if v, ok := strings.CutPrefix(s, name+"="); ok {
			return v
		}
	}
	return ""
}
