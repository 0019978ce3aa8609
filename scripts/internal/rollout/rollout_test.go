package rollout_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/rollout"
	"netra/scripts/internal/standin"
	"netra/scripts/internal/tool"
)

func TestMain(m *testing.M) {
	standin.Main()
	os.Exit(m.Run())
}

const (
	oldImage = "host/netra@sha256:01"
	newImage = "host/netra@sha256:02"
	badImage = "host/netra@sha256:bad"
)

// deployed is a project in which two functions serve the old image.
func deployed(t *testing.T) (rollout.Target, standin.Place) {
	t.Helper()
	place := standin.New(t, func(c *standin.Cloud) {
		for _, f := range []string{"api", "triage"} {
			first := standin.Revision{Name: "netra-" + f + "-00001", Image: oldImage, Ready: true}
			c.Services["netra-"+f] = &standin.Service{Revisions: []standin.Revision{first}, Serving: first.Name}
		}
	})
	out := &bytes.Buffer{}
	return rollout.Target{
		Tools: tool.Runner{Env: place.Env(), Log: out}, Project: "demo-netra", Region: "r1", Functions: []string{"api", "triage"}, Out: out,
	}, place
}

func serving(t *testing.T, place standin.Place) []string {
	t.Helper()
	cloud := place.Cloud(t)
	return []string{cloud.Services["netra-api"].Serving, cloud.Services["netra-triage"].Serving}
}

var (
	onFirst  = []string{"netra-api-00001", "netra-triage-00001"}
	onSecond = []string{"netra-api-00002", "netra-triage-00002"}
)

func TestTrafficMovesWhenAllRevisionsAreReady(t *testing.T) {
	target, place := deployed(t)
	checked := false
	require.NoError(t, target.Deploy(t.Context(), newImage, func(context.Context) error {
		checked = true
		assert.Equal(t, onSecond, serving(t, place), "the check sees the new revisions")
		return nil
	}))
	assert.True(t, checked)
	assert.Equal(t, onSecond, serving(t, place))
}

func TestDeployingTheSameImageAgainMakesNoRevision(t *testing.T) {
	target, place := deployed(t)
	require.NoError(t, target.Deploy(t.Context(), newImage, nil))
	require.NoError(t, target.Deploy(t.Context(), newImage, nil))
	assert.Len(t, place.Cloud(t).Services["netra-api"].Revisions, 2)
}

func TestRevisionThatIsNotReadyGetsNoTraffic(t *testing.T) {
	target, place := deployed(t)
	err := target.Deploy(t.Context(), badImage, nil)
	assert.ErrorContains(t, err, "did not become ready")
	assert.ErrorContains(t, err, "No traffic was moved")
	assert.Equal(t, onFirst, serving(t, place))
	assert.Zero(t, place.Cloud(t).Count("update-traffic"))
}

func TestTrafficMovesBackWhenTheCheckFails(t *testing.T) {
	target, place := deployed(t)
	err := target.Deploy(t.Context(), newImage, func(context.Context) error { return errors.New("smoke failed") })
	assert.ErrorContains(t, err, "smoke failed")
	assert.Equal(t, onFirst, serving(t, place))
}

func TestTrafficMovesBackWhenAFunctionCannotBeMoved(t *testing.T) {
	target, place := deployed(t)
	place.Change(t, func(c *standin.Cloud) {
		c.Faults = []standin.Fault{{Command: "update-traffic netra-triage --to-revisions=netra-triage-00002", Stderr: "UNAVAILABLE", Times: 1}}
	})
	assert.ErrorContains(t, target.Deploy(t.Context(), newImage, nil), "UNAVAILABLE")
	assert.Equal(t, onFirst, serving(t, place))
}

func TestInterruptedCheckStillMovesTheTrafficBack(t *testing.T) {
	target, place := deployed(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := target.Deploy(ctx, newImage, func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, onFirst, serving(t, place))
}

func TestImageMustBeNamedByDigest(t *testing.T) {
	target, place := deployed(t)
	assert.ErrorContains(t, target.Deploy(t.Context(), "host/netra:latest", nil), "by digest")
	assert.Empty(t, place.Cloud(t).Calls)
}

func TestRollbackGoesToTheReadyRevisionBefore(t *testing.T) {
	target, place := deployed(t)
	require.NoError(t, target.Deploy(t.Context(), newImage, nil))
	require.Error(t, target.Deploy(t.Context(), badImage, nil)) // leaves a revision that never was ready
	require.NoError(t, target.Rollback(t.Context()))
	assert.Equal(t, onFirst, serving(t, place))
}

func TestRollbackWithoutAnEarlierRevisionSaysSo(t *testing.T) {
	target, place := deployed(t)
	assert.ErrorContains(t, target.Rollback(t.Context()), "nothing to go back to")
	assert.Equal(t, onFirst, serving(t, place))
}
