package main

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/standin"
	"netra/shared/pipeline"
)

func TestMain(m *testing.M) {
	standin.Main()
	os.Exit(m.Run())
}

func deployed(t *testing.T) standin.Place {
	t.Helper()
	table, err := pipeline.Load()
	require.NoError(t, err)
	return standin.New(t, func(c *standin.Cloud) {
		for _, f := range table.Functions() {
			first := standin.Revision{Name: f.Name + "-1", Image: "i@sha256:01", Ready: true}
			c.Services["netra-"+f.Name] = &standin.Service{Revisions: []standin.Revision{first}, Serving: first.Name}
		}
	})
}

func deploy(place standin.Place, args ...string) (string, error) {
	var out bytes.Buffer
	err := realMain(context.Background(), append([]string{"-project=demo-netra"}, args...), place.Env(), &out)
	return out.String(), err
}

func TestDeployMovesEveryFunctionOfTheTable(t *testing.T) {
	place := deployed(t)
	out, err := deploy(place, "-image=i@sha256:02", "-check=go run ./scripts/smoke -api=x")
	require.NoError(t, err, out)
	for name, s := range place.Cloud(t).Services {
		assert.Equal(t, name+"-00002", s.Serving)
	}
	assert.Equal(t, 1, place.Cloud(t).Count("scripts/smoke"))
}

func TestFailedSmokeTestRollsBack(t *testing.T) {
	place := deployed(t)
	place.Change(t, func(c *standin.Cloud) { c.Faults = []standin.Fault{{Command: "scripts/smoke", Stderr: "run failed"}} })
	_, err := deploy(place, "-image=i@sha256:02", "-check=go run ./scripts/smoke -api=x")
	assert.ErrorContains(t, err, "run failed")
	for name, s := range place.Cloud(t).Services {
		assert.Equal(t, "netra-"+s.Serving[:len(s.Serving)-2], name, "the old revision serves again")
	}
}

func TestRollbackIsOneCommand(t *testing.T) {
	place := deployed(t)
	_, err := deploy(place, "-image=i@sha256:02")
	require.NoError(t, err)
	_, err = deploy(place, "-rollback")
	require.NoError(t, err)
	assert.Equal(t, "api-1", place.Cloud(t).Services["netra-api"].Serving)
}

func TestUsageIsTold(t *testing.T) {
	place := deployed(t)
	for _, args := range [][]string{{}, {"-image=i@sha256:02", "-rollback"}, {"-image=i@sha256:02", "-project="}} {
		_, err := deploy(place, args...)
		assert.ErrorContains(t, err, "give -project and either -image", args)
	}
}
