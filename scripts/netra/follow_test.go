package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"netra/emulators/auth"
	"netra/emulators/localtest"
	"netra/shared/run"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// wire is a TCP proxy before the emulator whose connections can be cut or fall silent.
type wire struct {
	net.Listener
	to string

	mu    sync.Mutex
	links []*link
}

type link struct {
	in, out net.Conn
	deaf    atomic.Bool
}

func startWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{Listener: l, to: to}
	t.Cleanup(func() { l.Close(); w.cut() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			c := &link{in: in, out: out}
			w.mu.Lock()
			w.links = append(w.links, c)
			w.mu.Unlock()
			go func() { _, _ = io.Copy(out, in); out.Close() }()
			go c.back()
		}
	}()
	return w
}

// back carries answers, until the link is deaf: then none, and no error either.
func (c *link) back() {
	defer c.in.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := c.out.Read(buf)
		if err != nil {
			return
		}
		if c.deaf.Load() {
			continue
		}
		if _, err := c.in.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (w *wire) each(do func(*link)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.links {
		do(c)
	}
}

func (w *wire) cut() { w.each(func(c *link) { c.in.Close(); c.out.Close() }) }

func (w *wire) fallSilent() { w.each(func(c *link) { c.deaf.Store(true) }) }

// stage is a run in the emulator, with a follower of its user.
type stage struct {
	t      *testing.T
	user   store.User
	run    run.Run
	at     store.Version
	wire   *wire
	follow *follower
	got    chan run.Event
}

func newStage(t *testing.T) *stage {
	project := localtest.Firestore(t)
	client, err := firestore.NewClient(t.Context(), project)
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	u, err := storefirestore.New(client).User("ann")
	require.NoError(t, err)
	s := &stage{t: t, user: u, got: make(chan run.Event, 100), wire: startWire(t, os.Getenv("FIRESTORE_EMULATOR_HOST")),
		run: run.Run{ID: "r1", UserID: "ann", Status: run.Running, Stage: "triage", Route: []string{"triage"}, ExpireAt: time.Now().Add(time.Hour)}}
	token, err := auth.Token(project, auth.Identity{UID: "ann"}, time.Now())
	require.NoError(t, err)
	connect := func(ctx context.Context) (*firestore.Client, error) {
		return openFirestore(ctx, project, s.wire.Addr().String(), token)
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc, err := u.Run(r.Context(), "r1")
		assert.NoError(t, err)
		assert.NoError(t, json.NewEncoder(w).Encode(doc.Value))
	}))
	t.Cleanup(api.Close)
	s.follow = &follower{connect: connect, api: newClient(api.URL, token), uid: "ann", runID: "r1", quiet: 300 * time.Millisecond}
	return s
}

// tell writes n more events of the run.
func (s *stage) tell(n int) {
	s.t.Helper()
	var events []run.Event
	for range n {
		s.run.LastSeq++
		events = append(events, run.Event{Seq: s.run.LastSeq, Type: run.AgentThinking, RunID: "r1", Time: time.Now(),
			Data: json.RawMessage(fmt.Sprintf(`{"thought":"%d"}`, s.run.LastSeq))})
	}
	versions, err := s.user.Apply(s.t.Context(), store.Change{Runs: []store.RunChange{{Run: s.run, Version: s.at, Events: events}}})
	require.NoError(s.t, err)
	s.at = versions[0]
}

// expect waits for the events with the given numbers, in order.
func (s *stage) expect(from, to int64) {
	s.t.Helper()
	for want := from; want <= to; want++ {
		select {
		case e := <-s.got:
			require.Equal(s.t, want, e.Seq)
		case <-time.After(20 * time.Second):
			require.FailNow(s.t, "no event", "%d did not arrive", want)
		}
	}
}

func (s *stage) start(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() {
		done <- s.follow.follow(ctx, func(e run.Event) (bool, error) {
			s.got <- e
			return e.Seq == 30, nil
		})
	}()
	return done
}

func TestFollowerBringsEachEventOnceAndInOrder(t *testing.T) {
	s := newStage(t)
	s.tell(3)
	done := s.start(t.Context())
	s.expect(1, 3)
	s.tell(27)
	s.expect(4, 30)
	require.NoError(t, <-done)
}

func TestFollowerGoesOnAfterTheListenerWasDropped(t *testing.T) {
	s := newStage(t)
	s.tell(5)
	done := s.start(t.Context())
	s.expect(1, 5)
	s.wire.cut()
	s.tell(25)
	s.expect(6, 30)
	require.NoError(t, <-done)
}

func TestFollowerNoticesAListenerThatWentQuiet(t *testing.T) {
	s := newStage(t)
	s.tell(5)
	done := s.start(t.Context())
	s.expect(1, 5)
	s.wire.fallSilent()
	s.tell(1) // is written, and never arrives on the old connection
	s.expect(6, 6)
	s.tell(24)
	s.expect(7, 30)
	require.NoError(t, <-done)
	assert.Positive(t, s.follow.reopened)
}

func TestFollowerMayNotReadAnotherUsersRun(t *testing.T) {
	s := newStage(t)
	s.tell(1)
	s.follow.uid = "bob"
	assert.Equal(t, codes.PermissionDenied, status.Code(errors.Unwrap(<-s.start(t.Context()))))
	assert.Empty(t, s.got)
}
