package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"netra/scripts/internal/rollout"
	"netra/scripts/internal/tool"
	"netra/shared/pipeline"
)

// notSource are folders, and the file of this machine's Terraform, that do not go
// into an image.
var notSource = []string{".git", "node_modules", "out", "bin", ".local", ".terraform", ".terraform.lock.hcl", "dist", "test-results", "playwright-report"}

// buildImage makes sure that the registry has an image of these sources. The
// tag is a hash of them, so an image is built once, whoever asks.
func (d *demo) buildImage(ctx context.Context) error {
	tag, err := sourceHash(os.DirFS(d.root))
	if err != nil {
		return fail(err, "the sources cannot be read", "run the command from the root of the repository")
	}
	name := d.repository() + ":" + tag
	digest, err := d.digest(ctx, name)
	if tool.NotFound(err) {
		d.say("building %s on Cloud Build: all tests first, so it takes 10 to 40 minutes; its log is at the address that gcloud prints", name)
		if err := d.build(ctx, tag); err != nil {
			return err
		}
		digest, err = d.digest(ctx, name)
	}
	if err != nil {
		return d.lacks(err, "the image cannot be seen", "artifactregistry.repositories.get")
	}
	if !strings.HasPrefix(digest, "sha256:") {
		return fail(nil, "the image has no digest", "gcloud artifacts docker images describe %s", name)
	}
	d.found.image = d.repository() + "@" + digest
	d.say("image %s", d.found.image)
	return nil
}

func (d *demo) digest(ctx context.Context, name string) (string, error) {
	return d.tools.Output(ctx, "gcloud", "artifacts", "docker", "images", "describe", name, "--project="+d.project, "--format=value(image_summary.digest)")
}

func (d *demo) build(ctx context.Context, tag string) error {
	err := d.tools.Stream(ctx, "gcloud", "builds", "submit", ".", "--config=cloudbuild.yaml", "--project="+d.project,
		"--substitutions=_REGION="+d.region+",_TAG="+tag+",_DEPLOY=false",
		"--gcs-source-staging-dir=gs://"+d.sourceBucket()+"/source")
	if err != nil {
		return fail(err, "the image cannot be built", "the build's log is linked above: a failed test stops it; make test shows the same on this machine")
	}
	return nil
}

// sourceHash is a hash over names and contents of all source files.
func sourceHash(root fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(notSource, entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		return addFile(sum, root, path)
	})
	return hex.EncodeToString(sum.Sum(nil))[:16], err
}

func addFile(sum io.Writer, root fs.FS, path string) error {
	file, err := root.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	fmt.Fprintf(sum, "%s\n", path)
	_, err = io.Copy(sum, file)
	return err
}

// rollOut moves all functions to the image: Terraform made them with it the
// first time, and leaves the image alone afterwards.
func (d *demo) rollOut(ctx context.Context) error {
	table, err := pipeline.Load()
	if err != nil {
		return err
	}
	if d.dryRun {
		d.say("would move the traffic of %d functions to the image once all are ready", len(table.Functions()))
		return nil
	}
	target := rollout.Target{Tools: d.tools, Project: d.project, Region: d.region, Out: d.out}
	for _, f := range table.Functions() {
		target.Functions = append(target.Functions, f.Name)
	}
	if err := target.Deploy(ctx, d.found.image, nil); err != nil {
		return fail(err, "the image cannot be deployed", "look at the function's log: gcloud run services logs read netra-NAME --region=%s --project=%s", d.region, d.project)
	}
	return nil
}
