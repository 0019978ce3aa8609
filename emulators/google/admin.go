package google

import (
	"context"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// owner signs in as the emulator's administrator, whom no rule binds.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

// Dial connects to an emulator as its administrator.
func Dial(addr string, more ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.NewClient(addr, append(more,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(owner{}))...)
}

// Admin is a client of the Firestore emulator at host. It goes there even if
// FIRESTORE_EMULATOR_HOST names another one, which the library would prefer to
// an endpoint.
func Admin(ctx context.Context, host, project string) (*firestore.Client, error) {
	conn, err := Dial(host)
	if err != nil {
		return nil, err
	}
	return firestore.NewClient(ctx, project, option.WithGRPCConn(conn))
}
