package google

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"
)

// Firestore starts the Firestore emulator and waits until it is warm. Rules, if
// the options name them, hold for web clients; Go clients are administrators.
// Every project id is a database of its own.
func Firestore(ctx context.Context, o Options) (*Emulator, error) {
	var args []string
	if o.Rules != "" {
		args = append(args, "--rules="+o.Rules)
	}
	if o.Data != "" {
		data, err := imported(o.Data)
		if err != nil {
			return nil, fmt.Errorf("find the documents to begin with: %w", err)
		}
		args = append(args, data...)
	}
	e, err := start(ctx, firestoreProduct(), o, args...)
	if err != nil {
		return nil, err
	}
	if err := warmFirestore(ctx, e.Host()); err != nil {
		return nil, errors.Join(fmt.Errorf("warm up the Firestore emulator: %w", err), e.Stop())
	}
	return e, nil
}

// warmFirestore has the fresh Java load and compile what a run needs: the first
// write, read, query, transaction and listener take a second or two together.
func warmFirestore(ctx context.Context, host string) error {
	client, err := Admin(ctx, host, "warm-up")
	if err != nil {
		return err
	}
	defer client.Close()
	doc := client.Doc("warm/up")
	listener := doc.Snapshots(ctx)
	defer listener.Stop()
	if _, err := listener.Next(); err != nil {
		return err
	}
	err = client.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return tx.Set(doc, map[string]any{"warm": true})
	})
	if err != nil {
		return err
	}
	if _, err := doc.Get(ctx); err != nil {
		return err
	}
	if _, err := client.Collection("warm").Where("warm", "==", true).Documents(ctx).GetAll(); err != nil {
		return err
	}
	_, err = doc.Delete(ctx)
	return err
}
