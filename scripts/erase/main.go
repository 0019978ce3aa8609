// Command erase is the operator's way to erase a user who cannot do it: one who
// was taken off the list of those who may come in. It marks the user as the api
// does; from then on the sweeper deletes documents, objects and credentials. Then
// it deletes the sign-in. To be repeated, to see how far it is.
package main

import (
	"bufio"
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

	"cloud.google.com/go/firestore"
	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"

	"netra/shared/erase"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "erase:", err)
		os.Exit(1)
	}
}

// request is whom to erase.
type request struct {
	project, user string
	yes           bool
}

func (r *request) parse(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("erase", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&r.project, "project", "", "Google Cloud project of the deployment")
	flags.StringVar(&r.user, "user", "", "the user's uid or e-mail address")
	flags.BoolVar(&r.yes, "yes", false, "do not ask")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if r.project == "" || r.user == "" || flags.NArg() > 0 {
		return errors.New("name the project and the user: -project ID -user UID or address")
	}
	return nil
}

// operator is what an operator of the project may do.
type operator struct {
	store   *storefirestore.Store
	signIns *auth.Client
	in      io.Reader
	out     io.Writer
	now     func() time.Time
}

func realMain(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var r request
	if err := r.parse(args, out); err != nil {
		return err
	}
	client, err := firestore.NewClient(ctx, r.project)
	if err != nil {
		return fmt.Errorf("connect to firestore (gcloud auth application-default login): %w", err)
	}
	defer client.Close()
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: r.project})
	if err != nil {
		return fmt.Errorf("make the firebase app: %w", err)
	}
	signIns, err := app.Auth(ctx)
	if err != nil {
		return fmt.Errorf("make the client of sign-ins: %w", err)
	}
	o := operator{store: storefirestore.New(client), signIns: signIns, in: in, out: out, now: time.Now}
	return o.erase(ctx, r)
}

func (o operator) erase(ctx context.Context, r request) error {
	uid, err := o.uid(ctx, r.user)
	if err != nil {
		return err
	}
	u, err := o.store.User(uid)
	if err != nil {
		return err
	}
	profile, err := u.Profile(ctx)
	if err != nil {
		return fmt.Errorf("read the user's document: %w", err)
	}
	if profile.Erasing == nil {
		if err := o.confirm(ctx, u, r.yes); err != nil {
			return err
		}
	}
	mark, err := (&erase.Eraser{Now: o.now}).Begin(ctx, u)
	if err != nil {
		return fmt.Errorf("mark the user: %w", err)
	}
	fmt.Fprintf(o.out, "%s is being erased since %s. The sweeper deletes everything within minutes, looks again every ten,\nand ends by %s.\n",
		uid, stamp(mark.Since), stamp(erase.Done(mark)))
	if err := o.signIns.DeleteUser(ctx, uid); err != nil && !auth.IsUserNotFound(err) {
		return fmt.Errorf("the data is being erased, but the sign-in could not be deleted (it needs roles/firebaseauth.admin); run this again: %w", err)
	}
	fmt.Fprintln(o.out, "The sign-in is deleted.")
	return nil
}

// uid finds a user by address; what is no address is a uid.
func (o operator) uid(ctx context.Context, user string) (string, error) {
	if !strings.Contains(user, "@") {
		return user, nil
	}
	found, err := o.signIns.GetUserByEmail(ctx, user)
	if auth.IsUserNotFound(err) {
		return "", errors.New("nobody signs in with this address; if the sign-in is deleted already, give the uid")
	}
	if err != nil {
		return "", fmt.Errorf("look the address up: %w", err)
	}
	return found.UID, nil
}

var errNotConfirmed = errors.New("not confirmed; nothing was changed")

// confirm shows what the user has and has the operator type the uid.
func (o operator) confirm(ctx context.Context, u store.Reader, yes bool) error {
	threads, err := u.Threads(ctx, store.Page{})
	if err != nil {
		return fmt.Errorf("read the user's threads: %w", err)
	}
	datasets, err := u.Datasets(ctx, store.Page{})
	if err != nil {
		return fmt.Errorf("read the user's data sets: %w", err)
	}
	if len(threads)+len(datasets) == 0 {
		fmt.Fprintf(o.out, "%s has no threads and no data sets: is that the uid?\n", u.UID())
	}
	if yes {
		return nil
	}
	fmt.Fprintf(o.out, "This deletes every thread, run, log, report and credential of %s, and the sign-in. It cannot be undone.\nType the uid to go on: ", u.UID())
	line, err := bufio.NewReader(o.in).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != u.UID() {
		return errNotConfirmed
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
