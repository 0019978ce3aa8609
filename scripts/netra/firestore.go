package main

import (
	"context"
	"fmt"

	"cloud.google.com/go/firestore"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// openFirestore connects as the signed-in user, so that the security rules
// decide what the listener may read. emulator is host:port, or "" for Google's
// Firestore.
func openFirestore(ctx context.Context, project, emulator, idToken string) (*firestore.Client, error) {
	auth := option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: idToken, TokenType: "Bearer"}))
	if emulator != "" {
		// A connection of our own, because the library's own way to the emulator
		// signs in as an administrator, for whom no rules hold.
		conn, err := grpc.NewClient(emulator, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithPerRPCCredentials(bearer(idToken)))
		if err != nil {
			return nil, fmt.Errorf("connect to the firestore emulator: %w", err)
		}
		auth = option.WithGRPCConn(conn)
	}
	client, err := firestore.NewClient(ctx, project, auth)
	if err != nil {
		return nil, fmt.Errorf("connect to firestore: %w", err)
	}
	return client, nil
}

// bearer sends an ID token with every call, over plain text: for the emulator.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return false }
