package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"

	"netra/shared/access"
)

// options are the command line.
type options struct {
	project, region, billing, email, frontend string
	// allow are who may sign in to the console; none is whoever deploys.
	allow                        []string
	port, instances              int
	dryRun, yes, destroy, budget bool
}

var projectID = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

func (o *options) parse(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.project, "project", "", "Google Cloud project (default: the one of gcloud config)")
	flags.StringVar(&o.region, "region", "europe-west1", "region of everything; Firestore cannot move later")
	flags.StringVar(&o.billing, "billing-account", "", "billing account to link if the project has none")
	flags.StringVar(&o.email, "alert-email", "", "where alerts go (default: nowhere)")
	flags.Func("allow", "who may sign in: e-mail domains and addresses with commas, or anyone (default: the address that deploys)", func(list string) error {
		o.allow = strings.Split(list, ",")
		_, err := access.Parse(o.allow, "")
		return err
	})
	flags.StringVar(&o.frontend, "frontend", "deployed", "deployed, or localhost: the console runs on this machine")
	flags.IntVar(&o.port, "port", 5173, "port of the local console")
	flags.IntVar(&o.instances, "max-instances", 0, "most instances of a function, for a project with a small Cloud Run quota (default: those of stages.json)")
	flags.BoolVar(&o.budget, "budget", true, "watch the project's bill; needs roles/billing.costsManager on the billing account")
	flags.BoolVar(&o.dryRun, "dry-run", false, "do what needs no cloud, print the rest")
	flags.BoolVar(&o.yes, "yes", false, "do not ask")
	flags.BoolVar(&o.destroy, "destroy", false, "remove everything")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return o.validate(flags.Args())
}

func (o *options) validate(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unknown argument %q", rest[0]))
	}
	if o.frontend == "" {
		o.frontend = "deployed"
	}
	if o.frontend != "deployed" && o.frontend != "localhost" {
		errs = append(errs, fmt.Errorf("-frontend is deployed or localhost, not %q", o.frontend))
	}
	if o.project != "" && !projectID.MatchString(o.project) {
		errs = append(errs, fmt.Errorf("-project %q is not a project id (6 to 30 lower-case letters, digits, hyphens)", o.project))
	}
	if o.port < 1024 || o.port > 65535 {
		errs = append(errs, fmt.Errorf("-port %d is not between 1024 and 65535", o.port))
	}
	if o.instances < 0 {
		errs = append(errs, fmt.Errorf("-max-instances %d is less than none", o.instances))
	}
	return errors.Join(errs...)
}

func (o options) origin() string {
	if o.frontend != "localhost" {
		return ""
	}
	return fmt.Sprintf("http://localhost:%d", o.port)
}

func (o options) stateBucket() string  { return o.project + "-netra-state" }
func (o options) sourceBucket() string { return o.project + "-netra-source" }
func (o options) repository() string {
	return fmt.Sprintf("%s-docker.pkg.dev/%s/netra/netra", o.region, o.project)
}
