package local_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/local"
)

// build compiles programs of this module and returns the folder with them.
func build(t *testing.T, packages ...string) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("go", append([]string{"build", "-o", dir + "/"}, packages...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestTheWholeCloud(t *testing.T) {
	dir := t.TempDir()
	// A shell may still have the variables of another cloud, which must not be used.
	t.Setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
	t.Setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
	cloud, err := local.Start(t.Context(), local.Options{
		Binary: build(t, "netra/functions/cmd/cloudrun") + "/cloudrun", Dir: dir, Plan: "mid", SweepEvery: -1, Secrets: map[string]string{"key": "value"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, cloud.Stop()) })

	t.Run("every function is live and healthy", func(t *testing.T) {
		for _, name := range []string{"api", "console", "sweeper", "triage", "intelligence", "optimization", "actions", "report"} {
			status, text := get(t, cloud.URL(name)+"/health/ready")
			assert.Equal(t, http.StatusOK, status, "%s: %s", name, text)
		}
	})
	t.Run("the demo user has the plan", func(t *testing.T) {
		for _, v := range cloud.Env() {
			name, value, _ := strings.Cut(v, "=")
			if strings.HasSuffix(name, "_EMULATOR_HOST") {
				t.Setenv(name, value)
			}
		}
		client, err := firestore.NewClient(t.Context(), cloud.Project())
		require.NoError(t, err)
		defer client.Close()
		user, err := client.Doc("users/demo").Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "mid", user.Data()["plan"])
	})
	t.Run("the api takes the cloud's tokens and no others", func(t *testing.T) {
		token, err := cloud.Token("demo")
		require.NoError(t, err)
		for authorization, want := range map[string]int{"Bearer " + token: http.StatusOK, "Bearer x": http.StatusUnauthorized, "": http.StatusUnauthorized} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, cloud.URL("api")+"/api/threads", nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", authorization)
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, want, response.StatusCode)
		}
	})
	t.Run("the sweeper takes the scheduler's token and no others", func(t *testing.T) {
		assert.NoError(t, cloud.Sweep(t.Context()))
		response, err := http.Post(cloud.URL("sweeper")+"/sweep", "application/json", nil)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, response.StatusCode)
	})
	t.Run("a killed function comes back at its URL", func(t *testing.T) {
		require.NoError(t, cloud.Kill("triage"))
		status, _ := get(t, cloud.URL("triage")+"/health/live")
		assert.Equal(t, http.StatusOK, status, "the request waits for the next instance")
		assert.ErrorContains(t, cloud.Kill("none"), `no function "none"`)
	})
	t.Run("every program is measured", func(t *testing.T) {
		figures, err := cloud.Figures()
		require.NoError(t, err)
		assert.Len(t, figures, 10)
		for _, f := range figures {
			assert.Positive(t, f.Start, f.Name)
			assert.Positive(t, f.Memory, f.Name)
			t.Logf("%-13s start %4d ms  memory %3d MB", f.Name, f.Start.Milliseconds(), f.Memory>>20)
		}
	})
	t.Run("Pub/Sub may restart", func(t *testing.T) {
		require.NoError(t, cloud.RestartPubSub(t.Context()))
	})
}

func TestStartStopsWhatItStartedWhenItFails(t *testing.T) {
	dir := t.TempDir()
	failing := filepath.Join(dir, "failing")
	require.NoError(t, os.WriteFile(failing, []byte("#!/bin/sh\necho settings: bad; exit 1\n"), 0o755))
	_, err := local.Start(t.Context(), local.Options{Binary: failing, Dir: dir, Functions: []string{"api"}})
	assert.ErrorContains(t, err, "settings: bad", "the function's own words")
	assert.Empty(t, processesOf(t, dir))
}

func TestAnInterruptedStartLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	sleeping := filepath.Join(dir, "sleeping")
	require.NoError(t, os.WriteFile(sleeping, []byte("#!/bin/sh\nexec sleep 600\n"), 0o755))
	for _, after := range []time.Duration{0, 100 * time.Millisecond, time.Second, 4 * time.Second} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		_, err := local.Start(ctx, local.Options{Binary: sleeping, Dir: dir, Functions: []string{"api"}})
		cancel()
		require.Error(t, err)
		assert.Empty(t, processesOf(t, dir), "after %v", after)
	}
}

// processesOf lists the processes that have a file below dir open or as program.
func processesOf(t *testing.T, dir string) (found []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/fd/[0-9]*")
	require.NoError(t, err)
	for _, link := range links {
		if strings.HasPrefix(link, "/proc/"+pid()) {
			continue
		}
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, dir) {
			found = append(found, link+" "+target)
		}
	}
	return found
}

func pid() string {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return "self"
	}
	return self + "/"
}

func TestOptionsAreChecked(t *testing.T) {
	for want, o := range map[string]local.Options{
		"is not built":          {},
		`no function "nothing"`: {Binary: "/bin/sh", Functions: []string{"nothing"}},
		"the Lambda program":    {Binary: "/bin/sh", Lambda: []string{"report"}},
	} {
		_, err := local.Start(t.Context(), o)
		assert.ErrorContains(t, err, want)
	}
}
