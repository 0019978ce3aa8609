package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netra/scripts/internal/tool"
)

// settings is infra/project.json.
type settings struct {
	APIs    []string `json:"apis"`
	Secrets []secret `json:"secrets"`
}

// secret is one entry of it. An optional secret switches something on.
type secret struct {
	Name      string   `json:"name"`
	Purpose   string   `json:"purpose"`
	Functions []string `json:"functions"`
	Optional  bool     `json:"optional"`
}

func (d *demo) settings() (settings, error) {
	var s settings
	data, err := os.ReadFile(filepath.Join(d.root, "infra", "project.json"))
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fail(err, "infra/project.json cannot be read", "run the command from the root of the repository")
	}
	return s, nil
}

// checkSecrets looks which secrets have a value, and asks for those that have
// none. A value given here is stored after the secrets were created.
func (d *demo) checkSecrets(ctx context.Context) error {
	s, err := d.settings()
	if err != nil {
		return err
	}
	d.found.newSecrets = map[string]string{}
	for _, sec := range s.Secrets {
		out, err := d.tools.Output(ctx, "gcloud", "secrets", "versions", "list", sec.Name, "--project="+d.project,
			"--filter=state=ENABLED", "--limit=1", "--format=value(name)")
		if err != nil && !tool.NotFound(err) {
			return d.lacks(err, "secret "+sec.Name+" cannot be seen", "secretmanager.versions.list")
		}
		if err == nil && out != "" {
			d.found.hasSecret = append(d.found.hasSecret, sec.Name)
			d.say("%s has a value", sec.Name)
			continue
		}
		if err := d.askSecret(sec); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) askSecret(sec secret) error {
	value := ""
	if !d.yes && !d.dryRun {
		value = d.ask(fmt.Sprintf("      %s: %s.\n      Paste it, or press Enter to go without: ", sec.Name, sec.Purpose))
	}
	switch {
	case value != "":
		d.found.newSecrets[sec.Name] = value
	case sec.Optional:
		d.say("%s has no value: %s. Later: printf %%s VALUE | gcloud secrets versions add %s --data-file=- --project=%s, and this command again", sec.Name, sec.Purpose, sec.Name, d.project)
	default:
		return fail(nil, "secret "+sec.Name+" has no value", "run without --yes and paste it: %s", sec.Purpose)
	}
	return nil
}

// storeSecrets stores the values that were given, and verifies that each
// function that is told of a secret may read it.
func (d *demo) storeSecrets(ctx context.Context) error {
	s, err := d.settings()
	if err != nil {
		return err
	}
	for _, sec := range s.Secrets {
		if value, given := d.found.newSecrets[sec.Name]; given {
			if err := d.tools.Feed(ctx, value, "gcloud", "secrets", "versions", "add", sec.Name, "--data-file=-", "--project="+d.project); err != nil {
				return d.lacks(err, "secret "+sec.Name+" cannot be stored", "secretmanager.versions.add")
			}
		}
		if err := d.checkReaders(ctx, sec); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) checkReaders(ctx context.Context, sec secret) error {
	out, err := d.tools.Output(ctx, "gcloud", "secrets", "get-iam-policy", sec.Name, "--project="+d.project, "--format=json")
	if err != nil {
		return d.lacks(err, "who may read "+sec.Name+" cannot be seen", "secretmanager.secrets.getIamPolicy")
	}
	var policy struct {
		Bindings []struct {
			Role    string   `json:"role"`
			Members []string `json:"members"`
		} `json:"bindings"`
	}
	if err := json.Unmarshal([]byte(out), &policy); err != nil {
		return fail(err, "the policy of "+sec.Name+" cannot be read", "gcloud secrets get-iam-policy %s --project=%s", sec.Name, d.project)
	}
	var readers, missing []string
	for _, b := range policy.Bindings {
		if b.Role == "roles/secretmanager.secretAccessor" {
			readers = append(readers, b.Members...)
		}
	}
	for _, f := range sec.Functions {
		if member := fmt.Sprintf("serviceAccount:netra-%s@%s.iam.gserviceaccount.com", f, d.project); !slices.Contains(readers, member) {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 && !d.dryRun {
		return fail(nil, fmt.Sprintf("%s cannot be read by %s", sec.Name, strings.Join(missing, ", ")), "somebody changed it by hand; terraform -chdir=infra apply restores it")
	}
	return nil
}
