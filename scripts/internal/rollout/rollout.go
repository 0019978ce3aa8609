// Package rollout moves the deployed functions to another image without anybody
// noticing: new revisions start without traffic, get it only when all of them
// are ready, and lose it again when what follows fails.
package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"netra/scripts/internal/tool"
)

// Target is a deployment.
type Target struct {
	Tools           tool.Tools
	Project, Region string
	// Functions are the names of stages.json.
	Functions []string
	Out       io.Writer
}

// service is the part of "gcloud run services describe" that is read.
type service struct {
	Status struct {
		LatestCreated string `json:"latestCreatedRevisionName"`
		LatestReady   string `json:"latestReadyRevisionName"`
		Traffic       []struct {
			Revision string `json:"revisionName"`
			Percent  int    `json:"percent"`
		} `json:"traffic"`
	} `json:"status"`
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Image string `json:"image"`
				} `json:"containers"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

// serving is the revision that gets all the traffic, or "" if it is split.
func (s service) serving() string {
	for _, t := range s.Status.Traffic {
		if t.Percent == 100 {
			if t.Revision != "" {
				return t.Revision
			}
			return s.Status.LatestReady
		}
	}
	return ""
}

func (s service) image() string {
	if c := s.Spec.Template.Spec.Containers; len(c) > 0 {
		return c[0].Image
	}
	return ""
}

// Deploy gives every function a revision of the image, waits until all are
// ready, moves the traffic, and runs check. If check fails the traffic goes
// back to where it was.
func (t Target) Deploy(ctx context.Context, image string, check func(context.Context) error) error {
	if !strings.Contains(image, "@sha256:") {
		return fmt.Errorf("deploy %s: name the image by digest (NAME@sha256:...), because a tag can move", image)
	}
	before, after := map[string]string{}, map[string]string{}
	for _, f := range t.Functions {
		was, is, err := t.candidate(ctx, f, image)
		if err != nil {
			return fmt.Errorf("new revision of %s: %w\nNo traffic was moved; the old revisions go on serving", f, err)
		}
		before[f], after[f] = was, is
	}
	if err := t.shift(ctx, after); err != nil {
		return errors.Join(err, t.back(ctx, before))
	}
	if check == nil {
		return nil
	}
	if err := check(ctx); err != nil {
		return errors.Join(fmt.Errorf("check after the deployment: %w", err), t.back(ctx, before))
	}
	return nil
}

// candidate makes sure that a function has a ready revision of the image, and
// returns what serves now and what shall serve.
func (t Target) candidate(ctx context.Context, function, image string) (was, is string, err error) {
	s, err := t.describe(ctx, function)
	if err != nil {
		return "", "", err
	}
	if s.image() != image || s.Status.LatestCreated != s.Status.LatestReady {
		_, err = t.Tools.Output(ctx, "gcloud", t.on("run", "services", "update", name(function), "--image="+image, "--no-traffic", "--quiet")...)
		if err != nil {
			return "", "", err
		}
	}
	next, err := t.describe(ctx, function)
	if err != nil {
		return "", "", err
	}
	if next.Status.LatestCreated != next.Status.LatestReady {
		return "", "", fmt.Errorf("revision %s did not become ready: its /health/ready does not answer 200; see its logs", next.Status.LatestCreated)
	}
	fmt.Fprintf(t.Out, "  %s: %s is ready\n", function, next.Status.LatestReady)
	return s.serving(), next.Status.LatestReady, nil
}

// Rollback moves every function to the ready revision before the one that
// serves now.
func (t Target) Rollback(ctx context.Context) error {
	to := map[string]string{}
	for _, f := range t.Functions {
		s, err := t.describe(ctx, f)
		if err != nil {
			return fmt.Errorf("look at %s: %w", f, err)
		}
		if to[f], err = t.previous(ctx, f, s.serving()); err != nil {
			return err
		}
	}
	return t.shift(ctx, to)
}

// previous is the newest ready revision that is older than the serving one.
func (t Target) previous(ctx context.Context, function, serving string) (string, error) {
	out, err := t.Tools.Output(ctx, "gcloud", t.on("run", "revisions", "list", "--service="+name(function),
		"--sort-by=~metadata.creationTimestamp", "--filter=status.conditions.type:Ready AND status.conditions.status:True",
		"--format=value(metadata.name)")...)
	if err != nil {
		return "", fmt.Errorf("revisions of %s: %w", function, err)
	}
	seen := serving == ""
	for _, revision := range strings.Fields(out) {
		if seen {
			return revision, nil
		}
		seen = revision == serving
	}
	return "", fmt.Errorf("%s has no revision before %s: there is nothing to go back to", function, serving)
}

func (t Target) back(ctx context.Context, before map[string]string) error {
	fmt.Fprintln(t.Out, "  moving the traffic back")
	// The caller's context may be over; going back must still happen.
	if err := t.shift(context.WithoutCancel(ctx), before); err != nil {
		return fmt.Errorf("the traffic could not be moved back; run scripts/deploy -rollback: %w", err)
	}
	return nil
}

func (t Target) shift(ctx context.Context, to map[string]string) error {
	for _, f := range t.Functions {
		if to[f] == "" {
			continue
		}
		if _, err := t.Tools.Output(ctx, "gcloud", t.on("run", "services", "update-traffic", name(f), "--to-revisions="+to[f]+"=100", "--quiet")...); err != nil {
			return fmt.Errorf("move the traffic of %s: %w", f, err)
		}
		fmt.Fprintf(t.Out, "  %s: all traffic to %s\n", f, to[f])
	}
	return nil
}

func (t Target) describe(ctx context.Context, function string) (service, error) {
	var s service
	out, err := t.Tools.Output(ctx, "gcloud", t.on("run", "services", "describe", name(function), "--format=json")...)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return s, fmt.Errorf("description of %s: %w", name(function), err)
	}
	return s, nil
}

// Image is the image that all functions run, or "" if they differ.
func (t Target) Image(ctx context.Context) (string, error) {
	image := ""
	for i, f := range t.Functions {
		s, err := t.describe(ctx, f)
		if err != nil {
			return "", err
		}
		if i > 0 && s.image() != image {
			return "", nil
		}
		image = s.image()
	}
	return image, nil
}

func (t Target) on(args ...string) []string {
	return append(args, "--project="+t.Project, "--region="+t.Region)
}

func name(function string) string { return "netra-" + function }
