package local_test

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/lambda"
	"netra/emulators/local"
	"netra/shared/pipeline"
)

// TestTheRealBootstrapServesEveryFunction runs functions/cmd/lambda itself, which
// emulators/lambda's own tests do not: every function, a cold start, a function
// that takes too long, and one that cannot start.
func TestTheRealBootstrapServesEveryFunction(t *testing.T) {
	bootstrap := build(t, "netra/functions/cmd/lambda") + "/lambda"
	table, err := pipeline.Load()
	require.NoError(t, err)
	var names []string
	for _, f := range table.Functions() {
		names = append(names, f.Name)
	}
	cloud, err := local.Start(t.Context(), local.Options{LambdaBinary: bootstrap, Lambda: names, Dir: t.TempDir(), SweepEvery: -1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, cloud.Stop()) })
	for _, name := range names {
		status, text := get(t, cloud.URL(name)+"/health/ready")
		assert.Equal(t, http.StatusOK, status, "%s: %s", name, text)
	}
	t.Run("a killed one starts cold", func(t *testing.T) {
		require.NoError(t, cloud.Kill("triage"))
		status, _ := get(t, cloud.URL("triage")+"/health/live")
		assert.Equal(t, http.StatusOK, status)
	})
	t.Run("a push without a token is refused, and the process lives", func(t *testing.T) {
		response, err := http.Post(cloud.URL("report")+"/", "application/json", strings.NewReader("{}"))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusForbidden, response.StatusCode)
		status, _ := get(t, cloud.URL("report")+"/health/live")
		assert.Equal(t, http.StatusOK, status)
	})
	t.Run("one that takes too long is stopped and starts again", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("looks at /proc")
		}
		f := startBootstrap(t, bootstrap, cloud.FunctionEnv("actions"))
		require.NoError(t, f.Start(t.Context()))
		require.Len(t, f.PIDs(), 1)
		pause(t, f.PIDs()[0])
		status, _ := get(t, f.URL()+"/health/live")
		assert.Equal(t, http.StatusGatewayTimeout, status)
		status, _ = get(t, f.URL()+"/health/live")
		assert.Equal(t, http.StatusOK, status)
		assert.Len(t, f.Starts(), 2)
	})
	t.Run("one with bad settings says which", func(t *testing.T) {
		f := startBootstrap(t, bootstrap, append(cloud.FunctionEnv("actions"), "NETRA_BUCKET=nowhere"))
		assert.ErrorContains(t, f.Start(t.Context()), "NETRA_BUCKET is not gs://name, s3://name or file:///directory")
	})
}

// pause stops a process and waits until it stands still.
func pause(t *testing.T, pid int) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err == nil && strings.Contains(string(stat), ") T ")
	}, time.Minute, time.Millisecond)
}

func startBootstrap(t *testing.T, program string, env []string) *lambda.Function {
	t.Helper()
	f, err := lambda.New(lambda.Config{Name: "actions", Program: program, LogDir: t.TempDir(), Env: env, Timeout: time.Second, InitTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Stop()) })
	return f
}
