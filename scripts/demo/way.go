package main

import (
	"context"
	"fmt"

	"netra/scripts/internal/tool"
)

// deployment is the way from a fresh project to the page in the browser.
func (d *demo) deployment() []step {
	return []step{
		{"tools", "are gcloud and terraform here?", d.checkTools},
		{"sign-in", "who deploys?", d.checkSignIn},
		{"project", "does the project exist?", d.checkProject},
		{"billing", "can the project pay?", d.checkBilling},
		{"apis", "switch on the Google APIs that Netra uses", d.enableAPIs},
		{"permissions", "may you create all that is needed?", d.checkPermissions},
		{"state", "a bucket for Terraform's state", d.prepareState},
		{"secrets", "which secrets have a value?", d.checkSecrets},
		{"plan", "what will be created, and what does it cost?", d.plan},
		{"registry", "create the image registry and the build account", d.applyBootstrap},
		{"image", "build the container image, tests first", d.buildImage},
		{"apply", "create everything", d.applyAll},
		{"readers", "store given secrets; can their functions read them?", d.storeSecrets},
		{"rollout", "move all functions to the image", d.rollOut},
		{"health", "wait until the API is ready", d.awaitHealth},
		{"smoke", "send a real small log through the pipeline", d.smoke},
		{"console", "show the console", d.open},
	}
}

// removal undoes the deployment, the last thing first.
func (d *demo) removal() []step {
	return []step{
		{"tools", "are gcloud and terraform here?", d.checkTools},
		{"sign-in", "who removes?", d.checkSignIn},
		{"project", "does the project exist?", d.checkProject},
		{"agree", "are you sure?", d.agreeToRemove},
		{"remove", "delete services, queues, database, bucket and accounts", func(ctx context.Context) error {
			return d.removeFolder(ctx, "infra", d.variables(d.repository()+toBeBuilt))
		}},
		{"credentials", "delete what users stored to have their logs fetched", d.removeCredentials},
		{"registry", "delete images, sources and the build account", func(ctx context.Context) error {
			return d.removeFolder(ctx, "infra/bootstrap", d.bootstrapVariables())
		}},
		{"state", "delete Terraform's state", d.removeState},
	}
}

func (d *demo) agreeToRemove(context.Context) error {
	if d.yes || d.dryRun {
		return nil
	}
	question := fmt.Sprintf("      This deletes all of Netra's data in %s. Type the project's id to go on: ", d.project)
	if d.ask(question) != d.project {
		return errDeclined
	}
	return nil
}

func (d *demo) removeFolder(ctx context.Context, folder string, vars []string) error {
	if gone, err := d.stateGone(ctx); gone || err != nil {
		return err
	}
	if err := d.initialise(ctx, folder); err != nil {
		return err
	}
	if err := d.terraform(ctx, folder, "destroy", append([]string{"-auto-approve"}, vars...)...); err != nil {
		return fail(err, "terraform destroy in "+folder+" failed", "what could be deleted is gone; the message above says what could not")
	}
	return nil
}

func (d *demo) removeState(ctx context.Context) error {
	if gone, err := d.stateGone(ctx); gone || err != nil {
		return err
	}
	if _, err := d.tools.Output(ctx, "gcloud", "storage", "rm", "--recursive", "gs://"+d.stateBucket(), "--project="+d.project); err != nil {
		return d.lacks(err, "the state bucket cannot be deleted", "storage.buckets.delete")
	}
	d.say("All gone. APIs stay enabled; the project itself goes with: gcloud projects delete %s", d.project)
	return nil
}

// stateGone reports whether there is no state left, so nothing to remove.
func (d *demo) stateGone(ctx context.Context) (bool, error) {
	_, err := d.tools.Output(ctx, "gcloud", "storage", "buckets", "describe", "gs://"+d.stateBucket(), "--project="+d.project, "--format=value(name)")
	if tool.NotFound(err) {
		d.say("nothing is left")
		return true, nil
	}
	if err != nil {
		return false, d.lacks(err, "the state bucket cannot be seen", "storage.buckets.get")
	}
	return false, nil
}
