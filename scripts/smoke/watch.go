package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"netra/shared/run"
	adapter "netra/shared/store/firestore"
)

// listenAgain is how often a listener is replaced that broke or left an event out, as a
// browser does it; the events that the next one repeats are passed over. Firestore's
// emulator, now and then, leaves the first of two events out of a listener's first answer.
const listenAgain = 3

// watch listens to the run's events in Firestore with the user's own token, as
// the browser does, until the run ends. If the run asks for data it is told to
// go on with what there is.
func (s *session) watch(ctx context.Context, id string) error {
	client, err := s.firestore(ctx)
	if err != nil {
		return fmt.Errorf("connect to firestore: %w", err)
	}
	defer client.Close()
	events := client.Collection("users").Doc(s.uid).Collection("runs").Doc(id).Collection("events")
	listener := events.OrderBy("seq", firestore.Asc).Snapshots(ctx)
	defer func() { listener.Stop() }()
	seen := progress{}
	for broken := 0; seen.end == ""; {
		snapshot, err := listener.Next()
		heard := err == nil
		if heard {
			err = s.changes(snapshot.Changes, &seen)
		}
		if err != nil && (!heard || errors.Is(err, errGap)) && ctx.Err() == nil && broken < listenAgain {
			broken++
			s.say("the listener broke after event %d, listening again: %v", seen.last, err)
			listener.Stop()
			listener = events.OrderBy("seq", firestore.Asc).Snapshots(ctx)
			continue
		}
		if err != nil {
			return fmt.Errorf("after event %d: %w", seen.last, err)
		}
		if seen.waits && seen.end == "" {
			seen.waits = false
			if err := s.call(ctx, http.MethodPost, s.API+"/api/runs/"+id+"/continue", map[string]any{}, nil); err != nil {
				return fmt.Errorf("go on without data: %w", err)
			}
		}
	}
	if seen.end != run.RunCompleted {
		return fmt.Errorf("the run ended with %s after event %d", seen.end, seen.last)
	}
	if len(seen.completed) == 0 {
		return errors.New("the run completed without any agent")
	}
	s.say("%d events, each once and in order; agents: %s", seen.last, strings.Join(seen.completed, ", "))
	return s.keepEvents(seen.events)
}

func (s *session) changes(all []firestore.DocumentChange, seen *progress) error {
	for _, c := range all {
		if c.Kind != firestore.DocumentAdded {
			return fmt.Errorf("event %s was changed after it was written", c.Doc.Ref.ID)
		}
		event, err := adapter.DecodeEvent(c.Doc)
		if err != nil {
			return err
		}
		if err := seen.take(event); err != nil {
			return err
		}
		s.say("  %3d %-16s %s", event.Seq, event.Type, event.Stage)
	}
	return nil
}

// bearer sends the user's ID token with every call, so that the rules apply.
type bearer struct {
	token  string
	secure bool
}

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b.token}, nil
}

func (b bearer) RequireTransportSecurity() bool { return b.secure }

func (s *session) firestore(ctx context.Context) (*firestore.Client, error) {
	address, transport := "firestore.googleapis.com:443", credentials.NewClientTLSFromCert(nil, "")
	local := s.Emulators.Firestore != ""
	if local {
		address, transport = s.Emulators.Firestore, insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(transport), grpc.WithPerRPCCredentials(bearer{s.token, !local}))
	if err != nil {
		return nil, err
	}
	return firestore.NewClient(ctx, s.Project, option.WithGRPCConn(conn))
}
