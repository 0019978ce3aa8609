package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"netra/infra/cost"
	"netra/scripts/internal/tool"
	"netra/shared/pipeline"
)

// toBeBuilt stands for the image in the plan that is shown before one exists.
const toBeBuilt = "@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// terraform runs a command in a folder of infra/.
func (d *demo) terraform(ctx context.Context, folder, verb string, args ...string) error {
	all := append([]string{"-chdir=" + folder, verb, "-input=false", "-no-color"}, args...)
	return d.tools.Stream(ctx, "terraform", all...)
}

func (d *demo) initialise(ctx context.Context, folder string) error {
	err := d.terraform(ctx, folder, "init", "-reconfigure", "-backend-config=bucket="+d.stateBucket())
	if err != nil {
		return fail(err, "terraform cannot be initialised", "it downloads the provider from the Terraform registry and reads gs://%s: check network and permissions", d.stateBucket())
	}
	return nil
}

// variables are the -var arguments of infra/. The demo can be removed as a
// whole, so nothing is protected from deletion.
func (d *demo) variables(image string) []string {
	allow, _ := json.Marshal(d.allow) // strings always can; JSON's list of them is Terraform's
	billing := d.found.billing
	if !d.budget {
		billing = ""
	}
	vars := []string{
		"-var=project_id=" + d.project, "-var=region=" + d.region, "-var=image=" + image, "-var=deletion_protection=false",
		"-var=billing_account=" + billing, "-var=alert_email=" + d.email, "-var=local_console_origin=" + d.origin(),
		"-var=allow=" + string(allow), "-var=access_contact=" + d.contact(),
	}
	if d.instances > 0 {
		vars = append(vars, fmt.Sprintf("-var=max_instances=%d", d.instances))
	}
	if slices.Contains(d.found.hasSecret, modelKey) || d.found.newSecrets[modelKey] != "" {
		vars = append(vars, "-var=model_enabled=true")
	}
	return vars
}

const modelKey = "netra-model-key"

func (d *demo) bootstrapVariables() []string {
	return []string{"-var=project_id=" + d.project, "-var=region=" + d.region}
}

// plan shows what will be created and what it costs, and asks.
func (d *demo) plan(ctx context.Context) error {
	for _, folder := range []string{"infra/bootstrap", "infra"} {
		if err := d.initialise(ctx, folder); err != nil {
			return err
		}
	}
	if err := d.terraform(ctx, "infra/bootstrap", "plan", d.bootstrapVariables()...); err != nil {
		return planFailed(err)
	}
	if err := d.terraform(ctx, "infra", "plan", d.variables(d.repository()+toBeBuilt)...); err != nil {
		return planFailed(err)
	}
	if d.dryRun {
		if err := d.preview(); err != nil {
			return err
		}
	}
	table, err := pipeline.Load()
	if err != nil {
		return err
	}
	rest := cost.Total(cost.Month(table, cost.Assumed(table), 0))
	busy := cost.Total(cost.Month(table, cost.Assumed(table), 1000))
	d.say("At rest this costs about $%.2f a month, with 1,000 runs about $%.2f (infra/README.md has the arithmetic).", rest, busy)
	if !d.confirm("      Create all this in " + d.project + "?") {
		return errDeclined
	}
	return nil
}

func planFailed(err error) error {
	return fail(err, "the plan cannot be made", "if it says that an API is not enabled, wait a minute: enabling takes a while")
}

func (d *demo) applyBootstrap(ctx context.Context) error {
	return d.apply(ctx, "infra/bootstrap", d.bootstrapVariables())
}

// applyAll creates everything with the image that was built, and reads what
// Terraform has to tell.
func (d *demo) applyAll(ctx context.Context) error {
	if err := d.apply(ctx, "infra", d.variables(d.found.image)); err != nil {
		return err
	}
	out, err := d.tools.Output(ctx, "terraform", "-chdir=infra", "output", "-json")
	if err != nil {
		return fail(err, "the outputs cannot be read", "terraform -chdir=infra output")
	}
	return d.found.outputs.parse(out)
}

// apply tries again when something that was just made is not known everywhere
// yet: a service account, an API, Pub/Sub's own account.
func (d *demo) apply(ctx context.Context, folder string, vars []string) error {
	const tries = 12
	for try := 1; ; try++ {
		err := d.terraform(ctx, folder, "apply", append([]string{"-auto-approve"}, vars...)...)
		if err == nil {
			return nil
		}
		if tool.Said(err, "already been enabled") {
			err = d.adoptSignIn(ctx, vars)
		}
		if try == tries || !settling(err, try) {
			return fail(err, "terraform apply in "+folder+" failed", "%s", d.applyCure(err))
		}
		d.say("not everything that was just made is known everywhere yet; trying again")
		if err := d.wait(ctx, 3*d.pause); err != nil {
			return err
		}
	}
}

// applyCure knows what could not be checked before: the one permission that is
// not the project's own, a small quota, an organisation's policy, and a database
// that is there already.
func (d *demo) applyCure(err error) string {
	switch {
	case tool.Said(err, "Budget") && tool.Said(err, "permission"):
		return fmt.Sprintf("the budget needs roles/billing.costsManager on billing account %s, from its administrator; or go without: ARGS=--budget=false", d.found.billing)
	case tool.Said(err, "Max instances must be", "Quota violated", "Quota exceeded for total allowable"):
		return "the project's Cloud Run quota in this region is smaller than what stages.json asks for: ARGS=--max-instances=10, or ask for more (console: IAM, Quotas)"
	case tool.Said(err, "permitted customer"):
		return "the project's organisation lets no service be public (policy iam.allowedPolicyMemberDomains): have the policy lifted for this project, or deploy to a project outside of the organisation"
	case tool.Said(err, "Database already exists"):
		return "the project has a Firestore database of another application; deploy to a fresh project: gcloud projects create ANOTHER-ID"
	}
	return "what was created stays and is known; the message above says what is missing"
}

// adoptSignIn takes the project's Identity Platform into the state. It cannot be
// deleted, so it is there already when a demo was removed and comes back.
func (d *demo) adoptSignIn(ctx context.Context, vars []string) error {
	args := append(append([]string{}, vars...), "google_identity_platform_config.sign_in", "projects/"+d.project)
	if err := d.terraform(ctx, "infra", "import", args...); err != nil {
		return fmt.Errorf("adopt the sign-in settings: %w", err)
	}
	return errAdopted
}

// errAdopted means that apply is worth another try at once.
var errAdopted = errors.New("adopted the sign-in settings; try again")

// settling reports whether the failure goes away by itself: what was just made
// (an account, an API) is not known everywhere yet, or a name is not free again
// yet. A service whose account may not read the database yet fails its startup
// probe; after a few tries it is the image that is at fault.
func settling(err error, try int) bool {
	const tries = 3
	if try <= tries && tool.Said(err, "failed the configured startup probe", "is not ready and cannot serve traffic") {
		return true
	}
	return errors.Is(err, errAdopted) ||
		tool.Said(err, "SERVICE_DISABLED", "has not been used in project", "does not exist.", "try again", "Please retry")
}

func (d *demo) wait(ctx context.Context, length time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(length):
		return nil
	}
}

// outputs are the outputs of infra/.
type outputs struct {
	API, Console, Bucket, FirebaseKey string
}

func (o *outputs) parse(text string) error {
	var raw map[string]struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return fail(err, "the outputs cannot be read", "terraform -chdir=infra output")
	}
	for name, into := range map[string]*string{"api_url": &o.API, "console_url": &o.Console, "bucket": &o.Bucket, "firebase_api_key": &o.FirebaseKey} {
		if err := json.Unmarshal(raw[name].Value, into); err != nil || *into == "" {
			return fail(err, fmt.Sprintf("output %s is missing", name), "terraform -chdir=infra apply")
		}
	}
	return nil
}
