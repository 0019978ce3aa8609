package tool_test

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/tool"
)

func TestOutputLogsTheCommandAndReturnsWhatItPrints(t *testing.T) {
	var log bytes.Buffer
	out, err := tool.Runner{Log: &log}.Output(t.Context(), "sh", "-c", "echo hello")
	require.NoError(t, err)
	assert.Equal(t, "hello", out)
	assert.Equal(t, "    $ sh -c echo hello\n", log.String())
}

func TestFeedKeepsItsInputOutOfTheLog(t *testing.T) {
	var log bytes.Buffer
	require.NoError(t, tool.Runner{Log: &log}.Feed(t.Context(), "s3cret\n", "sh", "-c", `read -r given; test ${#given} = 6`))
	assert.NotContains(t, log.String(), "s3cret")
}

func TestFailureSaysWhatTheToolSaid(t *testing.T) {
	cases := []struct {
		name, stderr, permission string
		notFound                 bool
	}{
		{"missing permission, as gcloud says it", "ERROR: (gcloud.run) PERMISSION_DENIED: Permission 'run.services.create' denied on resource", "run.services.create", false},
		{"missing permission, as terraform says it", `Error 403: Permission "iam.serviceAccounts.create" denied`, "iam.serviceAccounts.create", false},
		{"missing thing", "ERROR: NOT_FOUND: Requested entity was not found.", "", true},
		{"anything else", "boom", "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := tool.Runner{Log: &bytes.Buffer{}}.Output(t.Context(), "sh", "-c", `echo "$1" >&2; exit 1`, "sh", c.stderr)
			require.Error(t, err)
			assert.ErrorContains(t, err, c.stderr)
			assert.Equal(t, c.permission, tool.Missing(err))
			assert.Equal(t, c.notFound, tool.NotFound(err))
		})
	}
}

func TestToolThatIsNotInstalledIsNamed(t *testing.T) {
	_, err := tool.Runner{Log: &bytes.Buffer{}, Env: []string{"PATH=/nonexistent"}}.Output(t.Context(), "gcloud")
	assert.ErrorContains(t, err, "gcloud is not installed")
	assert.ErrorIs(t, err, exec.ErrNotFound)
}

func TestInterruptedCommandSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := tool.Runner{Log: &bytes.Buffer{}}.Output(ctx, "sleep", "60")
	assert.True(t, errors.Is(err, context.Canceled), err)
}
