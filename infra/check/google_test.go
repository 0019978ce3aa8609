package check_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"netra/infra/check"
)

func TestDeploymentKeepsEveryRule(t *testing.T) {
	assert.Empty(t, broken(t, repository(t), "infra", full(), check.Google()))
}

func TestDeploymentWithDefaultsKeepsEveryRule(t *testing.T) {
	assert.Empty(t, broken(t, repository(t), "infra", bare(), check.Google()))
}

func TestBootstrapKeepsTheRulesForEveryFolder(t *testing.T) {
	given := map[string]cty.Value{"project_id": cty.StringVal("demo-netra")}
	assert.Empty(t, broken(t, repository(t), "infra/bootstrap", given, check.Everywhere()))
}

func TestBuildAccountThatMayDoMoreIsNoticed(t *testing.T) {
	for name, c := range map[string]struct{ from, to, notice string }{
		"changes users": {`["firebaseauth.users.create"]`, `["firebaseauth.users.create", "firebaseauth.users.update"]`, "may do [firebaseauth.users.create firebaseauth.users.update]"},
		"all users":     {"google_project_iam_custom_role.makes_users.name", `"roles/firebaseauth.admin"`, "broad role roles/firebaseauth.admin"},
		"any service":   {`"roles/run.developer"`, `"roles/run.admin"`, "broad role roles/run.admin"},
	} {
		t.Run(name, func(t *testing.T) {
			files := repository(t)
			replace(t, files, "infra/bootstrap/build_account.tf", c.from, c.to)
			given := map[string]cty.Value{"project_id": cty.StringVal("demo-netra")}
			assert.Contains(t, strings.Join(broken(t, files, "infra/bootstrap", given, check.Everywhere()), "\n"), c.notice)
		})
	}
}

func TestSmallQuotaCapsTheInstancesAndTheirAlert(t *testing.T) {
	given := bare()
	given["max_instances"] = cty.NumberIntVal(15)
	config, err := check.Read(repository(t), "infra", given)
	require.NoError(t, err)
	for _, f := range config.Table.Functions() {
		for _, s := range config.Plan.Of("google_cloud_run_v2_service") {
			if s.Key == f.Name {
				assert.Equal(t, strconv.Itoa(min(15, f.MaxInstances)), s.Text("template.scaling.max_instance_count"), f.Name)
			}
		}
	}
	for _, a := range config.Plan.Of("google_monitoring_alert_policy") {
		if a.Key == "instance-limit" {
			query := a.Text("conditions.condition_prometheus_query_language.query")
			assert.Contains(t, query, `service_name="netra-triage"}[5m])) >= 15`)
			assert.Contains(t, query, `service_name="netra-sweeper"}[5m])) >= 2`)
		}
	}
}

func TestNewStageGetsAllItNeedsFromTheTableAlone(t *testing.T) {
	files := repository(t)
	replace(t, files, "shared/pipeline/stages.json", `{"name": "report",`,
		`{"name": "forecast", "title": "Forecast", "purpose": "x", "timeout_seconds": 60, "memory_mb": 2048, "cpu": 1, "concurrency": 1, "max_instances": 5},
    {"name": "report",`)

	config, err := check.Read(files, "infra", full())
	require.NoError(t, err)
	assert.Empty(t, config.Broken(check.Google()))

	var addresses []string
	for _, i := range config.Plan.Instances {
		addresses = append(addresses, i.Address)
	}
	assert.Subset(t, addresses, []string{
		`google_cloud_run_v2_service.function["forecast"]`,
		`google_service_account.function["forecast"]`,
		`google_pubsub_topic.stage["forecast"]`,
		`google_pubsub_subscription.stage["forecast"]`,
		`google_pubsub_subscription.dead["forecast"]`,
	})
}

func TestApiLetsInWhoTheVariableNames(t *testing.T) {
	for want, given := range map[string]map[string]cty.Value{"example.com,me@other.org,netra.invalid": full(), "anyone": bare()} {
		config, err := check.Read(repository(t), "infra", given)
		require.NoError(t, err)
		for _, service := range config.Plan.Of("google_cloud_run_v2_service") {
			got, told := check.Environment(service)["NETRA_ALLOW"]
			assert.Equal(t, service.Key == "api", told, service.Key)
			if told {
				assert.Equal(t, want, got)
			}
		}
	}
}

// Each case breaks the configuration in one place and names the rule, or the
// error, that must notice.
func TestBrokenConfigurationIsNoticed(t *testing.T) {
	cases := []struct{ name, file, from, to, notice string }{
		{"service left out", "services.tf", "for_each = local.functions", "for_each = local.stages", "does not identify an element"},
		{"service left out and nothing refers to it", "identity.tf", "for_each = { for name, f in local.functions : name => f if f.public }", "for_each = {}", "only public functions are open"},
		{"other memory", "services.tf", `"${each.value.memory_mb}Mi"`, `"256Mi"`, "every function has its service with its limits"},
		{"other concurrency", "services.tf", "= each.value.concurrency", "= 80", "every function has its service with its limits"},
		{"no time limit", "services.tf", `"${each.value.timeout_seconds}s"`, `"3600s"`, "every function has its service with its limits"},
		{"always on", "services.tf", "min_instance_count = 0", "min_instance_count = 1", "every function has its service with its limits"},
		{"wrong role of the image", "services.tf", "FUNCTION_TARGET     = each.key", `FUNCTION_TARGET     = "api"`, "every function has its service with its limits"},
		{"no probe", "services.tf", `path = "/health/ready"`, `path = "/"`, "every service runs hardened and probed"},
		{"less memory than the generation takes", "../shared/pipeline/stages.json", `"memory_mb": 512`, `"memory_mb": 256`, "second generation takes no less"},
		{"first generation", "services.tf", "EXECUTION_ENVIRONMENT_GEN2", "EXECUTION_ENVIRONMENT_GEN1", "every service runs hardened and probed"},
		{"no boost", "services.tf", "startup_cpu_boost = true", "startup_cpu_boost = false", "every service runs hardened and probed"},
		{"readiness without patience", "services.tf", "failure_threshold = 60", "failure_threshold = 15", "every service runs hardened and probed"},
		{"image undone", "services.tf", "template[0].containers[0].image, template[0].labels", "template[0].labels", "delivery and terraform do not undo each other"},
		{"named revision sent again", "services.tf", "template[0].labels", "template[0].labels, template[0].revision", "delivery and terraform do not undo each other"},
		{"key of a fixed name", "auth.tf", `"netra-browser-${google_service_account.invoker.unique_id}"`, `"netra-browser"`, "cannot be made again"},
		{"budget in dollars", "budget.tf", "units = tostring(var.budget)", "currency_code = \"USD\"\n      units = tostring(var.budget)", "does not pay in USD"},
		{"shared account", "services.tf", "google_service_account.function[each.key].email", `google_service_account.function["api"].email`, "every function has an account of its own"},
		{"everybody may call a stage", "identity.tf", "for name, f in local.functions : name => f if f.public", "for name, f in local.functions : name => f", "only public functions are open"},
		{"everybody reads the bucket", "storage.tf", "member = google_service_account.function[each.key].member", `member = "allUsers"`, "only public functions are open"},
		{"stages reachable from outside", "services.tf", `each.value.public ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"`, `"INGRESS_TRAFFIC_ALL"`, "only public functions are open"},
		{"everybody may sign in", "services.tf", "merge(local.sign_in_environment, local.access_environment, {", "merge(local.sign_in_environment, {", "does not know who may sign in"},
		{"smoke test shut out", "services.tf", `concat(var.allow, ["netra.invalid"])`, "var.allow", "does not let the smoke test in"},
		{"other topic name", "pubsub.tf", `"${local.delivery.topic_prefix}${name}"`, `"x-${name}"`, "every stage is pushed to"},
		{"subscription that ends itself", "pubsub.tf", "expiration_policy {\n    ttl = \"\"\n  }", "", "every stage is pushed to"},
		{"other backoff", "pubsub.tf", "local.delivery.min_backoff_ms / 1000", "local.delivery.min_backoff_ms", "every stage is pushed to"},
		{"push without token", "pubsub.tf", "oidc_token {\n      service_account_email = google_service_account.invoker.email\n      audience              = local.target[each.key].audience\n    }", "", "every push has a token"},
		{"token for another", "pubsub.tf", "audience              = local.target[each.key].audience", `audience              = "x"`, "every push has a token"},
		{"invoker without the right to call", "identity.tf", "for_each = local.private", "for_each = local.stages", "every push has a token"},
		{"no dead letter", "pubsub.tf", "dead_letter_topic     = google_pubsub_topic.dead[each.key].id", `dead_letter_topic     = ""`, "every push has a dead letter"},
		{"Pub/Sub may not dead-letter", "pubsub.tf", `role         = "roles/pubsub.subscriber"`, `role         = "roles/pubsub.viewer"`, "every push has a dead letter"},
		{"console may publish", "pubsub.tf", `setsubtract(keys(local.functions), ["console"])`, "keys(local.functions)", "publishers may publish"},
		{"api may not publish", "pubsub.tf", `setsubtract(keys(local.functions), ["console"])`, `setsubtract(keys(local.functions), ["console", "api"])`, "publishers may publish"},
		{"schedule without token", "scheduler.tf", "audience              = local.target[each.key].audience", "", "schedules call with a token"},
		{"secret for too many", "secrets.tf", "for f in s.functions :", `for f in concat(s.functions, ["api"]) :`, "secrets are readable"},
		{"secret without reader", "secrets.tf", "roles/secretmanager.secretAccessor", "roles/secretmanager.viewer", "may not read it"},
		{"unknown secret", "services.tf", `NETRA_MODEL_SECRET = "netra-model-key"`, `NETRA_MODEL_SECRET = "netra-modelkey"`, "secrets are readable"},
		{"administrator", "storage.tf", `api     = "roles/storage.objectUser"`, `api     = "roles/storage.admin"`, "no role is broader"},
		{"publisher on the project", "identity.tf", `"roles/telemetry.tracesWriter"`, `"roles/pubsub.publisher"`, "no role is broader"},
		{"every database", "identity.tf", "resource.name == ", "resource.type == ", "no role is broader"},
		{"every secret", "secrets.tf", "secrets/netra-source-", "secrets/", "is not limited to users' credentials"},
		{"secrets of no condition", "secrets.tf", "condition {\n    title      = \"netra-sources-only\"\n    expression = local.sources_only\n  }", "", "is not limited to users' credentials"},
		{"users' credentials for all", "secrets.tf", `google_service_account.function["intelligence"].member`, `google_service_account.function["api"].member`, "lets another than the intelligence"},
		{"credentials stored by another", "secrets.tf", "role    = google_project_iam_custom_role.source_keeper.name\n  member  = google_service_account.function[\"api\"].member", "role    = google_project_iam_custom_role.source_keeper.name\n  member  = google_service_account.function[\"sweeper\"].member", "lets another than the api store"},
		{"secrets created by another", "secrets.tf", "role    = google_project_iam_custom_role.source_creator.name\n  member  = google_service_account.function[\"api\"].member", "role    = google_project_iam_custom_role.source_creator.name\n  member  = google_service_account.function[\"console\"].member", "lets another than the api store"},
		{"credentials read by who stores them", "secrets.tf", `"secretmanager.versions.get",`, `"secretmanager.versions.access",`, "gives more than storing users' credentials takes"},
		{"any secret deleted", "secrets.tf", `["secretmanager.secrets.create"]`, `["secretmanager.secrets.create", "secretmanager.secrets.delete"]`, "gives more than storing users' credentials takes"},
		{"any secret overwritten", "secrets.tf", "member  = google_service_account.function[\"api\"].member\n\n  condition {\n    title      = \"netra-sources-only\"\n    expression = local.sources_only\n  }", "member  = google_service_account.function[\"api\"].member", "is not limited to users' credentials"},
		{"any secret deleted by the sweeper", "secrets.tf", "member  = google_service_account.function[\"sweeper\"].member\n\n  condition {\n    title      = \"netra-sources-only\"\n    expression = local.sources_only\n  }", "member  = google_service_account.function[\"sweeper\"].member", "is not limited to users' credentials"},
		{"credentials stored by the sweeper", "secrets.tf", `["secretmanager.secrets.delete"]`, `["secretmanager.secrets.delete", "secretmanager.versions.add"]`, "lets another than the api store"},
		{"credentials read by the sweeper", "secrets.tf", `["secretmanager.secrets.delete"]`, `["secretmanager.versions.access"]`, "gives more than storing users' credentials takes"},
		{"credentials erased by another", "secrets.tf", `google_service_account.function["sweeper"].member`, `google_service_account.function["console"].member`, "lets another than the api store"},
		{"role that nobody knows", "secrets.tf", `["secretmanager.secrets.create"]`, "[]", "a role of no permissions"},
		{"public bucket", "storage.tf", `"enforced"`, `"inherited"`, "buckets are closed"},
		{"upload from anywhere", "storage.tf", "origin          = local.origins", `origin          = ["*"]`, "buckets are closed"},
		{"alert without runbook", "alerts.tf", "backlog = {", "queue = {", "runbooks/queue.md"},
		{"runbook of another alert", "alerts.tf", "runbooks/${each.key}.md", "runbooks/memory.md", "alerts and runbooks match"},
		{"line that nobody alerts on", "alerts.tf", `local.lines["unswept"]`, `local.lines["event_gaps"]`, "netra_unswept is counted, and no alert looks at it"},
		{"alert on what nothing counts", "alerts.tf", `"netra_${each.key}"`, `"netra-${each.key}"`, "looks at netra_event_gaps, which nothing counts"},
		{"chart of what nothing counts", "dashboard.tf", `increase(${local.lines["unswept"]}[10m])`, `increase(logging_googleapis_com:user_netra_stuck[10m])`, "looks at netra_stuck, which nothing counts"},
		{"TTL on what has objects", "firestore.indexes.json", `"runs", "fieldPath": "expire_at", "ttl": false`, `"runs", "fieldPath": "expire_at", "ttl": true`, "what expires is deleted"},
		{"no index for the sweeper", "firestore.indexes.json", `"threads", "fieldPath": "expire_at"`, `"threads", "fieldPath": "expires"`, "what expires is deleted"},
		{"no expiry", "firestore.tf", "each.value.ttl ? [true] : []", "[]", "what expires is deleted"},
		{"reference to nothing", "outputs.tf", "google_storage_bucket.data.name", "google_storage_bucket.date.name", "does not exist"},
		{"attribute that no resource has", "outputs.tf", "google_storage_bucket.data.name", "google_storage_bucket.data.nmae", "references name an attribute"},
		{"argument that no resource takes", "scheduler.tf", "attempt_deadline", "attempt_timeout", "arguments exist"},
		{"block that no resource takes", "scheduler.tf", "retry_config {", "retries {", "arguments exist"},
		{"required argument left out", "auth.tf", `name         = "netra-browser-${google_service_account.invoker.unique_id}"`, "", "arguments exist"},
		{"variable of any shape", "variables.tf", `description = "Least severe level that the functions log."`, "", "variables say what they are"},
		{"local that does not exist", "storage.tf", "local.bucket_roles", "local.bucket_role", `no local "bucket_role"`},
		{"stage slower than its deadline", "../shared/pipeline/stages.json", `"timeout_seconds": 540`, `"timeout_seconds": 700`, "is delivered again after"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := repository(t)
			file := "infra/" + c.file
			if rest, up := strings.CutPrefix(c.file, "../"); up {
				file = rest
			}
			replace(t, files, file, c.from, c.to)
			problems := broken(t, files, "infra", full(), check.Google())
			require.NotEmpty(t, problems)
			assert.Contains(t, strings.Join(problems, "\n"), c.notice)
		})
	}
}
