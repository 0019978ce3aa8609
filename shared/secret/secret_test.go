package secret_test

import (
	"context"
	"sync"
	"testing"
	"time"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"netra/emulators/secrets"
	"netra/shared/secret"
)

// vault is a running Secret Manager stand-in with the secret "key" and a client
// that counts its calls.
type vault struct {
	t      *testing.T
	client *secretmanager.Client
	stop   func()
	mu     sync.Mutex
	calls  int
	damage bool
}

func newVault(t *testing.T) *vault {
	t.Helper()
	server, err := secrets.Start()
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	v := &vault{t: t, stop: server.Stop}
	v.client, err = secretmanager.NewClient(t.Context(), option.WithEndpoint(server.Host()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithUnaryInterceptor(v.count)))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, v.client.Close()) })
	_, err = v.client.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: "projects/p", SecretId: "key", Secret: &secretmanagerpb.Secret{Replication: anywhere()}})
	require.NoError(t, err)
	return v
}

// anywhere is the replication that leaves the place to Google.
func anywhere() *secretmanagerpb.Replication {
	return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}}}
}

func (v *vault) count(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, req, reply, cc, opts...)
	v.mu.Lock()
	defer v.mu.Unlock()
	if access, is := reply.(*secretmanagerpb.AccessSecretVersionResponse); is {
		v.calls++
		if v.damage && access.GetPayload() != nil {
			access.Payload.Data[0] ^= 1
		}
	}
	return err
}

func (v *vault) set(value string) {
	v.t.Helper()
	_, err := v.client.AddSecretVersion(v.t.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: "projects/p/secrets/key", Payload: &secretmanagerpb.SecretPayload{Data: []byte(value)}})
	require.NoError(v.t, err)
}

func TestSecretIsReadOnceAndAgainWhenItsTimeIsOver(t *testing.T) {
	v := newVault(t)
	v.set("first")
	now := time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)
	r := secret.NewReader(v.client, "p", func() time.Time { return now })
	read := func() string {
		value, err := r.Read(t.Context(), "key")
		require.NoError(t, err)
		return string(value)
	}
	for range 3 {
		assert.Equal(t, "first", read())
	}
	assert.Equal(t, 1, v.calls)
	v.set("rotated")
	assert.Equal(t, "first", read(), "kept for a while")
	now = now.Add(5 * time.Minute)
	assert.Equal(t, "rotated", read())
	assert.Equal(t, 2, v.calls)
}

func TestMissingSecretIsToldAndNotRemembered(t *testing.T) {
	v := newVault(t)
	r := secret.NewReader(v.client, "p", time.Now)
	for _, name := range []string{"other", "key"} { // "key" has no version yet
		_, err := r.Read(t.Context(), name)
		require.ErrorIs(t, err, secret.ErrNotFound, name)
	}
	v.set("now")
	value, err := r.Read(t.Context(), "key")
	require.NoError(t, err)
	assert.Equal(t, "now", string(value))
	_, err = secret.NewReader(v.client, "another-project", time.Now).Read(t.Context(), "key")
	assert.ErrorIs(t, err, secret.ErrNotFound)
}

func TestDamagedSecretIsRefusedAndItsValueNotShown(t *testing.T) {
	v := newVault(t)
	v.set("hunter2")
	v.damage = true
	_, err := secret.NewReader(v.client, "p", time.Now).Read(t.Context(), "key")
	require.ErrorContains(t, err, "damaged on the way")
	assert.NotContains(t, err.Error(), "unter2")
}

func TestCallerCannotChangeWhatIsKept(t *testing.T) {
	v := newVault(t)
	v.set("key")
	r := secret.NewReader(v.client, "p", time.Now)
	value, err := r.Read(t.Context(), "key")
	require.NoError(t, err)
	value[0] = 'X'
	again, err := r.Read(t.Context(), "key")
	require.NoError(t, err)
	assert.Equal(t, "key", string(again))
}

func TestReadersAtOnceGetTheSecret(t *testing.T) {
	v := newVault(t)
	v.set("value")
	r := secret.NewReader(v.client, "p", time.Now)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			value, err := r.Read(t.Context(), "key")
			assert.NoError(t, err)
			assert.Equal(t, "value", string(value))
		})
	}
	wg.Wait()
}

func TestSecretManagerThatIsAwayIsAnError(t *testing.T) {
	v := newVault(t)
	v.stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := secret.NewReader(v.client, "p", time.Now).Read(ctx, "key")
	require.Error(t, err)
	assert.NotErrorIs(t, err, secret.ErrNotFound)
}
