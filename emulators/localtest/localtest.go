// Package localtest gives tests Google's real emulators. An emulator that the
// environment names (FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST) is used;
// else one of each kind is started for the whole test binary when the first
// test asks for it. Each test gets a project of its own, so that tests of one
// emulator, even parallel ones, never see each other's data.
//
//	func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }
//
// stops the emulators in order; without it they end with the test binary, killed.
package localtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"netra/emulators/google"
)

// shared is the one emulator of a kind that the tests of a binary share. The
// two variables below are the only state here: a test binary has no other place
// to keep what all its tests use.
type shared struct {
	variable string
	start    func(context.Context, google.Options) (*google.Emulator, error)
	rules    bool

	once    sync.Once
	running *google.Emulator
	err     error
}

var (
	firestore = shared{variable: "FIRESTORE_EMULATOR_HOST", start: google.Firestore, rules: true}
	pubsub    = shared{variable: "PUBSUB_EMULATOR_HOST", start: google.PubSub}
)

// Firestore makes sure that FIRESTORE_EMULATOR_HOST names a running emulator,
// with the project's rules if it was started here, and returns a project id
// that no other test has.
func Firestore(t testing.TB) (projectID string) {
	t.Helper()
	return firestore.project(t)
}

// PubSub makes sure that PUBSUB_EMULATOR_HOST names a running emulator and
// returns a project id that no other test has.
func PubSub(t testing.TB) (projectID string) {
	t.Helper()
	return pubsub.project(t)
}

// Main runs the tests and stops the emulators that they started.
func Main(m *testing.M) int {
	code := m.Run()
	if err := errors.Join(firestore.stop(), pubsub.stop()); err != nil {
		fmt.Fprintln(os.Stderr, "stop the emulators:", err)
		return max(code, 1)
	}
	return code
}

func (s *shared) project(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.err = s.begin() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return "test-" + strings.ToLower(rand.Text()[:12])
}

func (s *shared) begin() error {
	if os.Getenv(s.variable) != "" {
		return nil
	}
	var options google.Options
	if s.rules {
		options.Rules = rulesFile()
	}
	e, err := s.start(context.Background(), options)
	if err != nil {
		return err
	}
	s.running = e
	return os.Setenv(s.variable, e.Host())
}

func (s *shared) stop() error {
	if s.running == nil {
		return nil
	}
	return s.running.Stop()
}

// rulesFile is infra/firestore.rules of the checkout that the test runs in, or "".
func rulesFile() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		rules := filepath.Join(dir, "infra", "firestore.rules")
		if _, err := os.Stat(rules); err == nil {
			return rules
		}
		return ""
	}
	return ""
}
