package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
	"netra/shared/run"
	"netra/shared/store"
)

// applied is a fleet whose users' writes end with err.
type applied struct {
	store.Fleet
	err error
}

func (a applied) User(uid string) (store.User, error) {
	if uid == "" {
		return nil, errors.New("no uid")
	}
	return writes{err: a.err}, nil
}

type writes struct {
	store.User
	err error
}

func (w writes) Apply(context.Context, store.Change) ([]store.Version, error) {
	return make([]store.Version, 1), w.err
}

func TestAWriteThatCountsGapsIsLogged(t *testing.T) {
	for _, c := range []struct {
		name    string
		gaps    float64
		err     error
		written bool
	}{
		{"gaps", 2, nil, true},
		{"none", 0, nil, false},
		{"gaps that were not written", 1, store.ErrConflict, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			fleet := pipeline.Watch(applied{err: c.err}, slog.New(slog.NewJSONHandler(&out, nil)))
			u, err := fleet.User("ann")
			require.NoError(t, err)
			change := store.Change{Runs: []store.RunChange{{Run: run.Run{ID: "r1", LastSeq: 7}}}, Counters: map[string]float64{"netra_event_gaps_total": c.gaps}}
			_, err = u.Apply(t.Context(), change)
			assert.ErrorIs(t, err, c.err)
			assert.Equal(t, c.written, strings.Contains(out.String(), `"level":"ERROR","msg":"event gap","gaps":2,"gap_in":"r1","last_seq":7`), out.String())
		})
	}
	_, err := pipeline.Watch(applied{}, slog.New(slog.DiscardHandler)).User("")
	assert.Error(t, err)
}
