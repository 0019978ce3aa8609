package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/standin"
)

// Each case is a project in which one thing is wrong, and what the program
// must say about it.
func TestFailuresSayHowToMendThem(t *testing.T) {
	fault := func(command, stderr string) func(*standin.Cloud) {
		return func(c *standin.Cloud) { c.Faults = []standin.Fault{{Command: command, Stderr: stderr}} }
	}
	cases := []struct {
		name   string
		change func(*standin.Cloud)
		says   []string
	}{
		{"gcloud is broken", fault("gcloud --version", "python3: not found"), []string{"FAILED at tools", "install the Google Cloud CLI"}},
		{"terraform is too old", func(c *standin.Cloud) { c.Terraform = "1.5.7" }, []string{"terraform is 1.5.7", "Terraform 1.9 or newer"}},
		{"nobody is signed in", func(c *standin.Cloud) { c.Account = "" }, []string{"FAILED at sign-in", "gcloud auth login"}},
		{"a robot deploys and names no person", func(c *standin.Cloud) { c.Account = "ci@demo-netra.iam.gserviceaccount.com" }, []string{"FAILED at sign-in: nobody could sign in to the console", "--allow=example.com,me@example.org"}},
		{"no credentials for terraform", fault("application-default", "could not find default credentials"), []string{"gcloud auth application-default login"}},
		{"no such project", func(c *standin.Cloud) { c.Project = "another" }, []string{"FAILED at project", "gcloud projects create demo-netra"}},
		{"billing may not be seen", fault("billing projects describe", "PERMISSION_DENIED: Permission 'resourcemanager.projects.get' denied"), []string{"lacks resourcemanager.projects.get"}},
		{"APIs may not be enabled", fault("services enable", "PERMISSION_DENIED: Permission 'serviceusage.services.enable' denied"), []string{"--role=roles/serviceusage.serviceUsageAdmin"}},
		{"state bucket is another's", fault("buckets describe", "403: does not have storage.buckets.get access"), []string{"FAILED at state", "--role=roles/storage.admin"}},
		{"state bucket cannot be made", fault("buckets create", "boom"), []string{"FAILED at state", "lacks storage.buckets.create"}},
		{"registry of providers is not reachable", fault("terraform -chdir=infra init", "could not connect to registry"), []string{"FAILED at plan", "check network"}},
		{"plan fails", fault("terraform -chdir=infra plan", "Error: Cloud Resource Manager API has not been used"), []string{"wait a minute"}},
		{"state cannot be kept", fault("buckets update", "boom"), []string{"FAILED at state", "--role=roles/storage.admin"}},
		{"bootstrap fails", fault("terraform -chdir=infra/bootstrap apply", placed(`googleapi: Error 403: Permission "artifactregistry.repositories.create" denied`)), []string{"FAILED at registry", "--role=roles/artifactregistry.admin"}},
		{"tests fail in the build", fault("builds submit", "BUILD FAILURE"), []string{"FAILED at image", "make test shows the same"}},
		{"image cannot be seen", fault("images describe", "PERMISSION_DENIED: Permission 'artifactregistry.repositories.get' denied"), []string{"FAILED at image", "lacks artifactregistry.repositories.get"}},
		{"apply fails", fault("terraform -chdir=infra apply", placed("quota exceeded")), []string{"FAILED at apply", "Error: quota exceeded", "what was created stays"}},
		{"small quota", fault("terraform -chdir=infra apply", placed("Error creating Service: googleapi: Error 400: Max instances must be set to 10 or fewer in order to set the requested total CPU.")), []string{"ARGS=--max-instances=10"}},
		{"organisation without public services", fault("terraform -chdir=infra apply", placed("Error applying IAM policy for cloudrunv2 service: googleapi: Error 400: One or more users named in the policy do not belong to a permitted customer,  perhaps due to an organization policy.")), []string{"iam.allowedPolicyMemberDomains"}},
		{"another's database", fault("terraform -chdir=infra apply", placed("Error creating Database: googleapi: Error 409: Database already exists. Please use another database_id")), []string{"Firestore database of another application", "gcloud projects create"}},
		{"budget may not be made", fault("terraform -chdir=infra apply", placed("Error creating Budget: googleapi: Error 403: The caller does not have permission")), []string{"roles/billing.costsManager on billing account 000000-AAAAAA-111111", "--budget=false"}},
		{"readers cannot be seen", fault("secrets get-iam-policy", "boom"), []string{"FAILED at readers", "secretmanager.secrets.getIamPolicy"}},
		{"service is gone", fault("run services describe", "ERROR: NOT_FOUND"), []string{"FAILED at rollout", "gcloud run services logs read"}},
		{"smoke test fails", fault("scripts/smoke", "the run failed: bad_data"), []string{"FAILED at smoke", "runbooks/stage-errors.md"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, c.change)
			out, code := s.run(t, t.Context(), "", "-yes")
			assert.Equal(t, 1, code, out)
			for _, want := range append(c.says, "run the same command again") {
				assert.Contains(t, out, want)
			}
		})
	}
}

func TestBudgetCanBeLeftOut(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-yes", "-budget=false")
	require.Zero(t, code, out)
	assert.Equal(t, 2, s.place.Cloud(t).Count("-var=billing_account= "), "plan and apply")
}

// placed is an error as Terraform says it: with its place in the configuration.
func placed(text string) string {
	return "\nError: " + text + "\n\n  with google_thing.it[\"api\"],\n  on thing.tf line 7, in resource \"google_thing\" \"it\":\n   7: resource \"google_thing\" \"it\" {\n"
}

func TestInstancesCanBeCapped(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-yes", "-max-instances=10")
	require.Zero(t, code, out)
	assert.Equal(t, 2, s.place.Cloud(t).Count("-var=max_instances=10"), "plan and apply")
}

func TestApplyWaitsUntilWhatWasMadeIsKnown(t *testing.T) {
	for name, text := range map[string]string{
		"account":             "Error applying IAM policy: googleapi: Error 400: Service account netra-api@demo-netra.iam.gserviceaccount.com does not exist., badRequest",
		"permission":          "Error waiting to create Service: Revision 'netra-api-00001-abc' is not ready and cannot serve traffic. The user-provided container failed the configured startup probe checks.",
		"database name":       "Error creating Database: googleapi: Error 400: Database ID '(default)' is not available in project 'demo-netra'. Please retry in 240 seconds.",
		"API that is enabled": "googleapi: Error 403: Cloud Firestore API has not been used in project 1 before or it is disabled.",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, func(c *standin.Cloud) {
				c.Faults = []standin.Fault{{Command: "terraform -chdir=infra apply", Stderr: placed(text), Times: 2}}
			})
			out, code := s.run(t, t.Context(), "", "-yes")
			require.Zero(t, code, out)
			assert.Contains(t, out, "trying again")
			wantDeployed(t, s)
		})
	}
}

func TestServiceThatNeverGetsReadyIsNotWaitedForEver(t *testing.T) {
	s := newStage(t, func(c *standin.Cloud) {
		c.Faults = []standin.Fault{{Command: "terraform -chdir=infra apply", Stderr: placed("Revision 'netra-api-00001-abc' is not ready and cannot serve traffic.")}}
	})
	out, code := s.run(t, t.Context(), "", "-yes")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "FAILED at apply")
	assert.Equal(t, 4, s.place.Cloud(t).Count("terraform -chdir=infra apply"))
}

func TestSignInThatIsThereAlreadyIsAdopted(t *testing.T) {
	s := newStage(t, func(c *standin.Cloud) {
		c.Faults = []standin.Fault{{Command: "terraform -chdir=infra apply", Stderr: placed("Error creating Config: googleapi: Error 400: INVALID_PROJECT_ID : Identity Platform has already been enabled for this project."), Times: 1}}
	})
	out, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code, out)
	assert.Equal(t, 1, s.place.Cloud(t).Count("google_identity_platform_config.sign_in projects/demo-netra"))
	wantDeployed(t, s)
}

func TestApiThatNeverGetsReadyIsNamed(t *testing.T) {
	s := newStage(t, nil)
	s.ready = false
	out, code := s.run(t, t.Context(), "", "-yes")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "FAILED at health: http://api.invalid/health/ready answers 503")
	assert.Contains(t, out, "api-down.md")
}

func TestProjectWithoutBillingIsLinkedToTheOnlyAccount(t *testing.T) {
	s := newStage(t, func(c *standin.Cloud) { c.Billing = "" })
	out, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code, out)
	assert.Equal(t, "000000-AAAAAA-111111", s.place.Cloud(t).Billing)
}

func TestGivenSecretIsStoredNeverShownAndSwitchesTheModelOn(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "s3cret-key\ny\n")
	require.Zero(t, code, out)
	cloud := s.place.Cloud(t)
	assert.Equal(t, "s3cret-key", cloud.Secrets["netra-model-key"])
	assert.NotContains(t, out, "s3cret-key")
	for _, call := range cloud.Calls {
		assert.NotContains(t, call, "s3cret-key")
	}
	assert.Equal(t, 2, cloud.Count("model_enabled=true"), "plan and apply")
}

func TestSecretThatAFunctionMayNotReadIsFound(t *testing.T) {
	s := newStage(t, nil)
	_, code := s.run(t, t.Context(), "", "-yes")
	require.Zero(t, code)
	s.place.Change(t, func(c *standin.Cloud) { c.Hidden = []string{"netra-triage"} })
	out, code := s.run(t, t.Context(), "", "-yes")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "netra-model-key cannot be read by triage")
}

func TestLocalConsoleIsBuiltAndServedAgainstTheDeployedApi(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-yes", "-frontend=localhost", "-port=5199")
	require.Zero(t, code, out)
	cloud := s.place.Cloud(t)
	assert.Equal(t, 1, cloud.Count("npm --prefix=functions/console/web install --no-save"))
	assert.Equal(t, 1, cloud.Count("go run ./functions/cmd/cloudrun"))
	assert.Equal(t, 2, cloud.Count("local_console_origin=http://localhost:5199"))
	assert.Contains(t, out, "http://localhost:5199 (Ctrl-C ends it)")
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	s := newStage(t, nil)
	for says, args := range map[string][]string{
		"deployed or localhost":         {"-frontend=there"},
		"not a project id":              {"-project=My Project"},
		"between 1024 and 65535":        {"-port=80"},
		"less than none":                {"-max-instances=-1"},
		"is no domain (example.com)":    {"-allow=example.com,me@"},
		`"anyone" stands alone`:         {"-allow=anyone,example.com"},
		"unknown argument":              {"please"},
		"flag provided but not defined": {"-nonsense"},
	} {
		out, code := s.run(t, t.Context(), "", args...)
		assert.Equal(t, 2, code)
		assert.Contains(t, out, says)
	}
	assert.Empty(t, s.place.Cloud(t).Calls)
}

func TestSourceHashChangesWithTheSourcesOnly(t *testing.T) {
	first, err := sourceHash(files(map[string]string{"a.go": "1", "node_modules/x.js": "1"}))
	require.NoError(t, err)
	same, err := sourceHash(files(map[string]string{"a.go": "1", "node_modules/x.js": "2", "infra/.terraform.lock.hcl": "h1"}))
	require.NoError(t, err)
	other, err := sourceHash(files(map[string]string{"a.go": "2"}))
	require.NoError(t, err)
	assert.Equal(t, first, same)
	assert.NotEqual(t, first, other)
	assert.Len(t, first, 16)
}
