package tool_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// As Terraform says it: the error, then where it is in the configuration.
const twoErrors = `
Error: Error applying IAM policy for service account: googleapi: Error 400: Service account netra-api@p.iam.gserviceaccount.com does not exist., badRequest

  with google_service_account_iam_member.api_signs_as_itself,
  on identity.tf line 54, in resource "google_service_account_iam_member" "api_signs_as_itself":
  54: resource "google_service_account_iam_member" "api_signs_as_itself" {


Error: Error creating Topic: googleapi: Error 403

  with google_pubsub_topic.parked,
  on pubsub.tf line 27, in resource "google_pubsub_topic" "parked":
  27: resource "google_pubsub_topic" "parked" {
`

func TestErrorsOfTerraformAreShownAndSearchedWhole(t *testing.T) {
	said := tool.Runner{Log: &bytes.Buffer{}, Env: append(os.Environ(), "SAYS="+twoErrors)}
	_, err := said.Output(t.Context(), "sh", "-c", `echo "$SAYS" >&2; exit 1`)
	assert.ErrorContains(t, err, "does not exist., badRequest\nError: Error creating Topic")
	assert.NotContains(t, err.Error(), "on pubsub.tf line")
	assert.True(t, tool.Said(err, "no such text", "on identity.tf line 54"))
	assert.False(t, tool.Said(err, "no such text"))
}

func TestStreamShowsWhatTheToolSaysWhileItRuns(t *testing.T) {
	var log bytes.Buffer
	err := tool.Runner{Log: &log}.Stream(t.Context(), "sh", "-c", "echo printed; echo 'Logs are available at [URL].' >&2")
	require.NoError(t, err)
	assert.Contains(t, log.String(), "printed\n")
	assert.Contains(t, log.String(), "Logs are available at [URL].\n")
}

func TestWhatACommandLeavesBehindIsNotWaitedFor(t *testing.T) {
	begun := time.Now()
	_, err := tool.Runner{Log: &bytes.Buffer{}}.Output(t.Context(), "sh", "-c", "sleep 60 & exit 0")
	assert.NoError(t, err)
	assert.Less(t, time.Since(begun), 30*time.Second)
}

func TestAnInterruptedCommandMaySaveWhatItDid(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "saved")
	ctx, cancel := context.WithCancel(t.Context())
	log := &until{text: "ready", then: cancel}
	err := tool.Runner{Log: log}.Stream(ctx, "sh", "-c", `trap 'echo once >> "$1"; exit 1' INT; echo ready; while :; do sleep 0.05; done`, "sh", saved)
	assert.ErrorIs(t, err, context.Canceled)
	data, err := os.ReadFile(saved)
	require.NoError(t, err)
	assert.Equal(t, "once\n", string(data))
}

// until calls back when a text is written that is no command line.
type until struct {
	text string
	then func()
}

func (u *until) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), u.text) {
		u.then()
	}
	return len(p), nil
}

func TestInterruptedCommandSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := tool.Runner{Log: &bytes.Buffer{}}.Output(ctx, "sleep", "60")
	assert.True(t, errors.Is(err, context.Canceled), err)
}
