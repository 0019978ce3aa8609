package check_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	run "google.golang.org/api/run/v1"
	"gopkg.in/yaml.v3"

	"netra/infra/check"
	"netra/shared/pipeline"
)

// rendered returns the description of every service, by function.
func rendered(t *testing.T) map[string]map[string]any {
	t.Helper()
	config, err := check.Read(repository(t), "infra", full())
	require.NoError(t, err)
	all := map[string]map[string]any{}
	for _, service := range config.Plan.Of("google_cloud_run_v2_service") {
		all[service.Key] = check.Render(service)
	}
	return all
}

func TestRenderedServicesHaveTheShapeOfTheCloudRunApi(t *testing.T) {
	table, err := pipeline.Load()
	require.NoError(t, err)
	all := rendered(t)
	require.Len(t, all, len(table.Functions()))
	for _, f := range table.Functions() {
		data, err := json.Marshal(all[f.Name])
		require.NoError(t, err)
		var service run.Service
		strict := json.NewDecoder(bytes.NewReader(data))
		strict.DisallowUnknownFields()
		require.NoError(t, strict.Decode(&service), f.Name)

		template := service.Spec.Template
		assert.Equal(t, "netra-"+f.Name, service.Metadata.Name)
		assert.EqualValues(t, f.Concurrency, template.Spec.ContainerConcurrency)
		assert.EqualValues(t, f.TimeoutSeconds, template.Spec.TimeoutSeconds)
		assert.Equal(t, strconv.Itoa(f.MaxInstances), template.Metadata.Annotations["autoscaling.knative.dev/maxScale"])
		assert.Equal(t, map[bool]string{true: "all", false: "internal"}[f.Public], service.Metadata.Annotations["run.googleapis.com/ingress"])
		container := template.Spec.Containers[0]
		assert.Equal(t, strconv.Itoa(f.MemoryMB)+"Mi", container.Resources.Limits["memory"])
		assert.Equal(t, "/health/ready", container.StartupProbe.HttpGet.Path)
		assert.Equal(t, "/health/live", container.LivenessProbe.HttpGet.Path)
		assert.Positive(t, container.StartupProbe.FailureThreshold)
	}
}

// gcloud itself reads the descriptions. A proxy on this machine answers in
// place of Cloud Run, so nothing leaves it.
func TestGcloudAcceptsTheRenderedServices(t *testing.T) {
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("gcloud is not installed; the shape is checked above")
	}
	cloudRun := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error": {"code": 404, "status": "NOT_FOUND", "message": "new"}}`))
			return
		}
		var service map[string]any
		if json.NewDecoder(r.Body).Decode(&service) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		service["status"] = map[string]any{"observedGeneration": 1}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(service)
	}))
	defer cloudRun.Close()
	proxy, err := url.Parse(cloudRun.URL)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("none"), 0o600))

	replace := func(t *testing.T, service map[string]any) (string, error) {
		data, err := yaml.Marshal(service)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "service.yaml")
		require.NoError(t, os.WriteFile(file, data, 0o600))
		cmd := exec.CommandContext(t.Context(), gcloud, "run", "services", "replace", file, "--dry-run", "--region=europe-west1", "--project=demo-netra", "--quiet")
		cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+dir, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE="+filepath.Join(dir, "token"),
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=http://run.invalid/",
			"CLOUDSDK_PROXY_TYPE=http", "CLOUDSDK_PROXY_ADDRESS="+proxy.Hostname(), "CLOUDSDK_PROXY_PORT="+proxy.Port(),
			"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	triage := rendered(t)["triage"]
	out, err := replace(t, triage)
	assert.NoError(t, err, out)

	triage["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containerConcurency"] = 1
	out, err = replace(t, triage)
	assert.Error(t, err)
	assert.Contains(t, out, "containerConcurency")
}
