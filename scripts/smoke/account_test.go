package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/tool"
)

// signedIn is gcloud with somebody signed in; "" is nobody.
type signedIn struct {
	tool.Tools
	account string
}

func (g signedIn) Output(_ context.Context, name string, args ...string) (string, error) {
	switch line := strings.Join(append([]string{name}, args...), " "); {
	case g.account == "":
		return "", errors.New("nobody is signed in")
	case strings.HasPrefix(line, "gcloud auth list"):
		return g.account, nil
	default:
		return "administrator", nil
	}
}

// platform pretends to be Identity Platform where sign-up is closed.
func platform(t *testing.T) (*httptest.Server, *[]*http.Request, *[]throwaway) {
	t.Helper()
	var asked []*http.Request
	var given []throwaway
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c throwaway
		if json.NewDecoder(r.Body).Decode(&c) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		asked, given = append(asked, r), append(given, c)
		switch {
		case r.URL.Path == "/v1/projects/demo-netra/accounts" && r.Header.Get("Authorization") == "Bearer administrator":
			_, _ = io.WriteString(w, `{"localId": "u1"}`)
		case r.URL.Path == "/v1/accounts:signInWithPassword" && len(given) == 2 && c.Password == given[0].Password:
			_, _ = io.WriteString(w, `{"localId": "u1", "idToken": "t1"}`)
		case r.URL.Path == "/v1/accounts:delete":
			_, _ = io.WriteString(w, `{}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error": {"message": "ADMIN_ONLY_OPERATION"}}`)
		}
	}))
	t.Cleanup(web.Close)
	return web, &asked, &given
}

func visitor(web *httptest.Server, account string) *session {
	s := &session{console: "https://console.example", out: io.Discard, tools: signedIn{account: account}, toolkit: web.URL}
	s.Project, s.API = "demo-netra", "https://api.example"
	return s
}

func TestAnAdministratorMakesTheAccountWhereSignUpIsClosed(t *testing.T) {
	for account, counted := range map[string]string{
		"me@example.com": "demo-netra",
		"netra-build@demo-netra.iam.gserviceaccount.com": "",
	} {
		web, asked, given := platform(t)
		s := visitor(web, account)
		require.NoError(t, s.signIn(t.Context()))
		assert.Equal(t, "u1", s.uid)
		assert.Equal(t, "t1", s.token)
		require.Len(t, *asked, 2)
		assert.Equal(t, counted, (*asked)[0].Header.Get("X-Goog-User-Project"), account)
		assert.True(t, (*given)[0].Verified)
		assert.True(t, strings.HasSuffix((*given)[0].Email, "@netra.invalid"))
		assert.Empty(t, (*asked)[1].Header.Get("Authorization"), "the sign-in is a user's")
		assert.False(t, (*given)[1].Verified)
		require.NoError(t, s.leaveAccount(t.Context()))
		assert.Equal(t, "/v1/accounts:delete", (*asked)[2].URL.Path)
	}
}

func TestAnAccountThatCannotBeMadeSaysWhatIsNeeded(t *testing.T) {
	web, _, _ := platform(t)
	assert.ErrorContains(t, visitor(web, "").signIn(t.Context()), "gcloud auth login; it needs roles/firebaseauth.admin")
	s := visitor(web, "me@example.com")
	s.public = true
	assert.ErrorContains(t, s.signIn(t.Context()), "signUp: ")
}
