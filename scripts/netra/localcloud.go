package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"netra/emulators/local"
	"netra/shared/connector"
	"netra/shared/pipeline"
)

// demoUser is whom the local cloud knows.
const demoUser = "demo"

// withLocalCloud starts the local cloud, calls use with it, and stops it.
func withLocalCloud(ctx context.Context, o local.Options, std stdio, use func(context.Context, target) error) error {
	fmt.Fprintln(std.err, "Starting the local cloud ...")
	cloud, err := startCloud(ctx, o)
	if err != nil {
		return err
	}
	t, err := targetOf(cloud)
	if err == nil {
		err = use(ctx, t)
	}
	return errors.Join(err, cloud.Stop())
}

// startCloud starts the functions' program that lies beside this one.
func startCloud(ctx context.Context, o local.Options) (*local.Cloud, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	o.Binary = filepath.Join(filepath.Dir(self), "cloudrun")
	if _, err := os.Stat(o.Binary); err != nil {
		return nil, fmt.Errorf("the functions are not built beside this program: run 'make build' (%w)", err)
	}
	o.User = demoUser
	if _, err := os.Stat("infra/firestore.rules"); err == nil {
		o.Rules = "infra/firestore.rules"
	}
	return local.Start(ctx, o)
}

func targetOf(cloud *local.Cloud) (target, error) {
	token, err := cloud.Token(demoUser)
	if err != nil {
		return target{}, err
	}
	t := target{api: cloud.URL("api"), project: cloud.Project(), uid: demoUser, token: token}
	for _, setting := range cloud.Env() {
		if host, ok := strings.CutPrefix(setting, "FIRESTORE_EMULATOR_HOST="); ok {
			t.emulator = host
		}
	}
	return t, nil
}

// credentialFlag adds --credential, which stores a user's credential in the local
// Secret Manager; the map fills up as the flags are parsed.
func credentialFlag(flags *flag.FlagSet) map[string]string {
	secrets := map[string]string{}
	usage := "let Netra fetch the log: SOURCE=FILE, where the file holds what Secret Manager would; may be given several times"
	flags.Func("credential", usage, func(text string) error {
		source, file, _ := strings.Cut(text, "=")
		if !slices.Contains(connector.Kinds(), connector.Kind(source)) {
			return fmt.Errorf("the sources are %v", connector.Kinds())
		}
		value, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, _ := connector.Kind(source).Secret(demoUser)
		secrets[name] = string(value)
		return nil
	})
	return secrets
}

// dev starts the local cloud and serves until it is interrupted.
func dev(ctx context.Context, args []string, std stdio) error {
	var verbose bool
	o := local.Options{Ports: map[string]int{}}
	flags := newFlags("dev")
	flags.StringVar(&o.Dir, "dir", "", "folder that keeps users, runs, uploaded logs and reports until the next time; all is gone at the end if empty")
	flags.StringVar(&o.Plan, "plan", "enterprise", "plan of the demo user: free, early, mid, enterprise")
	flags.StringVar(&o.ProjectID, "project", "demo-netra", "Google Cloud project id that the local cloud has")
	flags.Func("port", "port of a function, such as console=8080 or api=8081; may be given several times, the others get free ones", portOf(o.Ports))
	o.Secrets = credentialFlag(flags)
	flags.BoolVar(&verbose, "verbose", false, "tell what the local cloud does")
	if rest, err := parseAnywhere(flags, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return fmt.Errorf("%w: no argument is expected, not %q", errUsage, rest[0])
	}
	o.Keep = o.Dir != ""
	if verbose {
		o.Log = slog.New(slog.NewTextHandler(std.err, nil))
	}
	fmt.Fprintln(std.err, "Starting the local cloud ...")
	cloud, err := startCloud(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "\nNetra is at %s (one click signs you in as the demo user).\n\n", cloud.URL("console"))
	fmt.Fprintf(std.out, "api      %s/api/openapi.json\nlogs     %s\n", cloud.URL("api"), cloud.LogDir())
	if o.Keep {
		fmt.Fprintf(std.out, "kept in  %s\n", o.Dir)
	}
	fmt.Fprintln(std.out)
	for _, setting := range cloud.Env() {
		fmt.Fprintf(std.out, "export %s\n", setting)
	}
	fmt.Fprintln(std.out, "\nPress Ctrl-C to stop.")
	<-ctx.Done()
	return cloud.Stop()
}

// portOf reads FUNCTION=PORT into ports.
func portOf(ports map[string]int) func(string) error {
	return func(text string) error {
		function, number, _ := strings.Cut(text, "=")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil || port == 0 {
			return errors.New("want FUNCTION=PORT, such as console=8080")
		}
		table, err := pipeline.Load()
		if err != nil {
			return err
		}
		if _, ok := table.Function(function); !ok {
			return fmt.Errorf("there is no function %q", function)
		}
		ports[function] = int(port)
		return nil
	}
}
