package main

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"netra/scripts/internal/tool"
	"netra/shared/access"
)

// found is what the steps learn about the cloud on their way.
type found struct {
	account    string
	billing    string   // the project's billing account
	hasSecret  []string // secrets with a value
	newSecrets map[string]string
	image      string // by digest
	outputs    outputs
}

// checkTools looks for gcloud and a Terraform that is new enough.
func (d *demo) checkTools(ctx context.Context) error {
	if _, err := d.tools.Output(ctx, "gcloud", "--version"); err != nil {
		return fail(err, "gcloud does not run", "install the Google Cloud CLI: https://cloud.google.com/sdk/docs/install")
	}
	out, err := d.tools.Output(ctx, "terraform", "version", "-json")
	if err != nil {
		return fail(err, "terraform does not run", "install Terraform 1.9 or newer: https://developer.hashicorp.com/terraform/install")
	}
	var version struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(out), &version); err != nil || !atLeast(version.Version, 1, 9) {
		return fail(err, "terraform is "+version.Version, "install Terraform 1.9 or newer: https://developer.hashicorp.com/terraform/install")
	}
	return nil
}

func atLeast(version string, major, minor int) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	gotMajor, err1 := strconv.Atoi(parts[0])
	gotMinor, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (gotMajor > major || gotMajor == major && gotMinor >= minor)
}

// checkSignIn looks who is signed in, for gcloud and for Terraform.
func (d *demo) checkSignIn(ctx context.Context) error {
	account, err := d.tools.Output(ctx, "gcloud", "auth", "list", "--filter=status:ACTIVE", "--format=value(account)")
	if err != nil || account == "" {
		return fail(err, "nobody is signed in", "gcloud auth login")
	}
	d.found.account = account
	if _, err := d.tools.Output(ctx, "gcloud", "auth", "application-default", "print-access-token"); err != nil {
		return fail(err, "Terraform has no credentials", "gcloud auth application-default login")
	}
	d.say("signed in as %s", account)
	return d.chooseUsers()
}

// chooseUsers decides who may sign in to the console: the address that deploys,
// unless -allow says otherwise, because every run costs the project money.
func (d *demo) chooseUsers() error {
	if len(d.allow) == 0 {
		if robot(d.found.account) && !d.destroy {
			return fail(nil, "nobody could sign in to the console: "+d.found.account+" is no person", "say who may: ARGS=\"--allow=example.com,me@example.org\", or --allow=anyone")
		}
		d.allow = []string{d.found.account}
	}
	switch {
	case d.destroy:
	case slices.Equal(d.allow, []string{access.Anyone}):
		d.say("everybody with an e-mail address may sign in to the console, and their runs cost this project money")
	default:
		d.say("may sign in to the console: %s (change it: ARGS=\"--allow=example.com,me@example.org\", or --allow=anyone)", strings.Join(d.allow, ", "))
	}
	return nil
}

// contact is whom somebody who is not let in is told to ask; "" if nobody is known.
func (d *demo) contact() string {
	if d.email == "" && !robot(d.found.account) {
		return d.found.account
	}
	return d.email
}

func robot(account string) bool { return strings.HasSuffix(account, ".gserviceaccount.com") }

// checkProject finds the project and makes sure that it can be used.
func (d *demo) checkProject(ctx context.Context) error {
	if d.project == "" {
		project, err := d.tools.Output(ctx, "gcloud", "config", "get-value", "project")
		if err != nil || !projectID.MatchString(project) {
			return fail(err, "no project is chosen", "gcloud projects create netra-demo-CHOOSE-A-NUMBER, then: make demo PROJECT=that-project")
		}
		d.project = project
	}
	out, err := d.tools.Output(ctx, "gcloud", "projects", "describe", d.project, "--format=json")
	if err != nil {
		return fail(err, "project "+d.project+" cannot be seen", "check the id, or create it: gcloud projects create %s; your account %s needs roles/owner on it", d.project, d.found.account)
	}
	var project struct {
		State string `json:"lifecycleState"`
	}
	if err := json.Unmarshal([]byte(out), &project); err != nil || project.State != "ACTIVE" {
		return fail(err, "project "+d.project+" is "+project.State, "gcloud projects undelete %s, or choose another: make demo PROJECT=...", d.project)
	}
	d.say("project %s, region %s", d.project, d.region)
	return nil
}

// checkBilling makes sure that the project can pay, and links an account if
// that is clear.
func (d *demo) checkBilling(ctx context.Context) error {
	out, err := d.tools.Output(ctx, "gcloud", "billing", "projects", "describe", d.project, "--format=json")
	if err != nil {
		return fail(err, "billing of the project cannot be seen", "your account needs roles/billing.projectManager on the project and roles/billing.user on the billing account")
	}
	var billing struct {
		Name    string `json:"billingAccountName"`
		Enabled bool   `json:"billingEnabled"`
	}
	if err := json.Unmarshal([]byte(out), &billing); err != nil {
		return fail(err, "billing of the project cannot be read", "gcloud billing projects describe %s", d.project)
	}
	if billing.Enabled {
		d.found.billing = strings.TrimPrefix(billing.Name, "billingAccounts/")
		return nil
	}
	return d.linkBilling(ctx)
}

func (d *demo) linkBilling(ctx context.Context) error {
	account := d.billing
	if account == "" {
		out, err := d.tools.Output(ctx, "gcloud", "billing", "accounts", "list", "--filter=open=true", "--format=value(name)")
		if accounts := strings.Fields(out); err == nil && len(accounts) == 1 {
			account = strings.TrimPrefix(accounts[0], "billingAccounts/")
		} else {
			return fail(err, "the project has no billing account", "choose one of: gcloud billing accounts list, then: make demo PROJECT=%s ARGS=\"--billing-account=...\"", d.project)
		}
	}
	if !d.confirm("      Link the project to billing account " + account + "?") {
		return errDeclined
	}
	if _, err := d.tools.Output(ctx, "gcloud", "billing", "projects", "link", d.project, "--billing-account="+account); err != nil {
		return fail(err, "the billing account cannot be linked", "an owner of the billing account must run: gcloud billing projects link %s --billing-account=%s", d.project, account)
	}
	d.found.billing = account
	return nil
}

// enableAPIs switches on what is missing of infra/project.json.
func (d *demo) enableAPIs(ctx context.Context) error {
	settings, err := d.settings()
	if err != nil {
		return err
	}
	out, err := d.tools.Output(ctx, "gcloud", "services", "list", "--enabled", "--project="+d.project, "--format=value(config.name)")
	if err != nil {
		return d.lacks(err, "the enabled APIs cannot be listed", "serviceusage.services.list")
	}
	missing := without(settings.APIs, strings.Fields(out))
	if len(missing) == 0 {
		d.say("all %d are enabled", len(settings.APIs))
		return nil
	}
	for batch := range slices.Chunk(missing, 20) { // Google takes no more at once
		args := append(append([]string{"services", "enable"}, batch...), "--project="+d.project)
		if _, err := d.tools.Output(ctx, "gcloud", args...); err != nil {
			return d.lacks(err, "APIs cannot be enabled", "serviceusage.services.enable")
		}
	}
	return nil
}

// prepareState makes the bucket that Terraform keeps its state in. It keeps old
// states, too: what is lost with one is known to nobody.
func (d *demo) prepareState(ctx context.Context) error {
	bucket := "gs://" + d.stateBucket()
	_, err := d.tools.Output(ctx, "gcloud", "storage", "buckets", "describe", bucket, "--project="+d.project, "--format=value(name)")
	switch {
	case err == nil:
		d.say("%s is there", bucket)
	case tool.NotFound(err):
		_, err = d.tools.Output(ctx, "gcloud", "storage", "buckets", "create", bucket, "--project="+d.project, "--location="+d.region,
			"--uniform-bucket-level-access", "--public-access-prevention")
		if err != nil {
			return d.lacks(err, bucket+" cannot be created", "storage.buckets.create")
		}
	default:
		return d.lacks(err, bucket+" cannot be seen", "storage.buckets.get")
	}
	if _, err := d.tools.Output(ctx, "gcloud", "storage", "buckets", "update", bucket, "--project="+d.project, "--versioning"); err != nil {
		return d.lacks(err, bucket+" cannot be told to keep old states", "storage.buckets.update")
	}
	return nil
}

func without(all, some []string) []string {
	has := map[string]bool{}
	for _, s := range some {
		has[s] = true
	}
	var rest []string
	for _, s := range all {
		if !has[s] {
			rest = append(rest, s)
		}
	}
	return rest
}
