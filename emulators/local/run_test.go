package local_test

import (
	"log/slog"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/dispatcher"
	"netra/emulators/local"
)

// TestOneRunOnEitherPlatform sends a real log through the whole pipeline as a
// browser does: once with every function on Cloud Run, and once with the stages
// as Lambda bootstraps and the rest on Cloud Run.
func TestOneRunOnEitherPlatform(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs and starts the cloud twice")
	}
	programs := build(t, "netra/functions/cmd/cloudrun", "netra/functions/cmd/lambda", "netra/scripts/smoke")
	told := map[string]bool{} // what the runs showed, event by event
	for name, lambdas := range map[string][]string{
		"cloud run": nil,
		"lambda":    {"triage", "intelligence", "optimization", "actions", "report"},
	} {
		t.Run(name, func(t *testing.T) {
			var deliveries, accepted atomic.Int64
			cloud, err := local.Start(t.Context(), local.Options{
				Binary: filepath.Join(programs, "cloudrun"), LambdaBinary: filepath.Join(programs, "lambda"), Lambda: lambdas,
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
			out, err := exec.CommandContext(t.Context(), filepath.Join(programs, "smoke"),
				"-console", cloud.URL("console"), "-timeout", "4m").CombinedOutput()
			require.NoError(t, err, string(out))
			t.Log(string(out))
			told[strings.Join(shown.FindAllString(string(out), -1), "")] = true
			assert.EqualValues(t, 5, accepted.Load(), "each stage took its message once")
			assert.Equal(t, deliveries.Load(), accepted.Load())
			figures, err := cloud.Figures()
			require.NoError(t, err)
			for _, f := range figures {
				t.Logf("%-13s start %4d ms  memory %3d MB, at most %3d MB", f.Name, f.Start.Milliseconds(), f.Memory>>20, f.Peak>>20)
			}
		})
	}
	assert.Len(t, told, 1, "the same events and a report with as many figures on both")
}

// shown matches the lines of the smoke test that tell of events and the report.
var shown = regexp.MustCompile(`(?m)^( +\d+ \w+ .*|.*the report has .*)$`)
