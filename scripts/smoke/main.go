// Command smoke sends a real small log through a deployed (or local) Netra the
// way a browser does: it signs a throw-away user in, uploads the sample log,
// asks for a plan, watches the events as Firestore delivers them, reads the
// report, and deletes everything again.
//
//	smoke -console URL [-api URL] [-timeout 10m] [-out DIR] [-public]
//	smoke -api https://netra-api-NUMBER.REGION.run.app
//
// The console's /config.json tells it the rest. On a deployment gcloud's account
// makes the user, which needs roles/firebaseauth.admin; -public signs up instead. It exits 0 when the run
// completed, every event arrived once and in order, and the report has figures.
// With -out it keeps the run's files and events, as netra/shared/report/outcome
// reads them.
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
	"time"

	"netra/scripts/internal/tool"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("smoke", flag.ContinueOnError)
	flags.SetOutput(out)
	console := flags.String("console", "", "address of the console, whose /config.json names the rest")
	api := flags.String("api", "", "address of the api (default: the one that the console names)")
	keep := flags.String("out", "", "folder for the run's files and events (default: they are not kept)")
	public := flags.Bool("public", false, "sign up as anybody could, not with an account that gcloud's account makes")
	stay := flags.Bool("keep", false, "do not delete what was made")
	timeout := flags.Duration("timeout", 10*time.Minute, "longest time for everything")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *console == "" {
		*console = besides(*api)
	}
	if *console == "" {
		return errors.New("give -console URL, or -api with an address of Cloud Run")
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	s := &session{console: *console, out: out, keep: *keep, public: *public,
		tools: tool.Runner{Log: out}, toolkit: "https://identitytoolkit.googleapis.com"}
	return s.visit(ctx, *api, *stay)
}

// visit is the whole test; stay leaves what was made.
func (s *session) visit(ctx context.Context, api string, stay bool) error {
	if err := s.configure(ctx, api); err != nil {
		return err
	}
	if err := s.signIn(ctx); err != nil {
		return err
	}
	err := s.journey(ctx)
	if stay {
		return err
	}
	// What was made goes again, even when the time is over.
	clean, done := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer done()
	return errors.Join(err, s.leave(clean))
}

// besides is the console that was deployed beside an api on Cloud Run, or "".
func besides(api string) string {
	number, ok := strings.CutPrefix(api, "https://netra-api-")
	if !ok {
		return ""
	}
	return "https://netra-console-" + number
}
