package secret

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// MaxBytes is the most that a secret can hold.
// https://docs.cloud.google.com/secret-manager/quotas
const MaxBytes = 64 << 10

// ErrBusy means that Secret Manager did not answer in time or takes no more for
// now: the same may be tried again.
var ErrBusy = errors.New("secret: busy")

// putAttempts bounds how often a Put begins again because the secret went away
// or came meanwhile.
const putAttempts = 3

// Keeper stores secrets of one project, says since when they are there, and
// deletes them. It cannot read them: the account of who uses it needs no right to.
type Keeper struct {
	client  *secretmanager.Client
	project string
	region  string
}

// NewKeeper makes a Keeper on a client that the caller owns and closes. Secrets
// that it creates lie in the region, or where Google chooses if it is "".
func NewKeeper(client *secretmanager.Client, project, region string) *Keeper {
	return &Keeper{client, project, region}
}

// Put makes value the secret's only version and returns when that was. The
// secret is created if it is not there; older versions are destroyed, so that
// what was replaced cannot be read any more. An error leaves the newest version
// in force and may leave older ones; Put it again. Errors hold neither the value
// nor the name.
func (k *Keeper) Put(ctx context.Context, name string, value []byte) (time.Time, error) {
	added, err := k.add(ctx, name, value)
	if err != nil {
		return time.Time{}, unnamed("store a secret", name, err)
	}
	if err := k.destroyBefore(ctx, added); err != nil {
		return time.Time{}, unnamed("destroy the versions before", name, err)
	}
	return added.GetCreateTime().AsTime(), nil
}

// Since returns when the secret's newest version was stored. ErrNotFound means
// that there is no version that could be read.
func (k *Keeper) Since(ctx context.Context, name string) (time.Time, error) {
	v, err := k.client.GetSecretVersion(ctx, &secretmanagerpb.GetSecretVersionRequest{Name: k.path(name) + "/versions/latest"})
	switch {
	case status.Code(err) == codes.NotFound:
		return time.Time{}, ErrNotFound
	case err != nil:
		return time.Time{}, unnamed("look for a secret", name, err)
	case v.GetState() != secretmanagerpb.SecretVersion_ENABLED:
		return time.Time{}, ErrNotFound
	}
	return v.GetCreateTime().AsTime(), nil
}

// Delete removes the secret with all its versions; one that is not there is no error.
func (k *Keeper) Delete(ctx context.Context, name string) error {
	err := k.client.DeleteSecret(ctx, &secretmanagerpb.DeleteSecretRequest{Name: k.path(name)})
	if err != nil && status.Code(err) != codes.NotFound {
		return unnamed("delete a secret", name, err)
	}
	return nil
}

// add adds a version, and creates the secret first if it must.
func (k *Keeper) add(ctx context.Context, name string, value []byte) (*secretmanagerpb.SecretVersion, error) {
	sum := int64(crc32.Checksum(value, crc32.MakeTable(crc32.Castagnoli)))
	add := &secretmanagerpb.AddSecretVersionRequest{Parent: k.path(name),
		Payload: &secretmanagerpb.SecretPayload{Data: value, DataCrc32C: &sum}}
	for range putAttempts - 1 {
		v, err := k.client.AddSecretVersion(ctx, add)
		if status.Code(err) != codes.NotFound {
			return v, err
		}
		_, err = k.client.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
			Parent: "projects/" + k.project, SecretId: name, Secret: &secretmanagerpb.Secret{Replication: k.replication()}})
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return nil, err
		}
	}
	return k.client.AddSecretVersion(ctx, add)
}

func (k *Keeper) replication() *secretmanagerpb.Replication {
	if k.region == "" {
		return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}}}
	}
	replica := &secretmanagerpb.Replication_UserManaged_Replica{Location: k.region}
	return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_UserManaged_{
		UserManaged: &secretmanagerpb.Replication_UserManaged{Replicas: []*secretmanagerpb.Replication_UserManaged_Replica{replica}}}}
}

// destroyBefore destroys the versions with a smaller number, so that of two Puts
// at once the later one stays.
func (k *Keeper) destroyBefore(ctx context.Context, added *secretmanagerpb.SecretVersion) error {
	parent, newest, err := numbered(added.GetName())
	if err != nil {
		return err
	}
	versions := k.client.ListSecretVersions(ctx, &secretmanagerpb.ListSecretVersionsRequest{Parent: parent})
	for {
		v, err := versions.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, number, err := numbered(v.GetName()); err != nil || number >= newest || v.GetState() == secretmanagerpb.SecretVersion_DESTROYED {
			continue
		}
		if err := k.destroy(ctx, v.GetName()); err != nil {
			return err
		}
	}
}

func (k *Keeper) destroy(ctx context.Context, version string) error {
	_, err := k.client.DestroySecretVersion(ctx, &secretmanagerpb.DestroySecretVersionRequest{Name: version})
	// Another Put or Delete may have been faster.
	if code := status.Code(err); code == codes.NotFound || code == codes.FailedPrecondition {
		return nil
	}
	return err
}

// numbered parts projects/P/secrets/S/versions/N.
func numbered(version string) (parent string, number int, err error) {
	parent, text, _ := strings.Cut(version, "/versions/")
	number, err = strconv.Atoi(text)
	return parent, number, err
}

func (k *Keeper) path(name string) string {
	return "projects/" + k.project + "/secrets/" + name
}

// unnamed is err without the secret's name: a name may hold a user's id, which
// does not belong into logs.
func unnamed(doing, name string, err error) error {
	text := strings.ReplaceAll(err.Error(), name, "SECRET")
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return fmt.Errorf("%s: %w: %s", doing, ErrBusy, text)
	}
	return fmt.Errorf("%s: %s", doing, text)
}
