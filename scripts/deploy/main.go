// Command deploy moves a deployment to another image, or back.
//
//	deploy -project P -region R -image NAME@sha256:...   new revisions; traffic only when all are ready
//	deploy -project P -region R -rollback                traffic back to the revisions before
//
// With -check it runs a command after the traffic moved and moves it back if
// the command fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"netra/scripts/internal/rollout"
	"netra/scripts/internal/tool"
	"netra/shared/pipeline"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Args[1:], os.Environ(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context, args, env []string, out io.Writer) error {
	flags := flag.NewFlagSet("deploy", flag.ContinueOnError)
	flags.SetOutput(out)
	project := flags.String("project", "", "Google Cloud project")
	region := flags.String("region", "europe-west1", "region of the services")
	image := flags.String("image", "", "image to deploy, by digest")
	back := flags.Bool("rollback", false, "go back to the revisions before")
	check := flags.String("check", "", "command to run once the traffic moved; if it fails the traffic moves back")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *project == "" || (*image == "") == !*back {
		return errors.New("give -project and either -image NAME@sha256:... or -rollback")
	}
	table, err := pipeline.Load()
	if err != nil {
		return err
	}
	tools := tool.Runner{Env: env, Log: out}
	target := rollout.Target{Tools: tools, Project: *project, Region: *region, Out: out}
	for _, f := range table.Functions() {
		target.Functions = append(target.Functions, f.Name)
	}
	if *back {
		return target.Rollback(ctx)
	}
	return target.Deploy(ctx, *image, checker(tools, *check))
}

// checker runs a command line, split at spaces; nil if there is none.
func checker(tools tool.Runner, line string) func(context.Context) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	return func(ctx context.Context) error { return tools.Stream(ctx, words[0], words[1:]...) }
}
