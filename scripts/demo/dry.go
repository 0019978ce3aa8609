package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"netra/infra/check"
	"netra/scripts/internal/tool"
)

// dryTools prints commands instead of running them, and answers as a fresh
// project would (or, to remove it, a deployed one), so that the steps take
// their whole way. What needs no cloud (the tools' versions) it runs.
type dryTools struct {
	d *demo
	// asked are the commands that were printed.
	asked map[string]bool
}

// dryAnswers are what a fresh project answers, by the beginning of a command.
func (t dryTools) dryAnswers() map[string]string {
	d := t.d
	return map[string]string{
		"gcloud auth list":                        "you@example.com",
		"gcloud config get-value project":         "your-project",
		"gcloud projects describe":                `{"lifecycleState": "ACTIVE"}`,
		"gcloud billing projects describe":        `{"billingEnabled": true, "billingAccountName": "billingAccounts/000000-AAAAAA-111111"}`,
		"gcloud artifacts docker images describe": strings.TrimPrefix(toBeBuilt, "@"),
		"gcloud secrets get-iam-policy":           `{}`,
		"terraform -chdir=infra output":           fmt.Sprintf(`{"api_url": {"value": "https://netra-api-NUMBER.%[1]s.run.app"}, "console_url": {"value": "https://netra-console-NUMBER.%[1]s.run.app"}, "bucket": {"value": "%[2]s-netra-data"}, "firebase_api_key": {"value": "KEY"}}`, d.region, d.project),
	}
}

// Output implements tool.Tools.
func (t dryTools) Output(ctx context.Context, name string, args ...string) (string, error) {
	line := strings.Join(append([]string{name}, args...), " ")
	if line == "gcloud --version" || line == "terraform version -json" {
		return tool.Runner{Dir: t.d.root, Env: t.d.env, Log: t.d.out}.Output(ctx, name, args...)
	}
	fmt.Fprintf(t.d.out, "    would run: %s\n", line)
	first := !t.asked[line]
	t.asked[line] = true
	if !t.d.destroy && first && (strings.Contains(line, " buckets describe ") || strings.Contains(line, " images describe ")) {
		return "", &tool.Failure{Command: line, Stderr: "NOT_FOUND: the project is fresh", Err: errors.New("exit status 1")}
	}
	for begin, answer := range t.dryAnswers() {
		if strings.HasPrefix(line, begin) {
			return answer, nil
		}
	}
	return "", nil
}

// Feed implements tool.Tools.
func (t dryTools) Feed(ctx context.Context, _, name string, args ...string) error {
	return t.Stream(ctx, name, args...)
}

// Stream implements tool.Tools.
func (t dryTools) Stream(ctx context.Context, name string, args ...string) error {
	_, err := t.Output(ctx, name, args...)
	return err
}

// preview plans the configuration without Terraform's providers: it says what
// would be created, after holding it to the rules of infra/check.
func (d *demo) preview() error {
	var allow []cty.Value
	for _, who := range d.allow {
		allow = append(allow, cty.StringVal(who))
	}
	config, err := check.Read(os.DirFS(d.root), "infra", map[string]cty.Value{
		"project_id": cty.StringVal(d.project), "region": cty.StringVal(d.region),
		"image": cty.StringVal(d.repository() + toBeBuilt), "billing_account": cty.StringVal(d.found.billing),
		"alert_email": cty.StringVal(d.email), "allow": cty.ListVal(allow), "access_contact": cty.StringVal(d.contact()),
		"local_console_origin": cty.StringVal(d.origin()), "deletion_protection": cty.False,
	})
	if err != nil {
		return fail(err, "the configuration cannot be read", "go test ./infra/check says more")
	}
	if broken := config.Broken(check.Google()); len(broken) > 0 {
		return fail(nil, strings.Join(broken, "; "), "go test ./infra/check says more")
	}
	count := map[string]int{}
	for _, i := range config.Plan.Instances {
		count[i.Kind]++
	}
	delete(count, "google_project")
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		d.say("would create %3d x %s", count[kind], kind)
	}
	return nil
}
