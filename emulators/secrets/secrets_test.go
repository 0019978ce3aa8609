package secrets_test

import (
	"hash/crc32"
	"testing"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"netra/emulators/secrets"
)

const name = "projects/p/secrets/model-key"

// client is Google's own client at a fresh stand-in that has the secret name.
func client(t *testing.T) *secretmanager.Client {
	t.Helper()
	s, err := secrets.Start()
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	c, err := secretmanager.NewClient(t.Context(), option.WithEndpoint(s.Host()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	_, err = c.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: "projects/p", SecretId: "model-key", Secret: &secretmanagerpb.Secret{Replication: anywhere()}})
	require.NoError(t, err)
	return c
}

// anywhere is the replication that leaves the place to Google.
func anywhere() *secretmanagerpb.Replication {
	return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}}}
}

func add(t *testing.T, c *secretmanager.Client, data string) string {
	t.Helper()
	v, err := c.AddSecretVersion(t.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: name, Payload: &secretmanagerpb.SecretPayload{Data: []byte(data)},
	})
	require.NoError(t, err)
	return v.Name
}

func access(t *testing.T, c *secretmanager.Client, version string) (*secretmanagerpb.AccessSecretVersionResponse, codes.Code) {
	t.Helper()
	r, err := c.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: version})
	return r, status.Code(err)
}

func TestVersionsAreReadByNumberAndAsTheLatest(t *testing.T) {
	c := client(t)
	assert.Equal(t, name+"/versions/1", add(t, c, "old"))
	assert.Equal(t, name+"/versions/2", add(t, c, "new"))
	for version, want := range map[string]string{"1": "old", "2": "new", "latest": "new"} {
		got, code := access(t, c, name+"/versions/"+version)
		require.Equal(t, codes.OK, code)
		assert.Equal(t, want, string(got.Payload.Data))
		assert.EqualValues(t, crc32.Checksum([]byte(want), crc32.MakeTable(crc32.Castagnoli)), got.Payload.GetDataCrc32C())
	}
}

func TestErrorsHaveTheCodesOfSecretManager(t *testing.T) {
	c := client(t)
	_, code := access(t, c, name+"/versions/latest")
	assert.Equal(t, codes.NotFound, code, "no version yet")
	version := add(t, c, "x")
	for wanted, want := range map[string]codes.Code{
		name + "/versions/2":                 codes.NotFound,
		"projects/p/secrets/none/versions/1": codes.NotFound,
		name + "/versions/first":             codes.InvalidArgument,
		name:                                 codes.InvalidArgument,
		"projects/q/secrets/model-key/versions/1": codes.NotFound,
	} {
		_, code := access(t, c, wanted)
		assert.Equal(t, want, code, wanted)
	}
	_, err := c.DisableSecretVersion(t.Context(), &secretmanagerpb.DisableSecretVersionRequest{Name: version})
	require.NoError(t, err)
	_, code = access(t, c, version)
	assert.Equal(t, codes.FailedPrecondition, code, "disabled")
	_, err = c.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: "projects/p", SecretId: "model-key", Secret: &secretmanagerpb.Secret{Replication: anywhere()}})
	assert.Equal(t, codes.AlreadyExists, status.Code(err))
	wrong := int64(1)
	_, err = c.AddSecretVersion(t.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: name, Payload: &secretmanagerpb.SecretPayload{Data: []byte("x"), DataCrc32C: &wrong},
	})
	assert.Equal(t, codes.InvalidArgument, status.Code(err), "wrong checksum")
}

func TestVersionsAreListedAndDestroyedForGood(t *testing.T) {
	c := client(t)
	first := add(t, c, "old")
	add(t, c, "new")
	destroyed, err := c.DestroySecretVersion(t.Context(), &secretmanagerpb.DestroySecretVersionRequest{Name: first})
	require.NoError(t, err)
	assert.Equal(t, secretmanagerpb.SecretVersion_DESTROYED, destroyed.State)
	_, code := access(t, c, first)
	assert.Equal(t, codes.FailedPrecondition, code)
	_, err = c.DestroySecretVersion(t.Context(), &secretmanagerpb.DestroySecretVersionRequest{Name: first})
	assert.Equal(t, codes.FailedPrecondition, status.Code(err), "twice")

	versions := c.ListSecretVersions(t.Context(), &secretmanagerpb.ListSecretVersionsRequest{Parent: name})
	for _, want := range []secretmanagerpb.SecretVersion_State{secretmanagerpb.SecretVersion_ENABLED, secretmanagerpb.SecretVersion_DESTROYED} {
		v, err := versions.Next()
		require.NoError(t, err)
		assert.Equal(t, want, v.State)
	}
	latest, err := c.GetSecretVersion(t.Context(), &secretmanagerpb.GetSecretVersionRequest{Name: name + "/versions/latest"})
	require.NoError(t, err)
	assert.Equal(t, name+"/versions/2", latest.Name)
	assert.True(t, latest.CreateTime.IsValid())
}

func TestSecretOfNoReplicationOrWithABadNameIsRefused(t *testing.T) {
	c := client(t)
	for _, r := range []*secretmanagerpb.CreateSecretRequest{
		{SecretId: "other"},
		{SecretId: "a/b", Secret: &secretmanagerpb.Secret{Replication: anywhere()}},
		{SecretId: "a.b", Secret: &secretmanagerpb.Secret{Replication: anywhere()}},
	} {
		r.Parent = "projects/p"
		_, err := c.CreateSecret(t.Context(), r)
		assert.Equal(t, codes.InvalidArgument, status.Code(err), r.SecretId)
	}
}

func TestSecretsAreListedPerProjectAndDeleted(t *testing.T) {
	c := client(t)
	for _, parent := range []string{"projects/p", "projects/q"} {
		_, err := c.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: parent, SecretId: "another", Secret: &secretmanagerpb.Secret{Replication: anywhere()}})
		require.NoError(t, err)
	}
	list := func() (names []string) {
		secrets := c.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: "projects/p"})
		for {
			s, err := secrets.Next()
			if err == iterator.Done {
				return names
			}
			require.NoError(t, err)
			names = append(names, s.Name)
		}
	}
	assert.Equal(t, []string{"projects/p/secrets/another", name}, list())
	require.NoError(t, c.DeleteSecret(t.Context(), &secretmanagerpb.DeleteSecretRequest{Name: name}))
	assert.Equal(t, []string{"projects/p/secrets/another"}, list())
	_, err := c.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: name})
	assert.Equal(t, codes.NotFound, status.Code(err))
}
