package firestore_test

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"netra/emulators/localtest"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

// losing is a connection that, once armed, loses the answer of one commit after
// the database has done it; meanwhile runs in between. The client library then
// sends the same commit again.
type losing struct {
	armed     atomic.Bool
	commits   atomic.Int32
	meanwhile func()
}

func (l *losing) intercept(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, req, reply, cc, opts...)
	if !strings.HasSuffix(method, "/Commit") {
		return err
	}
	l.commits.Add(1)
	if err == nil && l.armed.CompareAndSwap(true, false) {
		if l.meanwhile != nil {
			l.meanwhile()
		}
		return status.Error(codes.Unavailable, "the answer was lost")
	}
	return err
}

// owner is the credential with which the emulator skips its rules.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

// lossy is a user of ann's documents over a losing connection, and one over a good one.
func lossy(t *testing.T) (l *losing, through, beside store.User) {
	t.Helper()
	project := localtest.Firestore(t)
	l = &losing{}
	conn, err := grpc.NewClient(os.Getenv("FIRESTORE_EMULATOR_HOST"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(owner{}), grpc.WithUnaryInterceptor(l.intercept))
	require.NoError(t, err)
	for i, o := range [][]option.ClientOption{{option.WithGRPCConn(conn)}, nil} {
		client, err := firestore.NewClient(t.Context(), project, o...)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, client.Close()) })
		u, err := storefirestore.New(client).User("ann")
		require.NoError(t, err)
		if i == 0 {
			through = u
		} else {
			beside = u
		}
	}
	return l, through, beside
}

func TestChangeWhoseAnswerWasLostIsKnownAsWritten(t *testing.T) {
	for name, first := range map[string]bool{"creating": true, "updating": false} {
		t.Run(name, func(t *testing.T) {
			l, u, _ := lossy(t)
			r := aRun("r1")
			var at store.Version
			if !first {
				at = create(t, u, r)
			}
			before := l.commits.Load()
			l.armed.Store(true)
			versions, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: r, Version: at,
				Events: []run.Event{anEvent("r1", 2, `{}`)}}}})
			require.NoError(t, err)
			require.Equal(t, before+2, l.commits.Load(), "the library repeated the commit")
			got, err := u.Run(t.Context(), "r1")
			require.NoError(t, err)
			assert.True(t, got.Version.At.Equal(versions[0].At))
			events, err := u.Events(t.Context(), "r1", 1, 10)
			require.NoError(t, err)
			assert.Len(t, events, 1)
		})
	}
}

func TestLostAnswerIsAConflictIfSomebodyElseWroteSince(t *testing.T) {
	l, u, other := lossy(t)
	r := aRun("r1")
	at := create(t, u, r)
	l.meanwhile = func() {
		doc, err := other.Run(t.Context(), "r1")
		assert.NoError(t, err)
		_, err = other.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: doc.Value, Version: doc.Version}}})
		assert.NoError(t, err)
	}
	l.armed.Store(true)
	_, err := u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: r, Version: at}}})
	require.ErrorIs(t, err, store.ErrConflict)
}
