package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"netra/infra/check"
)

func awsVariables() map[string]cty.Value {
	return map[string]cty.Value{
		"project_id":       cty.StringVal("demo-netra"),
		"package_hash":     cty.StringVal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
		"firebase_api_key": cty.StringVal("AIzaSyA-not-a-real-key-0123456789"),
		"api_url":          cty.StringVal("https://api.example"),
		"console_url":      cty.StringVal("https://console.example"),
		"alert_email":      cty.StringVal("ops@example.com"),
		"allow":            allow("example.com"),
		"sweeps":           cty.True,
	}
}

func TestLambdaDeploymentKeepsEveryRule(t *testing.T) {
	assert.Empty(t, broken(t, repository(t), "infra/aws", awsVariables(), check.AWS()))
}

func TestBrokenLambdaConfigurationIsNoticed(t *testing.T) {
	cases := []struct{ name, file, from, to, notice string }{
		{"other architecture", "functions.tf", `["arm64"]`, `["x86_64"]`, "with its limits"},
		{"too little memory", "functions.tf", "max(1024, each.value.memory_mb)", "512", "with its limits"},
		{"no limit of instances", "functions.tf", "local.instances[each.key]", "-1", "no limit of instances"},
		{"more than an account has", "functions.tf", "min(f.max_instances * f.concurrency, 200)", "f.max_instances * f.concurrency", "instances are reserved"},
		{"wrong role of the package", "functions.tf", "FUNCTION_TARGET                = each.key", `FUNCTION_TARGET                = "api"`, "serves api"},
		{"token for anybody", "functions.tf", `"netra-${each.key}"
        NETRA_PUSH_ACCOUNT`, `""
        NETRA_PUSH_ACCOUNT`, "which token to demand"},
		{"everybody may sign in", "functions.tf", `each.key == "api" ? {`, `each.key == "none" ? {`, "api does not know who may sign in"},
		{"no way into Google Cloud", "functions.tf", "/var/task/google-credentials.json", "/tmp/key.json", "cannot act on Google Cloud"},
		{"shared role", "functions.tf", "aws_iam_role.function[each.key].arn", `aws_iam_role.function["api"].arn`, "shares its role"},
		{"every bucket", "identity.tf", `Resource = "${aws_s3_bucket.data.arn}/*"`, `Resource = "*"`, "allows"},
		{"every action", "identity.tf", `["s3:ListBucket"]`, `["s3:*"]`, "allows"},
		{"open bucket", "storage.tf", "block_public_policy     = true", "block_public_policy     = false", "no bucket is open"},
		{"uploads from anywhere", "storage.tf", "[each.value]", `["*"]`, "any origin"},
		{"function without an alarm", "alarms.tf", "functions = keys(local.functions)", `functions = ["api"]`, "no alarm stage-errors for triage"},
		{"alarm without a runbook", "alarms.tf", "    instance-limit = {", "    instance-count = {", "has no runbook infra/runbooks/instance-count.md"},
		{"alarm that tells nobody", "alarms.tf", "alarm_actions       = [aws_sns_topic.operators.arn]", "alarm_actions       = []", "tells nobody"},
		{"argument that does not exist", "functions.tf", "memory_size ", "memory ", "arguments exist"},
		{"attribute that does not exist", "outputs.tf", "u.function_url }", "u.function_url }\n}\noutput \"x\" {\n  value = aws_s3_bucket.data.urn", "references name an attribute"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := repository(t)
			replace(t, files, "infra/aws/"+c.file, c.from, c.to)
			assert.Contains(t, strings.Join(broken(t, files, "infra/aws", awsVariables(), check.AWS()), "\n"), c.notice)
		})
	}
}

func TestFunctionsOnLambdaAreCalledThereAndLetIn(t *testing.T) {
	given := full()
	given["lambda"] = lambda("123456789012", "https://abc.lambda-url.eu-west-1.on.aws/")
	config, err := check.Read(repository(t), "infra", given)
	require.NoError(t, err)

	push := config.Plan.Of("google_pubsub_subscription", "stage")
	for _, sub := range push {
		if sub.Key == "triage" {
			assert.Equal(t, "https://abc.lambda-url.eu-west-1.on.aws/", sub.Text("push_config.push_endpoint"))
			assert.Equal(t, "netra-triage", sub.Text("push_config.oidc_token.audience"))
		} else {
			assert.Contains(t, sub.Text("push_config.push_endpoint"), ".run.app/")
		}
	}
	role := "principalSet://iam.googleapis.com/google_iam_workload_identity_pool.aws[0].name/attribute.aws_role/arn:aws:sts::123456789012:assumed-role/netra-triage"
	for _, kind := range []string{"lambda_database", "lambda_traces", "lambda_publisher", "lambda_reader"} {
		found := false
		for _, i := range config.Plan.Instances {
			found = found || i.Name == kind && i.Text("member") == role
		}
		assert.True(t, found, kind)
	}
	for _, problem := range config.Broken(check.Google()) {
		// The rules for tokens and secrets know Cloud Run's services only.
		assert.True(t, strings.Contains(problem, "lambda-url") || strings.Contains(problem, "assumed-role") || strings.Contains(problem, "stage[\"triage\"] pushes to"), problem)
	}
}

// TestOnLambdaOnlyTheIntelligenceReadsUsersCredentials holds the role on AWS to
// what the account on Google Cloud is held to.
func TestOnLambdaOnlyTheIntelligenceReadsUsersCredentials(t *testing.T) {
	given := full()
	url := cty.StringVal("https://abc.lambda-url.eu-west-1.on.aws/")
	given["lambda"] = cty.ObjectVal(map[string]cty.Value{"account_id": cty.StringVal("123456789012"),
		"urls": cty.MapVal(map[string]cty.Value{"triage": url, "intelligence": url})})
	readers := func(files fstest.MapFS) (members []string, problems string) {
		config, err := check.Read(files, "infra", given)
		require.NoError(t, err)
		for _, i := range config.Plan.Instances {
			if i.Name == "lambda_sources" {
				members = append(members, i.Text("member"))
			}
		}
		return members, strings.Join(config.Broken(check.Google()), "\n")
	}
	members, problems := readers(repository(t))
	require.Len(t, members, 1)
	assert.True(t, strings.HasSuffix(members[0], ":assumed-role/netra-intelligence"))
	assert.NotContains(t, problems, "users' credentials")

	files := repository(t)
	replace(t, files, "infra/federation.tf", `if name == "intelligence"`, `if name != "console"`)
	members, problems = readers(files)
	assert.Len(t, members, 2)
	assert.Contains(t, problems, "lets another than the intelligence")
}

// TestOnLambdaOnlyTheAPIStoresUsersCredentials does the same for who stores them,
// and for the sweeper, which deletes those of users who are erased.
func TestOnLambdaOnlyTheAPIStoresUsersCredentials(t *testing.T) {
	given := full()
	given["lambda"] = cty.ObjectVal(map[string]cty.Value{"account_id": cty.StringVal("123456789012"),
		"urls": cty.MapVal(map[string]cty.Value{"api": cty.StringVal("https://abc.lambda-url.eu-west-1.on.aws/"), "triage": cty.StringVal("https://def.lambda-url.eu-west-1.on.aws/"),
			"sweeper": cty.StringVal("https://ghi.lambda-url.eu-west-1.on.aws/")})})
	for kind, function := range map[string]string{"lambda_source_creator": "api", "lambda_source_keeper": "api", "lambda_source_eraser": "sweeper"} {
		files := repository(t)
		config, err := check.Read(files, "infra", given)
		require.NoError(t, err)
		var members []string
		for _, i := range config.Plan.Of("google_project_iam_member", kind) {
			members = append(members, i.Text("member"))
		}
		require.Len(t, members, 1, kind)
		assert.True(t, strings.HasSuffix(members[0], ":assumed-role/netra-"+function), kind)
		assert.NotContains(t, strings.Join(config.Broken(check.Google()), "\n"), "users' credentials")

		replace(t, files, "infra/federation.tf", `"google_project_iam_member" "`+kind+`" {
  for_each = { for name, f in local.federated : name => f if name == "`+function+`" }`, `"google_project_iam_member" "`+kind+`" {
  for_each = local.federated`)
		assert.Contains(t, strings.Join(broken(t, files, "infra", given, check.Google()), "\n"), "lets another than the api store")
	}
}

// Where a provider is on the machine, Terraform itself validates the folders that
// use it, and runs their tests, which plan with a mock.
func TestTerraformValidatesWhatItHasAProviderFor(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("terraform is not installed; the rules above still hold")
	}
	for folder, provider := range map[string]string{"infra/aws": "aws", "infra": "google", "infra/bootstrap": "google"} {
		t.Run(folder, func(t *testing.T) {
			mirror := pluginFolder("registry.terraform.io/hashicorp/" + provider)
			if mirror == "" {
				t.Skipf("no folder of Terraform plugins with the provider %s (NETRA_TERRAFORM_PLUGINS)", provider)
			}
			runTerraform(t, terraform, mirror, folder)
		})
	}
}

func runTerraform(t *testing.T, terraform, mirror, folder string) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, repository(t)))
	rc := filepath.Join(root, "terraform.rc")
	require.NoError(t, os.WriteFile(rc, []byte(`provider_installation {
  filesystem_mirror {
    path = "`+mirror+`"
  }
}
`), 0o600))
	for _, args := range [][]string{{"init", "-backend=false", "-input=false"}, {"validate"}, {"test"}} {
		cmd := exec.CommandContext(t.Context(), terraform, append([]string{"-chdir=" + filepath.Join(root, folder)}, append(args, "-no-color")...)...)
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

// pluginFolder is a folder of Terraform plugins that has the provider:
// NETRA_TERRAFORM_PLUGINS, or one where such folders usually are.
func pluginFolder(provider string) string {
	for _, pattern := range []string{os.Getenv("NETRA_TERRAFORM_PLUGINS"), "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins", "/opt/*"} {
		found, err := filepath.Glob(filepath.Join(pattern, provider))
		if pattern != "" && err == nil && len(found) > 0 {
			return strings.TrimSuffix(found[0], "/"+provider)
		}
	}
	return ""
}
