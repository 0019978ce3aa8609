package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/standin"
)

func TestMain(m *testing.M) {
	standin.Main()
	os.Exit(m.Run())
}

// stage is a pretended project and a demo that deploys to it.
type stage struct {
	place standin.Place
	// denied are permissions that the caller lacks.
	denied []string
	// ready is whether the deployed API says that it is.
	ready bool
	web   *httptest.Server
}

func newStage(t *testing.T, change func(*standin.Cloud)) *stage {
	t.Helper()
	s := &stage{place: standin.New(t, change), ready: true}
	s.web = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.web.Close)
	return s
}

// serve answers as the Resource Manager API and as the deployed API.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, ":testIamPermissions"):
		var body struct {
			Permissions []string `json:"permissions"`
		}
		if json.NewDecoder(r.Body).Decode(&body) != nil || r.Header.Get("Authorization") != "Bearer token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body.Permissions = slices.DeleteFunc(body.Permissions, func(p string) bool { return slices.Contains(s.denied, p) })
		_ = json.NewEncoder(w).Encode(body)
	case r.URL.Path == "/health/ready" && s.ready:
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// toServer sends every request to the test server, whatever its host.
type toServer struct{ host string }

func (to toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.URL.Scheme, r.URL.Host = "http", to.host
	return http.DefaultTransport.RoundTrip(r)
}

// run is one call of the program.
func (s *stage) run(t *testing.T, ctx context.Context, input string, args ...string) (string, int) {
	t.Helper()
	out := &watched{}
	return s.runTo(ctx, out, input, args...)
}

func (s *stage) runTo(ctx context.Context, out *watched, input string, args ...string) (string, int) {
	d := &demo{
		env: s.place.Env(), root: "../..", in: strings.NewReader(input), out: out,
		web:             &http.Client{Transport: toServer{strings.TrimPrefix(s.web.URL, "http://")}},
		resourceManager: s.web.URL, pause: time.Millisecond,
	}
	code := d.main(ctx, append([]string{"-project=demo-netra"}, args...))
	return out.String(), code
}

// watched is an output that calls back when a text is written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	at   string
	then func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.then != nil && strings.Contains(string(p), w.at) {
		w.then()
	}
	return w.text.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// wantDeployed checks that everything is there, once.
func wantDeployed(t *testing.T, s *stage) {
	t.Helper()
	cloud := s.place.Cloud(t)
	assert.Equal(t, []string{"infra/bootstrap", "infra"}, cloud.Applied)
	assert.Equal(t, []string{"gs://demo-netra-netra-state"}, cloud.Buckets)
	assert.Len(t, cloud.Images, 1)
	assert.Equal(t, 1, cloud.Count("builds submit"), "the image is built once")
	assert.Equal(t, 1, cloud.Count("buckets create"))
	assert.Len(t, cloud.Services, 8)
	for name, service := range cloud.Services {
		assert.Len(t, service.Revisions, 1, name)
		assert.Contains(t, service.Revisions[0].Image, "@sha256:", name)
	}
	assert.GreaterOrEqual(t, cloud.Count("scripts/smoke"), 1)
}

func TestFirstDeploymentGoesAllTheWay(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code, out)
	wantDeployed(t, s)
	for i := range 17 {
		assert.Contains(t, out, fmt.Sprintf("[%d/17]", i+1))
	}
	assert.Contains(t, out, "At rest this costs about $")
	assert.Contains(t, out, "The console: http://console.invalid")
}

func TestRepeatedDeploymentChangesNothing(t *testing.T) {
	s := newStage(t, nil)
	_, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code)
	out, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code, out)
	wantDeployed(t, s)
	assert.Equal(t, 1, s.place.Cloud(t).Count("services enable"))
}

func TestNothingIsCreatedWithoutConsent(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "\nno\n")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "Nothing was created")
	cloud := s.place.Cloud(t)
	assert.Empty(t, cloud.Applied)
	assert.Empty(t, cloud.Images)
}

func TestDeploymentInterruptedAtAnyStepGoesOn(t *testing.T) {
	for i := range 17 {
		t.Run(fmt.Sprintf("step %d", i+1), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &watched{at: fmt.Sprintf("[%d/17]", i+1), then: cancel}
			text, code := s.runTo(ctx, out, "", "-yes")
			require.Equal(t, 1, code, text)
			assert.Contains(t, text, "Interrupted at")
			assert.Contains(t, text, "run the same command again")

			text, code = s.run(t, t.Context(), "", "-yes")
			require.Zero(t, code, text)
			wantDeployed(t, s)
		})
	}
}

func TestEachMissingPermissionIsNamedWithItsRoleBeforeAnythingIsCreated(t *testing.T) {
	for _, need := range needs {
		t.Run(need.permission, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			s.denied = []string{need.permission}
			out, code := s.run(t, t.Context(), "", "-yes")
			assert.Equal(t, 1, code)
			assert.Contains(t, out, "FAILED at permissions: missing "+need.permission)
			assert.Contains(t, out, "gcloud projects add-iam-policy-binding demo-netra --member=user:YOU --role="+need.role)
			cloud := s.place.Cloud(t)
			assert.Empty(t, cloud.Buckets)
			assert.Empty(t, cloud.Applied)
		})
	}
}

// TestEveryPermissionThatAStepNamesIsAskedForFirst reads the steps: a failure that
// blames a permission must have a role to name, and is better found at the start.
func TestEveryPermissionThatAStepNamesIsAskedForFirst(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	blamed := regexp.MustCompile(`lacks\(.*"([a-z]+\.[A-Za-z]+\.[A-Za-z]+)"\)`)
	found := 0
	for _, file := range sources {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range blamed.FindAllStringSubmatch(string(text), -1) {
			found++
			assert.Contains(t, permissionCure(m[1], "demo-netra"), "--role=roles/", "%s blames %s", file, m[1])
		}
	}
	assert.Greater(t, found, 5)
}

func TestDryRunTouchesNothingAndShowsEveryCommand(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-dry-run", "-frontend=localhost")
	require.Zero(t, code, out)
	assert.Equal(t, []string{"gcloud --version", "terraform version -json"}, s.place.Cloud(t).Calls)
	for _, want := range []string{
		"A dry run: no cloud is asked", "That was a dry run. In earnest: ", "with PROJECT=demo-netra",
		"would run: gcloud services enable", "would run: gcloud storage buckets create gs://demo-netra-netra-state",
		"would run: terraform -chdir=infra plan", "would create   8 x google_cloud_run_v2_service", "At rest this costs about",
		"would run: gcloud builds submit", "would run: terraform -chdir=infra apply", "would run: go run ./scripts/smoke",
		"-var=local_console_origin=http://localhost:5173", "http://localhost:5173 (Ctrl-C ends it)",
	} {
		assert.Contains(t, out, want)
	}
}

func TestDestroyRemovesEverything(t *testing.T) {
	s := newStage(t, nil)
	_, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code)

	s.place.Change(t, func(c *standin.Cloud) { c.Secrets["netra-source-openai-usage-ann"] = "key" })

	out, code := s.run(t, t.Context(), "something else\n", "-destroy")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "Nothing was created or removed")
	assert.NotEmpty(t, s.place.Cloud(t).Services)

	out, code = s.run(t, t.Context(), "demo-netra\n", "-destroy")
	require.Zero(t, code, out)
	cloud := s.place.Cloud(t)
	assert.Empty(t, cloud.Applied)
	assert.Empty(t, cloud.Services)
	assert.Empty(t, cloud.Buckets)
	assert.Empty(t, cloud.Secrets, "what users stored")

	out, code = s.run(t, t.Context(), "", "-destroy", "-yes")
	assert.Zero(t, code, out)
	assert.Contains(t, out, "nothing is left")
}

func TestRemovalInterruptedAtAnyStepGoesOn(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprintf("step %d", i+1), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			_, code := s.run(t, t.Context(), "", "-yes")
			require.Zero(t, code)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &watched{at: fmt.Sprintf("[%d/8]", i+1), then: cancel}
			text, code := s.runTo(ctx, out, "", "-destroy", "-yes")
			require.Equal(t, 1, code, text)
			assert.Contains(t, text, "Interrupted at")

			text, code = s.run(t, t.Context(), "", "-destroy", "-yes")
			require.Zero(t, code, text)
			cloud := s.place.Cloud(t)
			assert.Empty(t, cloud.Applied)
			assert.Empty(t, cloud.Buckets)
		})
	}
}

func TestDestroyDryRunTouchesNothing(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-destroy", "-dry-run")
	require.Zero(t, code, out)
	assert.Contains(t, out, "would run: terraform -chdir=infra destroy")
	assert.Equal(t, []string{"gcloud --version", "terraform version -json"}, s.place.Cloud(t).Calls)
}
