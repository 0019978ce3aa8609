package local_test

import (
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/dispatcher"
	"netra/emulators/local"
	"netra/shared/report/outcome"
)

// TestOneRunOnEitherPlatform sends a real log through the whole pipeline as a
// browser does: once with every function on Cloud Run, and once with the stages
// as Lambda bootstraps and the rest on Cloud Run.
func TestOneRunOnEitherPlatform(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs and starts the cloud twice")
	}
	programs := build(t, "netra/functions/cmd/cloudrun", "netra/functions/cmd/lambda", "netra/scripts/smoke")
	outcomes := map[string]outcome.Outcome{}
	for name, lambdas := range map[string][]string{
		"cloud run": nil,
		"lambda":    {"triage", "intelligence", "optimization", "actions", "report"},
	} {
		t.Run(name, func(t *testing.T) {
			var deliveries, accepted atomic.Int64
			traces := collect(t)
			cloud, err := local.Start(t.Context(), local.Options{
				Binary: filepath.Join(programs, "cloudrun"), LambdaBinary: filepath.Join(programs, "lambda"), Lambda: lambdas,
				Env: []string{"NETRA_OTLP_ENDPOINT=" + traces.url},
				Dir: t.TempDir(), Rules: "../../infra/firestore.rules", Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
				Observe: func(d dispatcher.Delivery) {
					deliveries.Add(1)
					if d.Accepted() {
						accepted.Add(1)
					}
				},
			})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, cloud.Stop()) })
			kept := t.TempDir()
			out, err := exec.CommandContext(t.Context(), filepath.Join(programs, "smoke"),
				"-console", cloud.URL("console"), "-timeout", "4m", "-out", kept).CombinedOutput()
			require.NoError(t, err, string(out))
			t.Log(string(out))
			outcomes[name], err = outcome.Read(kept)
			require.NoError(t, err)
			checkMetrics(t, cloud)
			traces.checkOneRun(t, []string{"triage", "intelligence", "optimization", "actions", "report"})
			assert.EqualValues(t, 5, accepted.Load(), "each stage took its message once")
			assert.Equal(t, deliveries.Load(), accepted.Load())
			figures, err := cloud.Figures()
			require.NoError(t, err)
			for _, f := range figures {
				t.Logf("%-13s start %4d ms  memory %3d MB, at most %3d MB", f.Name, f.Start.Milliseconds(), f.Memory>>20, f.Peak>>20)
			}
		})
	}
	assert.Greater(t, len(outcomes["lambda"].Files), 3, "the report in three forms, and files to apply")
	assert.Greater(t, len(outcomes["lambda"].Events), 15)
	different, err := outcome.Differences(outcomes["cloud run"], outcomes["lambda"])
	require.NoError(t, err)
	assert.Empty(t, different, "the same files and events on both, byte for byte, but for ids and times")
}

// checkMetrics holds that the metrics tell of the one run, and that they are not
// one process's: the stages counted them, and a new instance of the api knows them.
func checkMetrics(t *testing.T, cloud *local.Cloud) {
	t.Helper()
	read := func() string {
		status, text := get(t, cloud.URL("api")+"/api/metrics")
		require.Equal(t, http.StatusOK, status, text)
		return text
	}
	before := read()
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(before))
	require.NoError(t, err)
	sum := func(name string) (total float64) {
		for _, m := range families[name].GetMetric() {
			total += m.GetCounter().GetValue()
		}
		return total
	}
	assert.InDelta(t, 1, sum("netra_runs_accepted_total"), 0)
	assert.InDelta(t, 1, sum("netra_runs_ended_total"), 0)
	assert.InDelta(t, 5, sum("netra_stage_commits_total"), 0)
	assert.InDelta(t, 0, sum("netra_stage_retries_total"), 0)
	require.NoError(t, cloud.Restart(t.Context(), "api"))
	assert.Equal(t, before, read(), "of another instance")
}
