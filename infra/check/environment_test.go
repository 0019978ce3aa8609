package check_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/functions/sweeper"
	"netra/infra/check"
	"netra/infra/cost"
	"netra/shared/config"
	"netra/shared/pipeline"
)

// elsewhere are variables that libraries read, not shared/config.
var elsewhere = map[string]bool{"GOOGLE_APPLICATION_CREDENTIALS": true, "OTEL_RESOURCE_ATTRIBUTES": true}

func TestFunctionsAcceptTheEnvironmentOfCloudRun(t *testing.T) {
	plan, err := check.Read(repository(t), "infra", full())
	require.NoError(t, err)
	for _, service := range plan.Plan.Of("google_cloud_run_v2_service") {
		accepts(t, service.Key, check.Environment(service), "K_SERVICE")
	}
}

func TestFunctionsAcceptTheEnvironmentOfLambda(t *testing.T) {
	plan, err := check.Read(repository(t), "infra/aws", awsVariables())
	require.NoError(t, err)
	for _, function := range plan.Plan.Of("aws_lambda_function") {
		accepts(t, function.Key, check.Environment(function), "AWS_LAMBDA_FUNCTION_NAME")
	}
}

// accepts checks that shared/config takes the variables without complaint and
// reads every one of them.
func accepts(t *testing.T, function string, env map[string]string, platform string) {
	t.Helper()
	read := map[string]bool{}
	env[platform] = function
	settings, err := config.Read(func(name string) (string, bool) {
		read[name] = true
		value, ok := env[name]
		return value, ok
	})
	require.NoError(t, err, function)
	assert.Equal(t, function, settings.Function)
	for name := range env {
		assert.True(t, read[name] || elsewhere[name] || name == platform, "%s: nobody reads %s", function, name)
	}
}

func TestAlertsCountTheLinesThatTheFunctionsWrite(t *testing.T) {
	written := map[string]string{"event_gaps": pipeline.GapMessage, "unswept": sweeper.UnsweptMessage}
	google, err := check.Read(repository(t), "infra", full())
	require.NoError(t, err)
	metrics := google.Plan.Of("google_logging_metric")
	assert.Len(t, metrics, len(written))
	for _, m := range metrics {
		assert.Contains(t, m.Text("filter"), `jsonPayload.message="`+written[m.Key]+`"`, m.Key)
	}
	aws, err := check.Read(repository(t), "infra/aws", awsVariables())
	require.NoError(t, err)
	for _, f := range aws.Plan.Of("aws_cloudwatch_log_metric_filter", "lines") {
		name := f.Text("metric_transformation.name")
		assert.Equal(t, `{ $.message = "`+written[strings.ReplaceAll(name, "-", "_")]+`" }`, f.Text("pattern"), f.Key)
		assert.True(t, slices.ContainsFunc(aws.Plan.Of("aws_cloudwatch_metric_alarm"), func(a check.Instance) bool { return a.Text("metric_name") == name }), name)
	}
}

func TestCostCountsEveryAlert(t *testing.T) {
	plan, err := check.Read(repository(t), "infra", full())
	require.NoError(t, err)
	assert.Len(t, plan.Plan.Of("google_monitoring_alert_policy"), cost.AlertConditions)
}

func TestFilesOfTheReadmeExist(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, file := range []string{"services.tf", "identity.tf", "pubsub.tf", "firestore.tf", "storage.tf", "secrets.tf", "scheduler.tf", "auth.tf", "alerts.tf", "dashboard.tf", "budget.tf"} {
		assert.Contains(t, string(readme), file)
		_, err := os.Stat("../" + file)
		assert.NoError(t, err)
	}
	assert.NotContains(t, strings.ToLower(string(readme)), "todo")
}
