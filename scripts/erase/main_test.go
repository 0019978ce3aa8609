package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	standin "netra/emulators/auth"
	"netra/emulators/localtest"
	"netra/shared/store"
	storefirestore "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// deployment is a project with one user, ann@example.com, who has a thread.
type deployment struct {
	t       *testing.T
	project string
	store   *storefirestore.Store
	host    string
}

func newDeployment(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{t: t, project: localtest.Firestore(t)}
	client, err := firestore.NewClient(t.Context(), d.project)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	d.store = storefirestore.New(client)
	signIns, err := standin.Start(d.project)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, signIns.Stop()) })
	d.host = signIns.Host()
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", d.host)
	require.Contains(t, d.toolkit("accounts:signUp", `{"email":"ann@example.com","password":"secret-1"}`), "idToken")
	return d
}

func (d *deployment) toolkit(method, body string) string {
	d.t.Helper()
	resp, err := http.Post("http://"+d.host+"/identitytoolkit.googleapis.com/v1/"+method+"?key=k", "application/json", strings.NewReader(body))
	require.NoError(d.t, err)
	defer resp.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(resp.Body)
	require.NoError(d.t, err)
	return text.String()
}

// run runs the command as the operator types it.
func (d *deployment) run(typed string, args ...string) (string, error) {
	d.t.Helper()
	var out bytes.Buffer
	err := realMain(d.t.Context(), append([]string{"-project", d.project}, args...), strings.NewReader(typed), &out)
	return out.String(), err
}

func (d *deployment) user(uid string) store.User {
	d.t.Helper()
	u, err := d.store.User(uid)
	require.NoError(d.t, err)
	return u
}

func (d *deployment) mark(uid string) *store.Erasing {
	d.t.Helper()
	profile, err := d.user(uid).Profile(d.t.Context())
	require.NoError(d.t, err)
	return profile.Erasing
}

func TestTheOperatorMarksAUserForTheSweeperAndDeletesTheSignIn(t *testing.T) {
	d := newDeployment(t)
	_, uid, _ := strings.Cut(d.toolkit("accounts:signInWithPassword", `{"email":"ann@example.com","password":"secret-1"}`), `"localId":"`)
	uid, _, _ = strings.Cut(uid, `"`)
	require.NotEmpty(t, uid)
	_, err := d.user(uid).Apply(t.Context(), store.Change{Threads: []store.Versioned[store.Thread]{{Value: store.Thread{ID: "t1"}}}})
	require.NoError(t, err)

	out, err := d.run("someone-else\n", "-user", "ann@example.com")
	require.ErrorIs(t, err, errNotConfirmed)
	assert.Contains(t, out, uid)
	require.Nil(t, d.mark(uid), "nothing happens without the typed uid")

	out, err = d.run(uid+"\n", "-user", "Ann@example.com")
	require.NoError(t, err)
	assert.Contains(t, out, "The sign-in is deleted.")
	assert.Contains(t, d.toolkit("accounts:signInWithPassword", `{"email":"ann@example.com","password":"secret-1"}`), "error")
	first := d.mark(uid)
	require.NotNil(t, first)
	found, err := d.store.Erasing(t.Context(), time.Now(), 10)
	require.NoError(t, err)
	require.Len(t, found, 1, "the sweeper finds the mark at once")
	assert.Equal(t, uid, found[0].UID())

	_, err = d.run("", "-user", uid)
	require.NoError(t, err, "to be repeated, without a question")
	assert.Equal(t, first, d.mark(uid), "the mark stays as it was")
	_, err = d.run("", "-user", "ann@example.com")
	assert.ErrorContains(t, err, "give the uid")
}

func TestAUserWhoHasNothingIsAskedFor(t *testing.T) {
	out, err := newDeployment(t).run("", "-user", "typo")
	require.ErrorIs(t, err, errNotConfirmed)
	assert.Contains(t, out, "is that the uid?")
}
