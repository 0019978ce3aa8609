package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// needs is what the caller must be allowed to do, and the smallest predefined
// role that has it.
var needs = []struct{ permission, role string }{
	{"serviceusage.services.enable", "roles/serviceusage.serviceUsageAdmin"},
	{"serviceusage.services.list", "roles/serviceusage.serviceUsageViewer"},
	{"serviceusage.services.use", "roles/serviceusage.serviceUsageConsumer"},
	{"resourcemanager.projects.setIamPolicy", "roles/resourcemanager.projectIamAdmin"},
	{"iam.serviceAccounts.create", "roles/iam.serviceAccountAdmin"},
	{"iam.serviceAccounts.setIamPolicy", "roles/iam.serviceAccountAdmin"},
	{"iam.serviceAccounts.actAs", "roles/iam.serviceAccountUser"},
	{"iam.roles.create", "roles/iam.roleAdmin"},
	{"artifactregistry.repositories.create", "roles/artifactregistry.admin"},
	{"artifactregistry.repositories.get", "roles/artifactregistry.reader"},
	{"cloudbuild.builds.create", "roles/cloudbuild.builds.editor"},
	{"run.services.create", "roles/run.admin"},
	{"run.services.setIamPolicy", "roles/run.admin"},
	{"pubsub.topics.create", "roles/pubsub.admin"},
	{"pubsub.subscriptions.create", "roles/pubsub.admin"},
	{"datastore.databases.create", "roles/datastore.owner"},
	{"datastore.indexes.create", "roles/datastore.indexAdmin"},
	{"firebaserules.rulesets.create", "roles/firebaserules.admin"},
	{"firebaseauth.configs.update", "roles/firebaseauth.admin"},
	{"firebaseauth.users.create", "roles/firebaseauth.admin"},
	{"apikeys.keys.create", "roles/serviceusage.apiKeysAdmin"},
	{"storage.buckets.create", "roles/storage.admin"},
	{"storage.buckets.get", "roles/storage.admin"},
	{"storage.buckets.update", "roles/storage.admin"},
	{"storage.buckets.delete", "roles/storage.admin"},
	{"secretmanager.secrets.create", "roles/secretmanager.admin"},
	{"secretmanager.secrets.getIamPolicy", "roles/secretmanager.admin"},
	{"secretmanager.secrets.list", "roles/secretmanager.viewer"},
	{"secretmanager.secrets.delete", "roles/secretmanager.admin"},
	{"secretmanager.versions.list", "roles/secretmanager.viewer"},
	{"secretmanager.versions.add", "roles/secretmanager.secretVersionAdder"},
	{"cloudscheduler.jobs.create", "roles/cloudscheduler.admin"},
	{"logging.logMetrics.create", "roles/logging.configWriter"},
	{"monitoring.alertPolicies.create", "roles/monitoring.alertPolicyEditor"},
	{"monitoring.notificationChannels.create", "roles/monitoring.notificationChannelEditor"},
	{"monitoring.dashboards.create", "roles/monitoring.dashboardEditor"},
	{"monitoring.uptimeCheckConfigs.create", "roles/monitoring.uptimeCheckConfigEditor"},
}

// permissionCure says which role to ask for.
func permissionCure(permission, project string) string {
	role := "a role that contains it (https://cloud.google.com/iam/docs/permissions-reference)"
	for _, n := range needs {
		if n.permission == permission {
			role = n.role
		}
	}
	return fmt.Sprintf("your account lacks %s. An owner of the project grants it with: gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s", permission, project, role)
}

// lacks is the problem of a step that most likely lacks a permission.
func (d *demo) lacks(err error, what, permission string) error {
	return fail(err, what, "%s", permissionCure(permission, d.project))
}

// checkPermissions asks Google which of the needed permissions the caller has,
// before anything is created.
func (d *demo) checkPermissions(ctx context.Context) error {
	var ask struct {
		Permissions []string `json:"permissions"`
	}
	for _, n := range needs {
		ask.Permissions = append(ask.Permissions, n.permission)
	}
	if d.dryRun {
		d.say("would ask for %d permissions, from %s to %s", len(needs), needs[0].permission, needs[len(needs)-1].permission)
		return nil
	}
	has, err := d.granted(ctx, ask)
	if err != nil {
		return fail(err, "the permissions cannot be checked", "gcloud services enable cloudresourcemanager.googleapis.com --project=%s, and check the network", d.project)
	}
	missing := without(ask.Permissions, has)
	if len(missing) == 0 {
		d.say("all %d are granted", len(needs))
		return nil
	}
	cures := make([]string, len(missing))
	for i, permission := range missing {
		cures[i] = permissionCure(permission, d.project)
	}
	return fail(nil, "missing "+strings.Join(missing, ", "), "%s", strings.Join(cures, "\n  "))
}

// granted returns those of the asked permissions that the caller has.
func (d *demo) granted(ctx context.Context, ask any) ([]string, error) {
	token, err := d.tools.Output(ctx, "gcloud", "auth", "print-access-token")
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("%s/v1/projects/%s:testIamPermissions", d.resourceManager, d.project)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := d.web.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("testIamPermissions answered %s", res.Status)
	}
	var answer struct {
		Permissions []string `json:"permissions"`
	}
	return answer.Permissions, json.NewDecoder(res.Body).Decode(&answer)
}
