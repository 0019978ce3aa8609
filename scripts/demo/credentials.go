package main

import (
	"context"
	"path"
	"strings"

	"netra/shared/connector"
)

// removeCredentials deletes what users stored for the sources of their logs:
// Terraform does not know those secrets. It is safe to repeat.
func (d *demo) removeCredentials(ctx context.Context) error {
	if gone, err := d.stateGone(ctx); gone || err != nil {
		return err
	}
	out, err := d.tools.Output(ctx, "gcloud", "secrets", "list", "--project="+d.project,
		"--filter=name~/secrets/"+connector.SecretPrefix, "--format=value(name)")
	if err != nil {
		return d.lacks(err, "users' credentials cannot be listed", "secretmanager.secrets.list")
	}
	for _, name := range strings.Fields(out) {
		name = path.Base(name)
		if !strings.HasPrefix(name, connector.SecretPrefix) {
			continue
		}
		if _, err := d.tools.Output(ctx, "gcloud", "secrets", "delete", name, "--quiet", "--project="+d.project); err != nil {
			return d.lacks(err, "a user's credential cannot be deleted", "secretmanager.secrets.delete")
		}
	}
	return nil
}
