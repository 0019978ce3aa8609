// Command e2e tests the whole product as its users meet it: the command line on
// a log, bad input over the API, and the web console in a real browser, all on
// one local cloud of the real emulators and the built functions.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"netra/emulators/local"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) error {
	out := flag.String("out", "out", "folder for screenshots and figures")
	only := flag.String("only", "", "only one part: commandline, sources, badinput or console")
	flag.Parse()
	folder, err := filepath.Abs(*out)
	if err != nil {
		return err
	}
	wants := func(part string) bool { return *only == "" || *only == part }
	if wants("commandline") {
		if err := commandLine(ctx, folder); err != nil {
			return err
		}
	}
	if wants("sources") {
		if err := sources(ctx, folder); err != nil {
			return err
		}
	}
	if err := onCloud(ctx, folder, wants); err != nil {
		return err
	}
	fmt.Println("e2e: all passed")
	return nil
}

// onCloud starts a cloud and runs what needs one.
func onCloud(ctx context.Context, out string, wants func(string) bool) error {
	if !wants("badinput") && !wants("console") {
		return nil
	}
	cloud, err := local.Start(ctx, local.Options{Binary: "bin/cloudrun", Rules: "infra/firestore.rules", User: "demo"})
	if err != nil {
		return err
	}
	if wants("badinput") {
		err = badInput(ctx, cloud)
	}
	if err == nil && wants("console") {
		err = console(ctx, cloud, out)
	}
	return errors.Join(err, cloud.Stop())
}

// console runs the browser tests against the cloud.
func console(ctx context.Context, cloud *local.Cloud, out string) error {
	cmd := exec.CommandContext(ctx, "npm", "--prefix", "functions/console/web", "run", "e2e")
	cmd.Env = append(os.Environ(), "NETRA_CONSOLE_URL="+cloud.URL("console"), "NETRA_OUT="+out)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the console's browser tests: %w", err)
	}
	return nil
}
