package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"netra/shared/pipeline"
)

var errNotFound = errors.New("ERROR: NOT_FOUND: Requested entity was not found")

// handler does one command; args are its words, flags included.
type handler struct {
	begin string
	do    func(c *Cloud, args []string) (string, error)
}

// command finds the handler of a command line.
func (c *Cloud) command(name, line string, args []string) (string, error) {
	for _, h := range handlers() {
		if strings.HasPrefix(line, h.begin) {
			return h.do(c, args)
		}
	}
	return "", fmt.Errorf("stand-in %s does not know: %s", name, line)
}

func handlers() []handler {
	say := func(text string) func(*Cloud, []string) (string, error) {
		return func(*Cloud, []string) (string, error) { return text, nil }
	}
	return []handler{
		{"gcloud --version", say("Google Cloud SDK 528.0.0\n")},
		{"gcloud auth list", func(c *Cloud, _ []string) (string, error) { return c.Account, nil }},
		{"gcloud auth application-default print-access-token", say("token\n")},
		{"gcloud auth print-access-token", say("token\n")},
		{"gcloud config get-value project", func(c *Cloud, _ []string) (string, error) { return c.Project, nil }},
		{"gcloud projects describe", describeProject},
		{"gcloud billing projects describe", describeBilling},
		{"gcloud billing accounts list", say("billingAccounts/000000-AAAAAA-111111\n")},
		{"gcloud billing projects link", func(c *Cloud, args []string) (string, error) {
			c.Billing = flag(args, "billing-account")
			return "", nil
		}},
		{"gcloud services list", func(c *Cloud, _ []string) (string, error) { return strings.Join(c.APIs, "\n"), nil }},
		{"gcloud services enable", enable},
		{"gcloud storage buckets describe", describeBucket},
		{"gcloud storage buckets create", func(c *Cloud, args []string) (string, error) { c.Buckets = append(c.Buckets, args[3]); return "", nil }},
		{"gcloud storage buckets update", describeBucket},
		{"gcloud storage rm", func(c *Cloud, args []string) (string, error) { c.Buckets = without(c.Buckets, args[3]); return "", nil }},
		{"gcloud secrets list", listSecrets},
		{"gcloud secrets delete", func(c *Cloud, args []string) (string, error) { delete(c.Secrets, args[2]); return "", nil }},
		{"gcloud secrets versions list", listVersions},
		{"gcloud secrets versions add", addVersion},
		{"gcloud secrets get-iam-policy", policy},
		{"gcloud artifacts docker images describe", describeImage},
		{"gcloud builds submit", build},
		{"gcloud run services describe", describeService},
		{"gcloud run services update-traffic", moveTraffic},
		{"gcloud run services update", updateService},
		{"gcloud run revisions list", listRevisions},
		{"terraform version", func(c *Cloud, _ []string) (string, error) {
			return fmt.Sprintf(`{"terraform_version": %q}`, c.Terraform), nil
		}},
		{"terraform -chdir=infra output", outputs},
		{"terraform", terraform},
		{"go run ./scripts/smoke", say("smoke: the run completed\n")},
		{"go run ./functions/cmd/cloudrun", say("")},
		{"npm ", say("")},
		{"xdg-open", say("")},
		{"open", say("")},
	}
}

func describeProject(c *Cloud, args []string) (string, error) {
	if args[2] != c.Project {
		return "", errNotFound
	}
	return `{"lifecycleState": "ACTIVE", "projectNumber": "1"}`, nil
}

func describeBilling(c *Cloud, _ []string) (string, error) {
	return fmt.Sprintf(`{"billingEnabled": %v, "billingAccountName": "billingAccounts/%s"}`, c.Billing != "", c.Billing), nil
}

func enable(c *Cloud, args []string) (string, error) {
	for _, a := range args[2:] {
		if !strings.HasPrefix(a, "--") && !slices.Contains(c.APIs, a) {
			c.APIs = append(c.APIs, a)
		}
	}
	return "", nil
}

func describeBucket(c *Cloud, args []string) (string, error) {
	if !slices.Contains(c.Buckets, args[3]) {
		return "", errNotFound
	}
	return args[3], nil
}

// listSecrets answers with full names, as --format=value(name) does.
func listSecrets(c *Cloud, _ []string) (string, error) {
	var names []string
	for name := range c.Secrets {
		names = append(names, "projects/1/secrets/"+name)
	}
	return strings.Join(names, "\n"), nil
}

func listVersions(c *Cloud, args []string) (string, error) {
	if c.Secrets[args[3]] == "" {
		return "", errNotFound
	}
	return "1", nil
}

func addVersion(c *Cloud, args []string) (string, error) {
	if !slices.Contains(c.Applied, "infra") {
		return "", errNotFound
	}
	value, err := io.ReadAll(os.Stdin)
	c.Secrets[args[3]] = string(value)
	return "", err
}

func policy(c *Cloud, _ []string) (string, error) {
	members := []string{}
	for name := range c.Services {
		if slices.Contains(c.Hidden, name) {
			continue
		}
		members = append(members, fmt.Sprintf("serviceAccount:%s@%s.iam.gserviceaccount.com", name, c.Project))
	}
	data, err := json.Marshal(map[string]any{"bindings": []any{map[string]any{"role": "roles/secretmanager.secretAccessor", "members": members}}})
	return string(data), err
}

func describeImage(c *Cloud, args []string) (string, error) {
	digest, ok := c.Images[args[4]]
	if !ok {
		return "", errNotFound
	}
	return digest, nil
}

func build(c *Cloud, args []string) (string, error) {
	if !slices.Contains(c.Applied, "infra/bootstrap") {
		return "", errors.New("ERROR: the build account does not exist")
	}
	values := map[string]string{}
	for _, pair := range strings.Split(flag(args, "substitutions"), ",") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	name := fmt.Sprintf("%s-docker.pkg.dev/%s/netra/netra:%s", values["_REGION"], c.Project, values["_TAG"])
	c.Images[name] = fmt.Sprintf("sha256:%064d", len(c.Images)+1)
	return "", nil
}

// functions are the services that applying infra creates.
func functions() ([]string, error) {
	table, err := pipeline.Load()
	var names []string
	for _, f := range table.Functions() {
		names = append(names, f.Name)
	}
	return names, err
}

func flag(args []string, name string) string {
	for _, a := range args {
		if value, ok := strings.CutPrefix(a, "--"+name+"="); ok {
			return value
		}
	}
	return ""
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == one })
}
