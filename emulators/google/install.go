package google

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// Install makes sure that both emulators are there. A missing one is installed
// with gcloud; progress goes to log. Where gcloud itself is missing, or is a
// system package that cannot install components, the error says what to do.
func Install(ctx context.Context, log io.Writer) error {
	if _, err := java(); err != nil {
		return err
	}
	for _, p := range []product{firestoreProduct(), pubsubProduct()} {
		if err := p.install(ctx, log); err != nil {
			return err
		}
	}
	return nil
}

func (p product) install(ctx context.Context, log io.Writer) error {
	_, missing := p.find()
	if !errors.Is(missing, errNotFound) {
		return missing
	}
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		return missing
	}
	fmt.Fprintf(log, "installing the %s (once): gcloud components install %s\n", p.title, p.component)
	command := exec.CommandContext(ctx, gcloud, "components", "install", "--quiet", p.component)
	command.Stdout, command.Stderr = log, log
	if err := command.Run(); err != nil {
		return fmt.Errorf("%w (gcloud could not install it: %v)", missing, err)
	}
	_, err = p.find()
	return err
}
