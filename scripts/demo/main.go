// Command demo deploys the staging demo to a Google Cloud project, from nothing
// to a page in the browser, and can be repeated at any time: every step looks
// first whether its work is done.
//
//	demo -project P                     deploy, then open the deployed console
//	demo -project P -frontend localhost deploy, then serve the console from this machine
//	demo -dry-run                       do what needs no cloud and print the rest
//	demo -project P -destroy            remove everything again
//
// The Makefile calls it: make demo PROJECT=P [FRONTEND=localhost] [ARGS=--dry-run].
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"netra/scripts/internal/tool"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for what is being created
	d := &demo{
		env: os.Environ(), root: ".", in: os.Stdin, out: os.Stdout,
		web: &http.Client{Timeout: 10 * time.Second}, resourceManager: "https://cloudresourcemanager.googleapis.com",
		pause: 10 * time.Second,
	}
	os.Exit(d.main(ctx, os.Args[1:]))
}

// demo is one run of the program. What reaches outside is a field, so that a
// test can put something else there.
type demo struct {
	options
	env  []string
	root string // of the repository
	in   io.Reader
	out  io.Writer
	web  *http.Client
	// resourceManager is the address of the Resource Manager API.
	resourceManager string
	// pause is the time between two looks at something that is not ready yet.
	pause time.Duration

	tools tool.Tools
	lines *bufio.Scanner // of in

	// What the steps found out for those after them.
	found found
}

func (d *demo) main(ctx context.Context, args []string) int {
	err := d.options.parse(args, d.out)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(d.out, "demo:", err)
		return 2
	}
	d.tools = tool.Runner{Dir: d.root, Env: d.env, Log: d.out}
	if d.dryRun {
		d.tools = dryTools{d, map[string]bool{}}
		fmt.Fprintln(d.out, "A dry run: no cloud is asked, nothing is changed, and the answers are invented.")
	}
	steps := d.deployment()
	if d.destroy {
		steps = d.removal()
	}
	if err := d.walk(ctx, steps); err != nil {
		return 1
	}
	if d.dryRun {
		fmt.Fprintf(d.out, "That was a dry run. In earnest: the same without --dry-run, with PROJECT=%s\n", d.project)
	}
	return 0
}
